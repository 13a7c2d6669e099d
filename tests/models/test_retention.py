"""Tests of what is deleted when its time is over, and of what stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from models import retention
from models.cases import SentCase
from models.db import Session
from models.delivery.inbox import Inbox, InboxState
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Button, Outbox, Question, SentMessage, ToldTopic
from models.delivery.pauses import ChatPause
from models.drafts import Draft
from models.groups import GroupTally
from models.importing import JobState
from models.nags import NagState, Snooze
from models.tasks.breakdowns import TaskBreakdown
from rules.cases.case_lifecycle import OPEN, CaseEvent, CaseState
from rules.delivery.delivery import DeliveryState
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from tests.support.case_rows import CaseRows
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

pytestmark = pytest.mark.both_engines("outbox")
SECOND = timedelta(seconds=1)
OVER = (DeliveryState.SENT, DeliveryState.WITHDRAWN)
HELD = (DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE)
Delete = Callable[[Session, datetime], Awaitable[int]]


async def test_updates_go_when_they_were_done_or_seen(session: Session, rows: Rows, now: datetime) -> None:
    """An update that could not be handled stays until somebody has seen it."""
    for state in InboxState:
        for at in (now - SECOND, now):
            await rows.update(state=state, done_at=at)
    seen = await rows.update(state=InboxState.DEAD, done_at=now - SECOND, seen_at=now - SECOND)
    await rows.update(state=InboxState.DEAD, done_at=now - SECOND, seen_at=now)
    assert await retention.delete_done_updates(session, now) == 1
    assert await retention.delete_seen_dead_updates(session, now) == 1
    assert id_of(seen) not in await rows.column(Inbox.id)
    new, done, dead = InboxState.NEW, InboxState.DONE, InboxState.DEAD
    assert await rows.column(Inbox.state) == [new, new, done, dead, dead, dead]


@pytest.mark.parametrize(
    ("delete", "gone"), [(retention.delete_finished_messages, OVER), (retention.delete_held_messages, HELD)]
)
async def test_messages_go_by_their_state(
    session: Session, rows: Rows, now: datetime, delete: Delete, gone: tuple[DeliveryState, ...]
) -> None:
    for at in (now - SECOND, now):
        for state in DeliveryState:
            await rows.message(state=state, created_at=at)
    assert await delete(session, now) == 2
    left = [state for state in DeliveryState if state not in gone]
    assert await rows.column(Outbox.state) == [*left, *DeliveryState]


@pytest.mark.parametrize("state", [*OVER, *HELD])
async def test_a_nag_keeps_what_became_of_its_message(
    session: Session, rows: Rows, now: datetime, state: DeliveryState
) -> None:
    old = await rows.message(state=state, created_at=now - SECOND)
    new = await rows.message(state=state, created_at=now)
    about = {"subject": "task", "subject_id": 1, "settled_at": now - SECOND}
    first, second = [
        await rows.nag(NagState.TOLD, outbox_id=id_of(message), **about) for message in (old, new)
    ]
    delete = retention.delete_finished_messages if state in OVER else retention.delete_held_messages
    assert await delete(session, now) == 1
    await rows.read(first)
    assert (first.outbox_id, first.delivery, first.settled_at) == (None, state, now - SECOND)
    await rows.read(second)
    assert (second.outbox_id, second.delivery) == (id_of(new), None)


@pytest.mark.parametrize(
    ("table", "moment", "values", "delete", "left"),
    [
        (Button, "created_at", {"action": "a"}, retention.delete_buttons, 2),
        # At the very moment a line may be said again, so nothing needs it any more.
        (ToldTopic, "told_at", {"user_id": 1}, retention.delete_told_topics, 1),
        (Question, "asked_at", {"action": "a", "chat_id": 1}, retention.delete_questions, 2),
        (ChatPause, "until", {}, retention.delete_pauses, 2),
    ],
)
async def test_rows_go_by_their_moment(
    session: Session,
    rows: Rows,
    now: datetime,
    table: Any,
    moment: str,
    values: dict[str, Any],
    delete: Delete,
    left: int,
) -> None:
    key = {Button: "key", ToldTopic: "topic", Question: "user_id", ChatPause: "chat_id"}[table]
    for number, at in enumerate((now - SECOND, now, now + SECOND), 1):
        named = str(number) if key in {"key", "topic"} else number
        await rows.add(table(**{key: named, moment: at}, **values))
    assert await delete(session, now) == 3 - left
    assert await rows.count(table) == left


async def test_drafts_and_snoozes_go_by_their_moment(
    session: Session, rows: Rows, roster: Roster, now: datetime
) -> None:
    contact = await roster.contact(await roster.unit("城管局"), "张三")
    for chat, at in enumerate((now - SECOND, now), 1):
        await rows.draft(contact, chat, updated_at=at)
        snooze: dict[str, Any] = {"subject": "task", "subject_id": chat, "created_at": at}
        await rows.add(Snooze(contact_id=id_of(contact), until=at, **snooze))
    assert await retention.delete_drafts(session, now) == 1
    assert await rows.column(Draft.chat_id) == [2]
    assert await retention.delete_snoozes(session, now) == 1
    assert await rows.column(Snooze.subject_id) == [2]


async def test_a_live_message_goes_when_nobody_corrects_it(
    session: Session, rows: Rows, roster: Roster, now: datetime
) -> None:
    """A board stays; a tally and a job stay while their promise does, and a job while it is open."""
    contact = await roster.contact(await roster.unit("创城办"), "张三")
    group = await rows.group(-1, contact)
    for name, at in (("old", now - SECOND), ("promised", now - SECOND), ("new", now)):
        tally = GroupTally(group_id=id_of(group), slot_key=name, since=at, as_of=at, frozen={})
        live = await rows.live(LiveKind.TALLY, id_of(await rows.add(tally)))
        if name == "promised":
            await rows.message(live_id=id_of(live))
    for state, at in (
        (JobState.DONE, now - SECOND),
        (JobState.PREVIEW, now - SECOND),
        (JobState.FAILED, now),
    ):
        job = await rows.job(contact, state=state, updated_at=at)
        await rows.live(LiveKind.JOB, id_of(job))
    await rows.live(LiveKind.BOARD, id_of(group))
    before = await rows.column(LiveMessage.id)
    assert await retention.delete_live_messages(session, now) == 2
    kept = await rows.column(LiveMessage.id)
    assert [before.index(one) for one in kept] == [1, 2, 4, 5, 6]


async def test_a_list_goes_before_its_message(session: Session, rows: Rows, now: datetime) -> None:
    old, new = await rows.message(created_at=now - SECOND), await rows.message(created_at=now)
    for row in (old, new):
        await rows.live(LiveKind.NAG, id_of(row))
    tally = await rows.live(LiveKind.TALLY, id_of(old))
    assert await retention.delete_nag_lists(session, now) == 1
    kept = await rows.column(LiveMessage.id)
    assert len(kept) == 2
    assert id_of(tally) in kept


@pytest.mark.parametrize("state", TaskState)
async def test_what_a_message_was_about_goes_after_its_task(
    session: Session, rows: Rows, roster: Roster, now: datetime, state: TaskState
) -> None:
    unit = await roster.unit("城管局")
    for number, at in enumerate((now - SECOND, now), 1):
        task = await roster.task(unit, f"清理广告牌{number}", now.date(), state=state)
        task.updated_at = at
        task.completed_at = at if state is TaskState.COMPLETED else None
        await rows.add(task)
        await rows.add(SentMessage(chat_id=1, message_id=number, task_id=id_of(task)))
    gone = state not in OPEN_STATES
    assert await retention.delete_sent_about_tasks(session, now) == int(gone)
    assert await rows.column(SentMessage.message_id) == ([2] if gone else [1, 2])


@pytest.mark.parametrize("state", CaseState)
async def test_what_a_message_was_about_goes_after_its_case(
    session: Session, rows: Rows, cases: CaseRows, now: datetime, state: CaseState
) -> None:
    for number, at in enumerate((now - SECOND, now), 1):
        case = await rows.case(cases.stalls, cases.reporter, state)
        await rows.step(case, 1, CaseEvent.REPORT, at=now - 2 * SECOND)
        await rows.step(case, 2, CaseEvent.CLOSE, at=at)
        await rows.add(SentCase(chat_id=1, message_id=number, case_id=id_of(case)))
    gone = state not in OPEN
    assert await retention.delete_sent_about_cases(session, now) == int(gone)
    assert await rows.column(SentCase.message_id) == ([2] if gone else [1, 2])


async def test_what_was_begun_goes_and_what_was_confirmed_stays(
    session: Session, rows: Rows, roster: Roster, now: datetime
) -> None:
    unit = await roster.unit("农业农村局")
    task = await roster.task(unit, "清运垃圾", None)
    who = [await roster.contact(unit, name) for name in ("甲", "乙", "丙")]
    for contact, at, confirmed in zip(
        who, (now - SECOND, now, now - SECOND), (None, None, now - SECOND), strict=True
    ):
        row = TaskBreakdown(task_id=id_of(task), contact_id=id_of(contact), updated_at=at)
        row.confirmed_at = confirmed
        session.add(row)
    await session.flush()
    assert await retention.delete_begun_breakdowns(session, now) == 1
    left = await rows.column(TaskBreakdown.contact_id)
    assert left == [id_of(who[1]), id_of(who[2])]
