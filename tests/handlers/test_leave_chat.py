"""Leave and 转办 in the chat: one conversation each, with other presses and words on the way."""

from __future__ import annotations

import pytest
from sqlmodel import select

from models.db import Database
from models.people.absences import Absence
from models.tasks import Task
from rules.people.roles import Role
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown, pressed
from tests.support.chat import text_of as says
from tests.support.people import Roster

CONFIRM = says("leave.confirm_button")


@pytest.fixture
async def deputy(database: Database, chats: Chats, people: People) -> Person:
    """李四 of another unit, who has no task there."""
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        contact = await roster.contact(people.other_unit, "李四")
    assert contact.telegram_user_id is not None
    return Person(contact.telegram_user_id)


async def card_of(chats: Chats, person: Person) -> Shown:
    found = await chats.say(person, "/find 清理违规广告牌匾")
    (card,) = await chats.press(person, found, "清理违规广告牌匾")
    return card


async def press(chats: Chats, person: Person, shown: Shown, label: str) -> list[Shown]:
    """Press the button with exactly this label: 接受 is also a part of 不接受."""
    (data,) = [data for text, data in shown.buttons if text == label]
    return await chats.answers(pressed(person, data, shown.message_id))


async def test_leave_from_the_first_word_to_the_last(
    chats: Chats, people: People, database: Database, deputy: Person
) -> None:
    person = people.responsible
    assert says("leave.how", html=True) in (await chats.say(person, "/leave")).text
    missing = await chats.say(person, "/leave 12月15日-16日")
    assert says("leave.drop_button") in missing.labels()
    # An unknown name leaves the question open. The next name is the answer.
    unknown = await chats.say(person, "无名氏")
    assert unknown.text == says("leave.nobody", html=True, name="无名氏")
    preview = await chats.say(person, "由李四代")
    assert "<b>东风街道 李四</b>" in preview.text
    stolen = await chats.press(deputy, preview, CONFIRM)
    assert (stolen, chats.toasts[-1]) == ([], (says("buttons.not_yours"), True))
    (done,) = await chats.press(person, preview, CONFIRM)
    assert done.edit
    posted = {shown.chat_id: shown for shown in await chats.post()}
    assert set(posted) == {person.id, deputy.id}
    # Rights are checked when the deputy acts. Today they have them, so the list of their notice is not empty.
    (tasks,) = await chats.press(deputy, posted[deputy.id], says("nags.list_button"))
    assert "清理违规广告牌匾" in tasks.text
    card = await card_of(chats, deputy)
    await chats.press(deputy, card, says("tasks.acknowledge_button"))
    (ended,) = await chats.press(person, done, "提前销假")
    assert ended.text == says("leave.ended", html=True, name="城管局责任人", days=_days())
    assert await chats.press(deputy, card, says("tasks.report_button")) == []
    assert chats.toasts[-1] == (says("tasks.not_yours"), True)
    await chats.press(person, done, "提前销假")
    assert chats.toasts[-1] == (says("leave.over"), True)
    async with database.reading() as session:
        (row,) = (await session.exec(select(Absence))).all()
    assert row.ended_at is not None


def _days() -> str:
    return says("leave.days", first=_day(15), last=_day(16))


def _day(day: int) -> str:
    return says("common.day", month=12, day=day, iso=f"2026-12-{day}")


async def test_the_office_enters_it_from_a_persons_card(chats: Chats, people: People, deputy: Person) -> None:
    card = await chats.say(people.office, "/person 城管局责任人")
    (theirs,) = await chats.press(people.office, card, says("leave.person_button"))
    assert says("leave.write_days") in theirs.text
    preview = await chats.say(people.office, "12.16-12.18 由李四代")
    (done,) = await chats.press(people.office, preview, CONFIRM)
    assert "12月16日至12月18日" in done.text
    assert {shown.chat_id for shown in await chats.post()} == {people.responsible.id, deputy.id}
    refused = await chats.say(people.liaison, "/leave 城管局责任人 12月16日 由李四代")
    assert refused.text == says("leave.only_yourself")


async def test_handing_on(chats: Chats, people: People, database: Database) -> None:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        contact = await roster.contact(people.unit, "李四", Role.RESPONSIBLE_PERSON)
    receiver, giver = Person(contact.telegram_user_id or 0), people.responsible
    (choice,) = await chats.press(giver, await card_of(chats, giver), says("transfers.button"))
    (preview,) = await chats.press(giver, choice, "李四")
    preview = await chats.say(giver, "本周外出<b>培训</b>")
    assert "本周外出&lt;b&gt;培训&lt;/b&gt;" in preview.text
    await chats.press(giver, preview, says("transfers.confirm_button"))
    (asked,) = await chats.post()
    assert asked.chat_id == receiver.id
    (why,) = await chats.press(receiver, asked, says("transfers.decline_button"))
    declined = await chats.say(receiver, "手头任务较多")
    assert says("transfers.you_declined", html=True, objective="清理违规广告牌匾") == declined.text
    (told,) = await chats.post()
    assert (told.chat_id, "手头任务较多" in told.text) == (giver.id, True)
    await press(chats, receiver, why, says("transfers.accept_button"))
    assert chats.toasts[-1] == (says("transfers.was_declined"), True)
    (choice,) = await chats.press(giver, await card_of(chats, giver), says("transfers.button"))
    (preview,) = await chats.press(giver, choice, "李四")
    await chats.press(giver, preview, says("transfers.confirm_button"))
    (asked,) = await chats.post()
    (card,) = await press(chats, receiver, asked, says("transfers.accept_button"))
    assert chats.toasts[-1] == (says("transfers.taken"), False)
    assert says("transfers.button") in card.labels()
    async with database.reading() as session:
        task = await session.get_one(Task, people.task.id)
    assert task.responsible_id == contact.id
