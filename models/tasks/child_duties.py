"""What a parent and its children owe: whose reports count, which children are late, what is done below."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.columns import UtcDateTime
from models.db import Session, ident, rows_by_id
from models.tasks import Task
from models.tasks.children import below, with_open_children
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import NAGGED_STATES, OPEN_STATES, TaskState

_WHOLE: Final = aliased(Task)
_SETTLED: Final = tuple(
    col(getattr(_WHOLE, name)) for name in ("below_done_at", "below_asked_at", "own_reports")
)


def set_own_reports(task: Task, *, own: bool, now: datetime) -> None:
    """Let its lead report by itself (本级另报), or let its children's reports be its reports, from now on."""
    if task.own_reports is not own:
        task.own_reports, task.own_switches = own, (*task.own_switches, now)


async def settle_above(session: Session, task_id: int, now: datetime) -> None:
    """What lies below a task has changed: the next scan looks at it.

    It is noted since when no child is open, if one was completed, and since when one waits for 办结. Its lead
    reports by itself again once nothing is left below it but cancelled tasks.
    """
    state, done = col(Task.state), col(Task.completed_at)
    whole = (sa.select(column).where(col(_WHOLE.id) == task_id) for column in _SETTLED)
    known, asked, own = (query.scalar_subquery() for query in whole)
    counted = sa.select(
        sa.func.count().filter(state.in_(OPEN_STATES)).label("open"),
        sa.func.count().filter(state != TaskState.CANCELLED).label("left"),
        sa.func.max(done).filter(state == TaskState.COMPLETED).label("done_at"),
        sa.func.count().filter(state == TaskState.SUBMITTED).label("waiting"),
        known.label("known"),
        asked.label("asked"),
        own.label("own"),
    ).where(col(Task.parent_id) == task_id)
    row = (await session.execute(counted)).mappings().one()
    is_done = row["done_at"] is not None and not row["open"]
    await session.execute(
        sa.update(Task)
        .where(col(Task.id) == task_id)
        .values(
            below_done_at=max(row["known"] or now, row["done_at"]) if is_done else None,
            below_asked_at=(row["asked"] or now) if row["waiting"] else None,
            next_nag_at=sa.case(
                (
                    sa.or_(col(Task.state).in_(NAGGED_STATES), sa.literal(bool(row["waiting"]))),
                    sa.literal(now, UtcDateTime),
                ),
                else_=col(Task.next_nag_at),
            ),
        )
    )
    if not row["left"] and row["own"] is False:
        task = await session.get_one(Task, task_id)
        set_own_reports(task, own=True, now=now)
        task.updated_at = now
        session.add(task)
        await session.flush()


def rhythm_below(task: Task) -> datetime:
    """From when the fortnights of its children are counted: they have those of the task (``rhythm_from``)."""
    return task.rhythm_from or task.created_at


class PartRhythm(NamedTuple):
    """What the windows of a part depend on (``services.duties.report_windows.Reporting``)."""

    id: int
    parent_id: int
    state: TaskState
    frequency: Frequency | None
    own_reports: bool
    own_switches: tuple[datetime, ...]
    rhythm_from: datetime | None
    assigned_at: datetime
    created_at: datetime


_RHYTHM: Final = [col(getattr(Task, name)) for name in PartRhythm._fields]


async def rhythms_below(session: Session, task_id: int) -> list[PartRhythm]:
    """All that lies below a task and that people are nagged about. Rows, for there may be hundreds."""
    query = sa.select(*_RHYTHM).where(
        col(Task.id).in_(sa.union_all(*below(task_id))), col(Task.state).in_(NAGGED_STATES)
    )
    return [PartRhythm._make(row) for row in await session.execute(query.order_by(col(Task.id)))]


async def parts_that_report(
    session: Session, found: Iterable[Task], *, made_before: datetime | None = None
) -> dict[int, bool]:
    """Those of these tasks, by id, on which the units of their parts report: whether one of them still is to.

    These are the tasks that are due once and lie in parts, and the recurring ones whose parts' reports are
    theirs. Once all parts are completed or wait for the office, nobody is to report: the unit owes 申请办结.
    ``made_before``: of the parts that were there then.
    """
    ids = [ident(task) for task in found if task.frequency is None or not task.own_reports]
    if not ids:
        return {}
    part, lower = aliased(Task), aliased(Task)

    def asked(task: type[Task]) -> list[sa.ColumnElement[bool]]:
        there: list[sa.ColumnElement[bool]] = [col(task.state).in_(NAGGED_STATES)]
        if made_before is not None:
            there.append(col(task.created_at) < made_before)
        return there

    below_it = col(lower.parent_id) == col(part.id)
    is_broken_down = sa.exists().where(below_it, col(lower.state) != TaskState.CANCELLED)
    reports_itself = sa.and_(col(part.frequency).is_not(None), col(part.own_reports).is_(True))
    is_to = sa.or_(
        sa.and_(*asked(part), sa.or_(~is_broken_down, reports_itself)),
        sa.exists().where(below_it, *asked(lower)),
    )
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(part.parent_id).label("task_id"), sa.func.max(sa.case((is_to, 1), else_=0)).label("is_to")
        )
        .where(col(part.parent_id).in_(ids), col(part.state) != TaskState.CANCELLED)
        .group_by(col(part.parent_id))
    )
    rows = (await session.execute(query)).mappings()
    return {row["task_id"]: bool(row["is_to"]) for row in rows}


async def nagged_children(session: Session, task_ids: Collection[int]) -> Sequence[Task]:
    """The children of these tasks about which people are nagged, by unit."""
    query = sa.select(col(Task.id)).where(
        col(Task.parent_id).in_(task_ids), col(Task.state).in_(NAGGED_STATES)
    )
    ids = (await session.execute(query.order_by(col(Task.lead_unit_id), col(Task.id)))).scalars().all()
    # A tick has read most of them already.
    found = await rows_by_id(session, Task, ids)
    return [found[one] for one in ids]


async def done_below(session: Session, found: Collection[Task]) -> dict[int, datetime]:
    """Since when all below each of these tasks is done, if people are nagged about the task still.

    Left out are tasks that have an open child, or no completed one. It asks only about those that may be
    among them.
    """
    hinted = {
        task.id: task.below_done_at
        for task in found
        if task.id is not None and task.below_done_at is not None and task.state in NAGGED_STATES
    }
    if not hinted:
        return {}
    going_on = await with_open_children(session, hinted)
    return {task_id: at for task_id, at in hinted.items() if task_id not in going_on}


async def asked_below(session: Session, found: Iterable[Task]) -> Sequence[Task]:
    """The parts of these tasks that wait for 办结, by unit, also if the task itself is submitted or 办结.

    It asks only about tasks that may have such parts.
    """
    wanted = (task for task in found if task.state is not TaskState.CANCELLED)
    hinted = [task.id for task in wanted if task.below_asked_at is not None]
    if not hinted:
        return []
    query = select(Task).where(col(Task.parent_id).in_(hinted), Task.state == TaskState.SUBMITTED)
    return (await session.exec(query.order_by(col(Task.lead_unit_id), col(Task.id)))).all()
