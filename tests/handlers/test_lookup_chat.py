"""/find, /unit, /who and /remind in the chat: the commands, their buttons, and the sent messages."""

from __future__ import annotations

from datetime import date

from sqlmodel import select

from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import Outbox
from models.people import Invitation
from rules.people.roles import Role
from tests.handlers.conftest import People
from tests.support.chat import Chats, pressed
from tests.support.chat import text_of as says
from tests.support.people import Roster


async def test_find_leads_to_the_card_and_to_people(chats: Chats, people: People) -> None:
    found = await chats.say(people.office, "/find 城管局 广告")
    assert "清理违规广告牌匾" in found.text
    (card,) = await chats.press(people.office, found, "清理违规广告牌匾")
    assert says("reassign.button") in card.labels()
    found = await chats.say(people.office, "/find 城管局联络员")
    (person,) = await chats.press(people.office, found, "城管局联络员")
    assert "城管局联络员" in person.text
    unit = await chats.say(people.office, "/find 东风街道")
    data = dict(unit.buttons)["东风街道"]
    (card,) = await chats.answers(pressed(people.office, data, unit.message_id))
    assert says("units.remind_button") in card.labels()


async def test_each_within_their_rights(chats: Chats, people: People) -> None:
    """The other unit learns nothing, not even whether a task exists."""
    elsewhere = await chats.say(people.other_liaison, "/find 广告牌匾")
    nowhere = await chats.say(people.other_liaison, "/find 没有这样的")
    assert elsewhere.text == says("find.nothing", html=True, words="广告牌匾")
    assert nowhere.text == says("find.nothing", html=True, words="没有这样的")
    assert (await chats.say(people.other_liaison, "/unit 城管局")).text == says(
        "units.none", html=True, words="城管局"
    )
    assert "东风街道" in (await chats.say(people.other_liaison, "/unit")).text
    for command in ("/who", "/remind"):
        refusal = "who.not_yours" if command == "/who" else "tasks.office_only"
        assert (await chats.say(people.other_liaison, command)).text == says(refusal)
    for command in ("/find 城管", "/unit 城管", "/who", "/remind"):
        answer = await chats.say(people.stranger, command)
        assert "城管局" not in answer.text
    # A button of the office works for nobody else.
    found = await chats.say(people.office, "/find 城管局")
    assert await chats.press(people.other_liaison, found, "清理违规广告牌匾") == []


async def test_hostile_words(chats: Chats, people: People, database: Database) -> None:
    for words in (
        "清" * 4_000,
        "清 " * 2_000,
        "%",
        "_' OR ''='",
        '"<b>&lt;{0}{words}',
        "广告\0牌匾😀",
        "20261215-0001\u202e",
        "\ud83d",
        "/find /find",
    ):
        for command in ("/find", "/unit", "/remind", "/history"):
            answer = await chats.say(people.office, f"{command} {words}"[:4_096])
            assert answer.text
            assert answer.text.count("<b>") == answer.text.count("</b>")
    async with database.reading() as session:
        assert set(await session.exec(select(Inbox.state))) == {InboxState.DONE}


async def test_a_link_is_made_from_the_list_and_stored_nowhere(
    chats: Chats, people: People, database: Database
) -> None:
    async with database.transaction() as session:
        await Roster(session, chats.clock.moment, chats.campaign).contact(
            people.other_unit, "赵五", Role.RESPONSIBLE_PERSON, enrolled=False
        )
    front = await chats.say(people.office, "/who")
    (listed,) = await chats.press(people.office, front, says("who.gap.not_enrolled"))
    assert listed.edit
    (link,) = await chats.press(people.office, listed, "赵五")
    assert "https://t.me/chuangcheng_bot?start=" in link.text
    token = link.text.split("?start=")[1].split()[0]
    async with database.reading() as session:
        assert not list(await session.exec(select(Outbox)))
        (invitation,) = await session.exec(select(Invitation))
        assert token not in str(invitation)
    (back,) = await chats.press(people.office, listed, says("who.back_button"))
    assert back.text == front.text
    (unsigned,) = await chats.press(people.office, back, says("who.gap.unsigned"))
    (card,) = await chats.press(people.office, unsigned, "清理违规广告牌匾")
    assert card.message_id != unsigned.message_id


async def test_a_reminder_from_the_menu_to_the_answer(
    chats: Chats, people: People, database: Database
) -> None:
    menu = await chats.say(people.office, "/remind")
    (preview,) = await chats.press(people.office, menu, says("remind.what.unsigned"))
    assert "城管局责任人" in preview.text
    send = says("remind.send_button", count=2)
    (sent,) = await chats.press(people.office, preview, send)
    assert sent.text == says("remind.sent", count=2, tasks=2)
    assert sent.edit
    posted = {shown.chat_id: shown for shown in await chats.post()}
    assert set(posted) == {people.responsible.id, people.other_liaison.id}
    reminder = posted[people.responsible.id]
    assert says("nags.asked.unsigned", html=True, count=1) in reminder.text
    assert reminder.text in preview.text
    # A second press on the old message sends nothing, and tells who sent the reminder.
    (again,) = await chats.press(people.office, preview, send)
    assert "创城办工作人员" in again.text
    assert chats.toasts[-1][1]
    assert await chats.post() == []
    await chats.press(people.responsible, reminder, "1 签收")
    # The office starts a reminder from the unit's card, and then drops it.
    card = await chats.say(people.office, "/unit 城管")
    (preview,) = await chats.press(people.office, card, says("units.remind_button"))
    assert says("remind.nobody") in preview.text
    (again,) = await chats.press(people.office, preview, says("remind.again_button", count=1))
    assert again.edit
    (left,) = await chats.press(people.office, again, says("remind.leave_button"))
    assert left.text == says("remind.left")
    assert await chats.post() == []


async def test_a_reply_to_the_reminder_is_a_report(chats: Chats, people: People) -> None:
    preview = await chats.say(people.office, "/remind 清理违规广告牌匾")
    (preview,) = await chats.press(people.office, preview, "清理违规广告牌匾")
    await chats.press(people.office, preview, says("remind.send_button", count=1))
    (reminder,) = await chats.post()
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12处", reply_to=reminder.message_id)
    assert "清理违规广告牌匾" in card.text
    assert says("progress.confirm_button") in card.labels()


async def test_pages_of_a_search_and_of_a_unit(chats: Chats, people: People, database: Database) -> None:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        for number in range(30):
            await roster.task(people.unit, f"任务{number:02}", date(2026, 12, 31))
    found = await chats.say(people.leader, "/find 任务")
    (second,) = await chats.press(people.leader, found, says("tasks.next_button"))
    assert second.edit
    assert "任务29" in second.text
    (back,) = await chats.press(people.leader, second, says("tasks.previous_button"))
    assert back.text == found.text
    card = await chats.say(people.leader, "/unit")
    (tasks,) = await chats.press(people.leader, card, says("units.tasks_button"))
    assert not tasks.edit
    (second,) = await chats.press(people.leader, tasks, says("tasks.next_button"))
    assert second.message_id == tasks.message_id
