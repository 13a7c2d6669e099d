"""收到, 谢谢, 👍, ?, 这个怎么填 and 我要请假 in the private chat: none becomes a draft, 收到 can sign."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, select

from models.db import Database, ident
from models.drafts import Draft
from models.people import Contact, ContactState
from models.people.absences import Absence
from models.tasks import Task
from rules.cases.case_lifecycle import CaseState
from rules.tasks.task_lifecycle import TaskState
from services.nags import nag_engine
from tests.conftest import NOW
from tests.handlers.conftest import People
from tests.handlers.street import Street
from tests.support.chat import Chats, Person, Shown
from tests.support.chat import text_of as says
from tests.support.issues import Issues, picture
from tests.support.people import Roster
from tests.support.turns import tick_for

# 9:00 on the second working day: the tasks were not signed for in time.
UNSIGNED_DAY = NOW + timedelta(days=2, minutes=15)
SIGNED = [TaskState.ACKNOWLEDGED, TaskState.ASSIGNED]


async def drafts(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.exec(select(Draft.id))).all())


async def states(database: Database) -> list[TaskState]:
    async with database.reading() as session:
        return [task.state for task in await session.exec(select(Task).order_by(col(Task.id)))]


async def tick(chats: Chats, database: Database, at: datetime = UNSIGNED_DAY) -> dict[int, Shown]:
    """Let the nags of a moment go out; the messages by chat."""
    chats.clock.moment = at
    async with database.transaction() as session:
        await nag_engine.tick(tick_for(session, at, chats.campaign))
    return {shown.chat_id: shown for shown in await chats.post()}


async def contact_of(database: Database, person: Person) -> Contact:
    async with database.reading() as session:
        query = select(Contact).where(Contact.telegram_user_id == person.id)
        return (await session.exec(query)).one()


async def second_task(chats: Chats, people: People, objective: str) -> None:
    """Another unsigned task of the responsible person."""
    async with chats.database.transaction() as session:
        query = select(Contact).where(Contact.telegram_user_id == people.responsible.id)
        responsible = (await session.exec(query)).one()
        roster = Roster(session, NOW, chats.campaign)
        await roster.task(people.unit, objective, date(2026, 12, 18), responsible)


@pytest.mark.parametrize(
    "text",
    ["收到", "好的", "谢谢", "👍", "?", "这个怎么填", "我要请假", "OK", "在吗？", "你好", "取消", "发错了"],
)
async def test_small_words_never_become_a_draft(
    chats: Chats, people: People, database: Database, text: str
) -> None:
    for person in (people.responsible, people.liaison, people.office, people.leader, people.inspector):
        assert (await chats.say(person, text)).text
    assert await drafts(database) == 0
    assert await states(database) == [TaskState.ASSIGNED] * 2, "only a reply signs"


async def test_the_help_fits(chats: Chats, people: People, database: Database) -> None:
    person = people.responsible
    for words in ("发错了怎么改", "发错了", "撤销"):
        assert (await chats.say(person, words)).text == says("help.topic.correction", html=True)
    assert (await chats.say(person, "？")).text == says("help.topic.general", html=True)
    assert says("leave.how", html=True) in (await chats.say(person, "我要请假")).text
    nag = (await tick(chats, database))[person.id]
    asked = await chats.say(person, "这项什么时候截止？", reply_to=nag.message_id)
    assert "清理违规广告牌匾" in asked.text
    assert "达到创城标准" in asked.text
    assert asked.text.endswith(says("help.topic.limit", html=True))
    (listed,) = await chats.press(person, asked, says("nags.list_button"))
    assert "清理违规广告牌匾" in listed.text


async def test_how_to_fill_it_in_is_answered_with_the_form_of_the_last_report(
    chats: Chats, people: People, database: Database
) -> None:
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    await chats.press(people.responsible, card, says("progress.confirm_button"))
    (receipt,) = await chats.post()
    asked = await chats.say(people.responsible, "这个怎么填？", reply_to=receipt.message_id)
    assert asked.data(says("progress.blank_button")) == "今天清理违规广告牌匾__处"
    for words, where in (("这个怎么填？", {}), ("什么时候截止？", {"reply_to": receipt.message_id})):
        other = await chats.say(people.responsible, words, **where)
        assert says("progress.blank_button") not in other.labels()


async def test_a_reply_signs_the_one_task_and_names_it(
    chats: Chats, people: People, database: Database
) -> None:
    nag = (await tick(chats, database))[people.responsible.id]
    answer = await chats.say(people.responsible, "收到！", reply_to=nag.message_id)
    assert answer.text.startswith("✅ 已签收：清理违规广告牌匾（2026年12月18日")
    assert await states(database) == SIGNED
    again = await chats.say(people.responsible, "好的", reply_to=nag.message_id)
    assert again.text == says("signing.none", html=True)
    thanks = await chats.say(people.responsible, "谢谢", reply_to=nag.message_id)
    assert thanks.text == says("help.small.thanks", html=True)
    assert await drafts(database) == 0


async def test_several_are_listed_with_a_button_each_and_one_for_all(
    chats: Chats, people: People, database: Database
) -> None:
    await second_task(chats, people, "清理小广告")
    await second_task(chats, people, "清洗果皮箱")
    nag = (await tick(chats, database))[people.responsible.id]
    choice = await chats.say(people.responsible, "收到", reply_to=nag.message_id)
    assert "3 项待您签收" in choice.text
    assert says("signing.all_button", count=3) in choice.labels()
    assert await states(database) == [TaskState.ASSIGNED] * 4
    (rest,) = await chats.press(people.responsible, choice, "签收 2. 清理小广告")
    assert rest.edit
    assert "✅ 已签收：清理小广告" in rest.text
    assert [label for label in rest.labels() if label.startswith("签收 ")] == [
        "签收 1. 清理违规广告牌匾",
        "签收 2. 清洗果皮箱",
    ]
    (done,) = await chats.press(people.responsible, rest, says("signing.all_button", count=2))
    assert done.text.count("✅ 已签收") == 2
    assert (await states(database)).count(TaskState.ACKNOWLEDGED) == 3
    (late,) = await chats.press(people.responsible, choice, says("signing.all_button", count=3))
    assert says("signing.none", html=True) in late.text, "an old list signs nothing twice"


async def test_a_deputy_signs_for_the_person_who_is_away(
    chats: Chats, people: People, database: Database
) -> None:
    away = ident(await contact_of(database, people.responsible))
    deputy = ident(await contact_of(database, people.inspector))
    async with database.transaction() as session:
        session.add(
            Absence(
                contact_id=away,
                deputy_id=deputy,
                first=date(2026, 12, 14),
                last=date(2026, 12, 31),
                made_at=NOW,
                made_by=away,
            )
        )
    nag = (await tick(chats, database))[people.inspector.id]
    answer = await chats.say(people.inspector, "收到", reply_to=nag.message_id)
    assert "已签收：清理违规广告牌匾" in answer.text
    assert await states(database) == SIGNED


async def test_a_liaison_signs_for_a_person_who_is_not_enrolled(
    chats: Chats, people: People, database: Database
) -> None:
    async with database.transaction() as session:
        query = select(Contact).where(Contact.telegram_user_id == people.responsible.id)
        lost = (await session.exec(query)).one()
        lost.state, lost.telegram_user_id = ContactState.NOT_ENROLLED, None
        session.add(lost)
    nag = (await tick(chats, database))[people.liaison.id]
    answer = await chats.say(people.liaison, "收到", reply_to=nag.message_id)
    assert "已签收：清理违规广告牌匾" in answer.text
    assert await states(database) == SIGNED


async def test_a_colleague_signs_nothing_by_a_word(chats: Chats, people: People, database: Database) -> None:
    """The 联络员 may sign for the unit by the button; a word signs only what they were asked for."""
    listed = await chats.say(people.liaison, "/tasks")
    answer = await chats.say(people.liaison, "收到", reply_to=listed.message_id)
    assert answer.text == says("signing.none", html=True)
    assert await states(database) == [TaskState.ASSIGNED] * 2


async def test_an_order_is_signed_by_a_reply(chats: Chats, people: People, database: Database) -> None:
    street = Street(database, chats, people)
    case = await street.dispatched()
    order = next(shown for shown in await chats.post() if shown.chat_id == people.liaison.id)
    answer = await chats.say(people.liaison, "收到", reply_to=order.message_id)
    assert f"✅ 已签收：督办案卷 {case.number}" in answer.text
    assert (await street.now(case)).state is CaseState.ACKNOWLEDGED
    assert await drafts(database) == 0, "it does not begin the unit's feedback"
    answer = await chats.say(people.liaison, "已清运完毕", reply_to=order.message_id)
    assert await drafts(database) == 1, "what was done does"


async def test_written_alone_it_lists_what_waits(chats: Chats, people: People, database: Database) -> None:
    case = await Street(database, chats, people).dispatched()
    await chats.post()
    choice = await chats.say(people.responsible, "收到")
    assert choice.text.startswith(says("signing.waiting", html=True, count=2))
    assert case.number in choice.text
    assert await states(database) == [TaskState.ASSIGNED] * 2
    await chats.press(people.responsible, choice, says("signing.all_button", count=2))
    assert await states(database) == SIGNED


async def test_a_card_that_waits_is_not_changed(chats: Chats, people: People, database: Database) -> None:
    person = people.responsible
    card = await chats.say(person, "今天清理违规广告牌匾12处")
    replying = {"reply_to": card.message_id}
    for words, where in (("好的", {}), ("👍", {}), ("确认", {}), ("取消", {}), ("收到", replying)):
        waits = await chats.say(person, words, **where)
        assert waits.text == says("help.small.card_waits", html=True)
    asked = await chats.say(person, "这个怎么填？")
    assert asked.text == says("help.topic.report", html=True)
    (receipt,) = await chats.press(person, card, says("progress.confirm_button"))
    (told,) = await chats.post()
    assert "12处" in told.text, "the card was still the present one"
    assert receipt.edit


async def test_the_card_of_a_correction_waits_too(chats: Chats, people: People) -> None:
    person = people.responsible
    card = await chats.say(person, "今天清理违规广告牌匾12处")
    await chats.press(person, card, says("progress.confirm_button"))
    asked = await chats.say(person, "/undo")
    await chats.press(person, asked, says("corrections.correct_button"))
    for words in ("取消", "确认", "收到"):
        assert (await chats.say(person, words)).text == says("help.small.card_waits", html=True)


async def test_a_description_may_read_like_a_question(
    chats: Chats, people: People, database: Database
) -> None:
    issues = await Issues.make(database, chats, people.other_unit)
    await issues.send(picture(issues.grid))
    shown = await chats.say(issues.grid, "人民路12号井盖坏了，没人管吗？")
    assert "没人管吗" in shown.text
    assert (await chats.say(issues.grid, "好的")).text == says("help.small.card_waits", html=True)


@pytest.mark.parametrize("words", ["分解到下级", "谁没报", "催办城管局", "办结"])
async def test_words_that_name_a_button_lead_to_it(
    chats: Chats, people: People, database: Database, words: str
) -> None:
    shown = await chats.say(people.responsible, words)
    assert shown.text == says("help.small.on_card")
    assert says("nags.list_button") in shown.labels()
    assert await drafts(database) == 0


async def test_whom_nobody_knows_is_no_button(chats: Chats, people: People, database: Database) -> None:
    shown = await chats.say(people.responsible, "催办沿街商户")
    assert says("progress.confirm_button") in shown.labels()
    assert await drafts(database) == 1
