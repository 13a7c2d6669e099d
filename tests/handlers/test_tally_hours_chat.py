"""The buttons for the hour of a group's tally, pressed in the group."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Database
from models.groups import GroupChat
from rules.people.roles import Role
from rules.tally_hours import TallyHour
from services.groups import evening_tallies
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, group, message, pressed, said, update
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import tick_for

OLD, CHAT = -4_012_345_678, -1_004_012_345_678
HOURS = ["17:00", "✔ 18:00（默认）", "20:00", "不发日报"]


async def chosen(database: Database) -> TallyHour:
    async with database.reading() as session:
        return (await session.exec(select(GroupChat))).one().tally_hour


async def test_the_answer_to_the_scope_offers_the_hours(
    chats: Chats, people: People, database: Database
) -> None:
    asked = await chats.say(people.office, "/bind", chat=group(CHAT))
    (bound,) = await chats.press(people.office, asked, "全区", chat=group(CHAT))
    assert bound.edit
    assert bound.labels() == HOURS
    (later,) = await chats.press(people.office, bound, "20:00", chat=group(CHAT))
    assert later.edit
    assert later.text == says("groups.bound", scope="全区", time="20:00")
    assert later.labels() == ["17:00", "18:00（默认）", "✔ 20:00", "不发日报"]
    assert await chosen(database) is TallyHour.LATER
    (off,) = await chats.press(people.office, later, "不发日报", chat=group(CHAT))
    assert off.text == says("groups.bound_without_tally", scope="全区")
    assert await chosen(database) is TallyHour.OFF


async def test_the_question_of_a_bound_group_offers_them_too(
    chats: Chats, people: People, database: Database
) -> None:
    """Bound by a word, the group is told nothing; the question is where the office finds the hours."""
    assert await chats.answers(said(people.office, "/bind 全部", chat=group(CHAT))) == []
    asked = await chats.say(people.office, "/bind", chat=group(CHAT))
    assert asked.labels() == ["全区", "街道", "部门", *HOURS]
    assert "日报时间：每个工作日 18:00" in asked.text
    (earlier,) = await chats.press(people.office, asked, "17:00", chat=group(CHAT))
    assert earlier.text == says("groups.bound", scope="全区", time="17:00")
    assert await chosen(database) is TallyHour.EARLIER


@pytest.mark.parametrize("who", ["leader", "liaison", "responsible"])
async def test_the_office_alone_presses(chats: Chats, people: People, database: Database, who: str) -> None:
    await chats.answers(said(people.office, "/bind 全部", chat=group(CHAT)))
    asked = await chats.say(people.office, "/bind", chat=group(CHAT))
    person: Person = getattr(people, who)
    assert await chats.press(person, asked, "20:00", chat=group(CHAT)) == []
    assert chats.toasts[-1] == (says("groups.office_only"), True)
    assert await chats.press(people.stranger, asked, "20:00", chat=group(CHAT)) == []
    assert await chosen(database) is TallyHour.USUAL


async def test_another_of_the_office_may_press_and_both_are_audited(
    chats: Chats, people: People, database: Database
) -> None:
    """Two press at once: the second press finds the choice of the first."""
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        colleague = await roster.contact(await roster.unit("创城办公室"), "同事", Role.OFFICE)
        other = Person(colleague.telegram_user_id or 0)
    await chats.answers(said(people.office, "/bind 全部", chat=group(CHAT)))
    asked = await chats.say(people.office, "/bind", chat=group(CHAT))
    presses = [
        pressed(person, asked.data(label), asked.message_id, chat=group(CHAT))
        for person, label in ((people.office, "20:00"), (other, "17:00"), (other, "17:00"))
    ]
    shown = await chats.answers(*presses)
    assert shown[-1].labels()[0] == "✔ 17:00"
    async with database.reading() as session:
        rows = await session.exec(select(Audit).where(Audit.event == "tally_hour").order_by(col(Audit.id)))
        assert [(row.before, row.after) for row in rows] == [
            ({"tally_hour": "usual"}, {"tally_hour": "later"}),
            ({"tally_hour": "later"}, {"tally_hour": "earlier"}),
        ]


async def test_an_old_button_after_unbinding_changes_nothing(
    chats: Chats, people: People, database: Database
) -> None:
    await chats.answers(said(people.office, "/bind 全部", chat=group(CHAT)))
    asked = await chats.say(people.office, "/bind", chat=group(CHAT))
    await chats.answers(said(people.office, "/unbind", chat=group(CHAT)))
    assert await chats.press(people.office, asked, "20:00", chat=group(CHAT)) == []
    assert chats.toasts[-1] == (says("groups.bind_first"), True)
    assert await chosen(database) is TallyHour.USUAL


async def test_the_hour_follows_to_the_supergroup(chats: Chats, people: People, database: Database) -> None:
    await chats.answers(said(people.office, "/bind 全部", chat=group(OLD)))
    asked = await chats.say(people.office, "/bind", chat=group(OLD))
    await chats.press(people.office, asked, "17:00", chat=group(OLD))
    moved = message(people.office, chat=group(CHAT), migrate_from_chat_id=OLD)
    assert await chats.answers(update("message", moved)) == []
    assert await chosen(database) is TallyHour.EARLIER
    at = chats.clock.moment.replace(hour=9, minute=0)  # 17:00 in Shanghai
    async with database.transaction() as session:
        (planned,) = await evening_tallies.tally_tick(tick_for(session, at, chats.campaign))
    assert planned.chat == CHAT
