"""Queries of the nag scan: when it looks at a task, and the guarded change of a task's state."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from models import tasks
from models.db import Session
from models.people import Unit
from models.tasks import Task, task_due
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

DAY = date(2026, 12, 20)
HOUR = timedelta(hours=1)
Moment = timedelta | None


@pytest.fixture
async def unit(roster: Roster) -> Unit:
    return await roster.unit("城管局")


async def scanned(
    roster: Roster,
    unit: Unit,
    next_nag_at: Moment,
    nagged_until: timedelta = -2 * HOUR,
    state: TaskState = TaskState.ASSIGNED,
) -> Task:
    """A task with its scan's moments, given as time from ``now``."""
    task = await roster.task(unit, f"任务{next_nag_at}{nagged_until}{state}", DAY, state=state)
    task.next_nag_at = None if next_nag_at is None else roster.now + next_nag_at
    task.nagged_until = roster.now + nagged_until
    await roster.session.flush()
    return task


async def test_due_is_what_is_looked_at_by_now_in_the_order_of_ids(
    session: Session, roster: Roster, unit: Unit, now: datetime
) -> None:
    at_once = await scanned(roster, unit, timedelta(0))
    longest = await scanned(roster, unit, -HOUR)
    await scanned(roster, unit, timedelta(seconds=1))
    await scanned(roster, unit, None)
    assert await task_due.due_for_nag(session, now, 2) == [at_once, longest]
    assert await task_due.due_for_nag(session, now, 1) == [at_once]


async def test_what_was_seen_to_is_looked_at_when_each_is_due(
    session: Session, roster: Roster, rows: Rows, unit: Unit, now: datetime
) -> None:
    later, never, others = [await scanned(roster, unit, -n * HOUR) for n in (1, 2, 3)]
    await task_due.seen_to(session, [(id_of(later), now + HOUR), (id_of(never), None)], now)
    assert await rows.column(Task.next_nag_at) == [now + HOUR, None, now - 3 * HOUR]
    assert await rows.column(Task.nagged_until) == [now, now, now - 2 * HOUR]
    await task_due.seen_to(session, [], now + HOUR)
    assert (await rows.read(others)).nagged_until == now - 2 * HOUR


async def test_to_look_later_has_seen_to_nothing(
    session: Session, roster: Roster, rows: Rows, unit: Unit, now: datetime
) -> None:
    one, other = await scanned(roster, unit, -HOUR), await scanned(roster, unit, -2 * HOUR)
    await task_due.look_later(session, [id_of(one)], now + HOUR)
    assert await rows.column(Task.next_nag_at) == [now + HOUR, now - 2 * HOUR]
    assert (await rows.read(one)).nagged_until == (await rows.read(other)).nagged_until == now - 2 * HOUR


AGAIN = [
    pytest.param(HOUR, TaskState.ASSIGNED, timedelta(0), id="later"),
    pytest.param(-HOUR, TaskState.ASSIGNED, -HOUR, id="due already"),
    pytest.param(None, TaskState.RETURNED, timedelta(0), id="not any more, though it goes on"),
    pytest.param(None, TaskState.SUBMITTED, None, id="waits for the office"),
    pytest.param(None, TaskState.COMPLETED, None, id="completed"),
    pytest.param(None, TaskState.CANCELLED, None, id="cancelled"),
]


@pytest.mark.parametrize(("before", "state", "after"), AGAIN)
async def test_what_is_looked_at_again(
    session: Session,
    roster: Roster,
    rows: Rows,
    unit: Unit,
    now: datetime,
    before: Moment,
    state: TaskState,
    after: Moment,
) -> None:
    task = await scanned(roster, unit, before, state=state)
    await task_due.look_again(session, now)
    await rows.read(task)
    assert task.next_nag_at == (None if after is None else now + after)
    assert task.nagged_until == now - 2 * HOUR


async def test_what_does_not_reach_back_moves_what_was_seen_to_on_but_never_back(
    session: Session, roster: Roster, rows: Rows, unit: Unit, now: datetime
) -> None:
    await scanned(roster, unit, HOUR)
    await scanned(roster, unit, HOUR, 3 * HOUR)
    await scanned(roster, unit, timedelta(0))  # it is already due, so its slots before now are still told
    await task_due.look_again(session, now, seen=True)
    assert await rows.column(Task.nagged_until) == [now, now + 3 * HOUR, now - 2 * HOUR]


async def test_the_next_look_is_the_soonest(
    session: Session, roster: Roster, unit: Unit, now: datetime
) -> None:
    await scanned(roster, unit, None)
    assert await task_due.next_look(session) is None
    await scanned(roster, unit, 2 * HOUR)
    await scanned(roster, unit, HOUR)
    assert await task_due.next_look(session) == now + HOUR


@pytest.mark.parametrize(
    ("backlog", "until"),
    [
        pytest.param(False, (0, 0), id="all has been seen to"),
        pytest.param(True, (-2, 0), id="what was not is due still"),
    ],
)
async def test_how_tasks_stand_for_a_rehearsal(
    session: Session,
    roster: Roster,
    rows: Rows,
    unit: Unit,
    now: datetime,
    backlog: bool,
    until: tuple[int, int],
) -> None:
    await scanned(roster, unit, HOUR)
    await scanned(roster, unit, None, 3 * HOUR)
    await scanned(roster, unit, None, 3 * HOUR, TaskState.SUBMITTED)
    await task_due.stand_at(session, now, backlog=backlog)
    assert await rows.column(Task.next_nag_at) == [now, now, None]
    seen = [now + hours * HOUR for hours in (*until, 3)]
    assert await rows.column(Task.nagged_until) == seen


async def test_a_task_that_is_not_nagged_any_more_is_not_looked_at(
    session: Session, roster: Roster, rows: Rows, unit: Unit, now: datetime
) -> None:
    for number, new in enumerate(TaskState, 1):
        task = await scanned(roster, unit, number * HOUR)
        assert await tasks.move_state(session, id_of(task), TaskState.ASSIGNED, new, now)
    assert await rows.column(Task.state) == list(TaskState)
    looked = [now + n * HOUR if state in NAGGED_STATES else None for n, state in enumerate(TaskState, 1)]
    assert await rows.column(Task.next_nag_at) == looked


@pytest.mark.both_engines("locks")
async def test_a_task_leaves_a_state_once(
    session: Session, roster: Roster, rows: Rows, unit: Unit, now: datetime
) -> None:
    task, other = await scanned(roster, unit, HOUR), await scanned(roster, unit, 2 * HOUR)
    old, later = TaskState.ASSIGNED, now + HOUR
    move = tasks.move_state
    assert await move(session, id_of(task), old, TaskState.RETURNED, later, return_reason="缺照片")
    assert not await move(session, id_of(task), old, TaskState.CANCELLED, now, return_reason="晚了")
    await rows.read(task)
    assert (task.state, task.return_reason, task.updated_at) == (TaskState.RETURNED, "缺照片", later)
    assert (await rows.read(other)).state is old


@pytest.mark.both_engines("locks")
async def test_what_is_read_after_the_lock_is_the_present(
    session: Session, roster: Roster, rows: Rows, unit: Unit
) -> None:
    task, other = await scanned(roster, unit, HOUR), await scanned(roster, unit, 2 * HOUR)
    table = Task.__table__  # type: ignore[attr-defined]  # what SQLModel makes of the class
    await session.execute(table.update().values(remark="新"))
    assert (task.remark, other.remark) == (None, None)
    await tasks.lock(session, id_of(task))
    assert (task.remark, other.remark) == ("新", None)
