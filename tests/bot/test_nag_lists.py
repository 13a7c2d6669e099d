"""People's last nags over HTTP: what was done elsewhere is marked in one edit, quietly, by day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot import live_editor
from bot.live_editor import LiveEditor
from bot.pace import Pace
from bot.telegram import Telegram
from models import audit_log
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind, LiveMessage
from models.people import Contact, Unit
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from services import access, audit
from services.nags import nag_engine
from services.nags.messages import live_nags
from services.tasks import task_steps
from tests.bot.desk import AT_ONCE, Desk, account
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

DAY = timedelta(days=1)
TITLE = "【任务提醒】"


class Seconds:
    """The clock of the editor's rests, set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def time(self) -> float:
        return self.now


@dataclass
class Listed:
    """A person who got a list of three tasks at 09:00 on the 17th, and the office."""

    desk: Desk
    office: Contact
    person: Contact
    tasks: list[int]
    editor: LiveEditor
    seconds: Seconds

    async def look(self, after: float = 0.0) -> None:
        self.seconds.now += after
        await self.editor.look()
        if self.editor._lists is not None:
            await self.editor._lists

    async def complete(self, place: int) -> None:
        async with self.desk.database.transaction() as session:
            actor = await access.actor_of(session, await session.get_one(Contact, self.office.id))
            await task_steps.complete(turn_for(session, actor, self.desk.clock.moment), self.tasks[place])

    async def lists(self) -> list[MessageRecord]:
        return [one for one in await self.desk.received(account(self.person)) if TITLE in one.text]

    async def edits(self) -> int:
        return len(await self.desk.people.calls("editMessageText"))


@pytest.fixture
async def listed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Listed:
    seconds = Seconds()
    monkeypatch.setattr(live_editor, "steady_seconds", seconds.time)
    office, person = await desk.office(), await desk.contact("责任人", Role.RESPONSIBLE_PERSON)
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        unit = await session.get_one(Unit, person.unit_id)
        tasks = [(await roster.task(unit, f"任务{n}", date(2026, 12, 18), person)).id or 0 for n in range(3)]
    desk.start()
    desk.clock.moment += 2 * DAY + timedelta(minutes=15)
    async with desk.database.transaction() as session:
        await nag_engine.tick(tick_for(session, desk.clock.moment, desk.campaign))
    desk.sender.wake()
    await desk.until_settled()
    editor = LiveEditor(desk.database, Telegram(desk.bot, Pace(AT_ONCE)), desk.clock, desk.campaign)
    found = Listed(desk, office, person, tasks, editor, seconds)
    await found.look()
    await found.look(live_editor.REST_SECONDS[LiveKind.NAG])
    assert await found.edits() == 0, "as it went out"
    return found


async def test_what_was_done_within_two_minutes_is_marked_in_one_edit(listed: Listed) -> None:
    await listed.complete(0)
    await listed.look()
    await listed.complete(2)
    await listed.look(60)
    assert await listed.edits() == 0
    await listed.look(60)
    assert await listed.edits() == 1
    (edited,) = await listed.lists()
    assert edited.text.count("已办结") == 2
    assert "2. " in edited.text
    await listed.look(600)
    assert await listed.edits() == 1
    assert await listed.desk.people.calls("sendMessage") != []


async def test_at_night_it_waits_for_the_morning(listed: Listed) -> None:
    listed.desk.clock.moment += timedelta(hours=12, minutes=30)
    await listed.complete(0)
    await listed.look()
    await listed.look(600)
    assert await listed.edits() == 0
    listed.desk.clock.moment += timedelta(hours=10, minutes=35)
    await listed.look()
    await listed.look(120)
    (edited,) = await listed.lists()
    assert edited.text.count("已办结") == 1


async def test_a_list_that_its_reader_deleted_is_left_alone(listed: Listed) -> None:
    (there,) = await listed.lists()
    chat = account(listed.person)
    await listed.desk.people.delete_message(chat, chat, there.message_id)
    await listed.complete(0)
    with capture_logs() as logs:
        await listed.look()
        await listed.look(120)
        await listed.look(120)
    assert await listed.edits() == 1
    assert await listed.lists() == []
    assert [one["event"] for one in logs if one["log_level"] in {"warning", "error"}] == []


async def test_an_answer_to_a_press_is_not_overwritten_by_an_edit_that_waited(
    listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit is made, and waits for its turn. Meanwhile the list is pressed."""
    await listed.complete(0)
    await listed.look()
    turn = Telegram.turn

    @asynccontextmanager
    async def pressed_first(self: Telegram, chat_id: int, **how: Any) -> AsyncIterator[bool]:
        async with listed.desk.database.transaction() as session:
            await live_messages.touch_last_lists(session, {listed.person.id or 0})
        async with turn(self, chat_id, **how) as mine:
            yield mine

    monkeypatch.setattr(Telegram, "turn", pressed_first)
    await listed.look(120)
    assert await listed.edits() == 0
    monkeypatch.undo()
    monkeypatch.setattr(live_editor, "steady_seconds", listed.seconds.time)
    await listed.look()
    await listed.look(120)
    assert await listed.edits() == 1


async def test_more_changes_than_one_mark_holds_are_all_looked_at(
    listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log.last_audited, "__defaults__", (2,))
    await listed.look()
    await listed.complete(0)
    async with listed.desk.database.transaction() as session:
        for number in range(9):
            audit.record(session, "noise", ("campaign", number), now=listed.desk.clock.moment)
    await listed.look()
    await listed.look(120)
    assert await listed.edits() == 1


async def test_who_presses_before_the_place_is_known_finds_the_list(listed: Listed) -> None:
    async with listed.desk.database.transaction() as session:
        query = select(LiveMessage).where(LiveMessage.kind == LiveKind.NAG)
        row = (await session.exec(query)).one()
        await live_messages.keep_list(session, row.subject_id, row.chat_id, row.content or {})
    async with listed.desk.database.transaction() as session:
        person = await session.get_one(Contact, listed.person.id)
        turn = turn_for(session, await access.actor_of(session, person), listed.desk.clock.moment)
        assert await live_nags.shown(turn, row.subject_id) is not None
    await listed.complete(0)
    await listed.look()
    await listed.look(120)
    assert await listed.edits() == 0, "nobody knows where it stands"
    async with listed.desk.database.transaction() as session:
        await live_messages.place_list(session, row.subject_id, row.message_ids)
    await listed.look()
    await listed.look(120)
    assert await listed.edits() == 1
