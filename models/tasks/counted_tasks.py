"""The tasks that count in a scope (units, a 行动, a 重点), and what lies below them.

A task counts where its parent does not stand (``children.counts_in``). So nothing is counted twice, and where
a child stands without its parent, it counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.db import Session
from models.tasks import BY_DUE, Task, in_view
from models.tasks.children import counts_in, stands_in
from rules.tasks.task_lifecycle import NAGGED_STATES, OPEN_STATES, TaskState

_AT_ONCE: Final = 2_000
_ROOT: Final = (("root_id", "id"), ("unit_id", "lead_unit_id"), ("action", "action"), ("focus", "focus"))


class BelowPart(StrEnum):
    """A part of what lies below tasks: all, completed ones, open ones whose deadline is over."""

    EVERY = "every"
    DONE = "done"
    LATE = "late"


class CountedTask(NamedTuple):
    """What a tally needs of a task, without the row itself: a tally reads thousands of them."""

    id: int
    objective: str
    action: str
    focus: str | None
    lead_unit_id: int
    deadline: date | None
    state: TaskState
    completed_at: datetime | None
    created_at: datetime


class TasksBelow(NamedTuple):
    """How many tasks lie below the tasks that count of a lead unit, of a 行动 and of a 重点.

    Those that count themselves, and cancelled ones, are not among them. ``late``: open ones whose deadline is
    over.
    """

    lead_unit_id: int
    action: str
    focus: str | None
    every: int
    done: int
    late: int


async def counted_tasks(
    session: Session,
    unit_ids: Collection[int] | None = None,
    *,
    action: str | None = None,
    focus: str | None = None,
) -> list[CountedTask]:
    """What a tally needs of the tasks that count in a scope, whatever their state."""
    columns = (getattr(Task, name) for name in CountedTask._fields)
    query: sa.Select[*tuple[Any, ...]] = sa.select(*map(col, columns))
    scope = {"action": action, "focus": focus}
    query = query.where(*stands_in(Task, unit_ids, **scope), counts_in(unit_ids, **scope))
    return [CountedTask._make(row) for row in await session.execute(query)]


async def tasks_in(session: Session, unit_ids: Collection[int] | None) -> Sequence[Task]:
    """The tasks that count in the scope of these units, whatever their state, by deadline."""
    return (await session.exec(_in_scope(unit_ids).order_by(*BY_DUE))).all()


async def open_in(session: Session, unit_ids: Collection[int] | None) -> Sequence[Task]:
    """Those of ``tasks_in`` that are open."""
    query = _in_scope(unit_ids).where(col(Task.state).in_(OPEN_STATES))
    return (await session.exec(query.order_by(*BY_DUE))).all()


async def completed_in_view(
    session: Session, contact_ids: Collection[int], unit_ids: Collection[int] | None
) -> Sequence[Task]:
    """Completed tasks that a contact may see, the last completed first, without the parts of others of them.

    They are the tasks that these units lead or assist, and those for which these contacts answer. If
    ``unit_ids`` is None, they are all.
    """
    done = col(Task.state) == TaskState.COMPLETED
    query = select(Task).where(done, in_view(contact_ids, unit_ids), counts_in(unit_ids))
    return (await session.exec(query.order_by(col(Task.completed_at).desc(), col(Task.id).desc()))).all()


async def recurring_in(session: Session, unit_ids: Collection[int] | None) -> Sequence[Task]:
    """Those of ``tasks_in`` that expect reports again and again, of their lead units or from below."""
    expected = (col(Task.frequency).is_not(None), col(Task.state).in_(NAGGED_STATES))
    return (await session.exec(_in_scope(unit_ids).where(*expected).order_by(col(Task.id)))).all()


async def targets_in(
    session: Session,
    unit_ids: Collection[int] | None,
    *,
    action: str | None = None,
    focus: str | None = None,
) -> Sequence[Task]:
    """The tasks that count in a scope, have a target and are not cancelled."""
    there = (col(Task.target_value) > Decimal(0), col(Task.state) != TaskState.CANCELLED)
    query = _in_scope(unit_ids, action=action, focus=focus).where(*there)
    return (await session.exec(query.order_by(col(Task.id)))).all()


def _in_scope(unit_ids: Collection[int] | None, **scope: str | None) -> SelectOfScalar[Task]:
    return select(Task).where(*stands_in(Task, unit_ids, **scope), counts_in(unit_ids, **scope))


async def tasks_below(
    session: Session,
    today: date,
    unit_ids: Collection[int] | None,
    *,
    action: str | None = None,
    focus: str | None = None,
) -> list[TasksBelow]:
    """What lies below the tasks that count in a scope; counts of nothing are left out."""
    its = _below(unit_ids, action=action, focus=focus).subquery().c
    key = (its.unit_id, its.action, its.focus)
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        *key, *(sa.func.count().filter(_is_part(its, part, today)) for part in BelowPart)
    )
    return [TasksBelow._make(row) for row in await session.execute(query.group_by(*key))]


async def listed_below(
    session: Session, today: date, unit_ids: Collection[int] | None, part: BelowPart, limit: int
) -> Sequence[Task]:
    """So many of the tasks that ``tasks_below`` counts, the last made first."""
    its = _below(unit_ids).subquery().c
    ids = sa.select(its.id).where(_is_part(its, part, today)).order_by(its.id.desc()).limit(limit)
    query = select(Task).where(col(Task.id).in_(ids)).order_by(col(Task.id).desc())
    return (await session.exec(query)).all()


async def recurring_below(session: Session, unit_ids: Collection[int] | None) -> list[tuple[int, Task]]:
    """The tasks that expect reports again and again below those that count, each with the id of that one.

    What counts itself, but lies below what does not stand in the scope, is among them.
    """
    its = _below(unit_ids, themselves=True).subquery().c
    query = sa.select(its.root_id, Task).join(Task, col(Task.id) == its.id)
    query = query.where(col(Task.frequency).is_not(None), col(Task.state).in_(NAGGED_STATES))
    rows = [(row.root_id, row.Task) for row in await session.execute(query)]
    return sorted(rows, key=lambda row: row[1].id)


def counted_trees(unit_ids: Collection[int], **scope: str | None) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """The ids of the tasks that count in the scope of these units and have parts, and of all below them.

    Cancelled parts are left out.
    """
    its = _below(unit_ids, themselves=True, **scope).cte()
    found: sa.CompoundSelect[*tuple[Any, ...]] = sa.union_all(sa.select(its.c.id), sa.select(its.c.root_id))
    return found


async def ids_below(session: Session, task_ids: Collection[int]) -> dict[int, list[int]]:
    """The ids of all that lies below each of these tasks, whatever its state."""
    found: dict[int, list[int]] = {task_id: [] for task_id in task_ids}
    roots = {task_id: task_id for task_id in found}
    while roots:
        asked = sorted(roots)
        level: dict[int, int] = {}
        for start in range(0, len(asked), _AT_ONCE):
            part = asked[start : start + _AT_ONCE]
            query = sa.select(col(Task.id), col(Task.parent_id)).where(col(Task.parent_id).in_(part))
            for row in await session.execute(query.order_by(col(Task.id))):
                level[row.id] = roots[row.parent_id]
                found[roots[row.parent_id]].append(row.id)
        # Below a task that is asked for itself lies nothing of another one.
        roots = {task_id: root for task_id, root in level.items() if task_id not in found}
    return found


def _below(
    unit_ids: Collection[int] | None, *, themselves: bool = False, **scope: str | None
) -> sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]]:
    """The tasks below those that count, without cancelled ones; ``themselves``: also what counts itself.

    Each has the id, the unit, the 行动 and the 重点 of the one that counts.
    """
    task, over, top = aliased(Task), aliased(Task), aliased(Task)
    over_stands, top_stands = (_stands(one, unit_ids, **scope) for one in (over, top))
    there = (col(task.parent_id).is_not(None), col(task.state) != TaskState.CANCELLED)
    its = (col(task.id), col(task.state), col(task.deadline))
    first: sa.Select[*tuple[Any, ...]] = sa.select(
        *its,
        *(
            sa.case((top_stands, getattr(top, name)), else_=getattr(over, name)).label(key)
            for key, name in _ROOT
        ),
    )
    first = (
        first.join_from(task, over, col(over.id) == col(task.parent_id))
        .outerjoin(top, col(top.id) == col(over.parent_id))
        .where(*there, over_stands)
    )
    if unit_ids is None and not any(scope.values()):
        return first
    # Below what does not stand there, and so counts nothing.
    second: sa.Select[*tuple[Any, ...]] = sa.select(*its, *(getattr(top, name) for _, name in _ROOT))
    second = (
        second.join_from(task, over, col(over.id) == col(task.parent_id))
        .join(top, col(top.id) == col(over.parent_id))
        .where(*there, top_stands, _unless(over_stands))
    )
    if not themselves:
        second = second.where(_unless(sa.and_(sa.true(), *stands_in(task, unit_ids, **scope))))
    return sa.union_all(first, second)


def _stands(
    task: type[Task], unit_ids: Collection[int] | None, **scope: str | None
) -> sa.ColumnElement[bool]:
    """Whether a task above stands in a scope. One that was cancelled stands nowhere."""
    return sa.and_(col(task.state) != TaskState.CANCELLED, *stands_in(task, unit_ids, **scope))


def _unless(holds: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """That something does not hold; nothing holds for a 重点 that is missing."""
    return sa.case((holds, sa.false()), else_=sa.true())


def _is_part(its: Any, part: BelowPart, today: date) -> sa.ColumnElement[bool]:
    is_open: sa.ColumnElement[bool] = its.state.in_(OPEN_STATES)
    return {
        BelowPart.EVERY: sa.true(),
        BelowPart.DONE: ~is_open,
        BelowPart.LATE: sa.and_(is_open, its.deadline < today),
    }[part]
