"""Parents and children among tasks: a task that was broken down (分解到下级), and its parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col, select

from models.db import Session, ident, keep, row_of, rows_by_id
from models.tasks import Task
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState

_ABOVE: Final = aliased(Task)
_BY_UNIT: Final = (col(Task.lead_unit_id), col(Task.id))


async def parent_of(session: Session, task: Task) -> Task | None:
    return None if task.parent_id is None else await session.get(Task, task.parent_id)


async def ancestors(session: Session, task: Task) -> list[Task]:
    """Its parent, and that task's parent: at most two, the nearest first."""
    found: list[Task] = []
    above = await parent_of(session, task)
    while above is not None and above not in found:
        found.append(above)
        above = await parent_of(session, above)
    keep(session, found)
    return found


async def is_below_cancelled(session: Session, task: Task) -> bool:
    """Whether a task above it is cancelled: then nothing below is reopened."""
    return any(one.state is TaskState.CANCELLED for one in await ancestors(session, task))


async def parents_by_id(session: Session, found: Collection[Task]) -> dict[int, Task]:
    """The parents of these tasks, and theirs, by id. Without children among them nothing is asked."""
    known = {ident(task): task for task in found}
    above: dict[int, Task] = {}
    missing = {task.parent_id for task in found if task.parent_id is not None}
    while missing:
        above |= {one: known[one] for one in missing & known.keys()}
        above |= await rows_by_id(session, Task, missing - known.keys())
        there = {above[one].parent_id for one in missing if one in above}
        missing = {one for one in there if one is not None and one not in above}
    return above


def chain_of(task: Task, above: Mapping[int, Task]) -> list[Task]:
    """The tasks above one, the nearest first; it ends where they go round. ``above``: ``parents_by_id``."""
    found = [task]
    while (over := row_of(above, found[-1].parent_id)) is not None and over not in found:
        found.append(over)
    return found[1:]


async def children_of(session: Session, task_id: int) -> Sequence[Task]:
    """The children of a task in any state, by unit."""
    query = select(Task).where(Task.parent_id == task_id).order_by(*_BY_UNIT)
    return (await session.exec(query)).all()


async def children_of_each(session: Session, task_ids: Collection[int]) -> dict[int, list[Task]]:
    """The children of these tasks in any state, by the task's id; without ids nothing is asked."""
    found: dict[int, list[Task]] = {task_id: [] for task_id in task_ids}
    if found:
        query = select(Task).where(col(Task.parent_id).in_(found)).order_by(*_BY_UNIT)
        for child in (await session.exec(query)).all():
            found[child.parent_id or 0].append(child)
    return found


async def numbers(
    session: Session, task_ids: Collection[int], holds: sa.ColumnElement[bool], **values: object
) -> dict[int, int]:
    """Of how many children of each of these tasks something holds; those without any are left out.

    ``values``: of its bound parameters.
    """
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        col(Task.parent_id).label("above"), sa.func.count().label("number")
    )
    query = query.where(col(Task.parent_id).in_(task_ids), holds).group_by(col(Task.parent_id))
    return {row.above: row.number for row in await session.execute(query, values)}


async def open_numbers(session: Session, task_ids: Collection[int]) -> dict[int, int]:
    """How many open children each of these tasks has; those without any are left out."""
    return await numbers(session, task_ids, col(Task.state).in_(OPEN_STATES))


async def child_ids(session: Session, task_ids: Collection[int]) -> set[int]:
    """The ids of the children of these tasks; without ids nothing is asked."""
    query = sa.select(col(Task.id)).where(col(Task.parent_id).in_(task_ids))
    return {*(await session.execute(query)).scalars()} if task_ids else set()


async def units_of(session: Session, task_id: int) -> set[int]:
    """The lead units of a task's children that are not cancelled."""
    theirs = sa.select(col(Task.lead_unit_id)).where(
        col(Task.parent_id) == task_id, col(Task.state) != TaskState.CANCELLED
    )
    return {*(await session.execute(theirs)).scalars()}


async def units_below(session: Session, task_id: int) -> set[int]:
    """The lead units of all that lies below a task, but for what is cancelled, and what is below that."""
    first = (col(_ABOVE.parent_id) == task_id, col(_ABOVE.state) != TaskState.CANCELLED)
    second = sa.select(col(Task.lead_unit_id)).join(_ABOVE, col(_ABOVE.id) == col(Task.parent_id))
    both = sa.union(
        sa.select(col(_ABOVE.lead_unit_id)).where(*first),
        second.where(*first, col(Task.state) != TaskState.CANCELLED),
    )
    return {*(await session.execute(both)).scalars()}


async def with_open_children(session: Session, task_ids: Collection[int]) -> set[int]:
    """Those of these tasks below which a child is open."""
    query = sa.select(col(Task.parent_id)).where(
        col(Task.parent_id).in_(task_ids), col(Task.state).in_(OPEN_STATES)
    )
    return set((await session.execute(query.distinct())).scalars())


def below(
    task_id: int | Mapped[int], unit_ids: Collection[int] | None = None
) -> list[sa.Select[*tuple[Any, ...]]]:
    """The ids of all that lies below a task: a query for its children, and one for theirs.

    ``unit_ids``: only the tasks that these units lead.
    """
    child, over, grandchild = aliased(Task), aliased(Task), aliased(Task)
    children: sa.Select[*tuple[Any, ...]] = sa.select(col(child.id)).where(col(child.parent_id) == task_id)
    theirs: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(grandchild.id))
        .join(over, col(over.id) == col(grandchild.parent_id))
        .where(col(over.parent_id) == task_id)
    )
    if unit_ids is not None:
        children = children.where(col(child.lead_unit_id).in_(unit_ids))
        theirs = theirs.where(col(grandchild.lead_unit_id).in_(unit_ids))
    return [children, theirs]


async def descendants(
    session: Session, task_id: int, states: Collection[TaskState] | None = None
) -> Sequence[Task]:
    """All that lies below a task, by unit. ``states``: only what is in one of these."""
    query = select(Task).where(col(Task.id).in_(sa.union_all(*below(task_id)))).order_by(*_BY_UNIT)
    return (await session.exec(query if states is None else query.where(col(Task.state).in_(states)))).all()


async def lock_tree(session: Session, task_id: int) -> Sequence[Task]:
    """Lock a task with all that lies below it; returns what is open below it.

    From now on the session reads their present state.
    """
    held: set[int] = set()
    while not (there := await _ids_around(session, task_id)) <= held:
        # Who breaks the task down holds it. What they have made is found by asking once more.
        held = there
        keep(session, found := await locked(session, held))
    lower = set((await session.execute(sa.union_all(*below(task_id)))).scalars())
    return [task for task in found if task.id in lower and task.state in OPEN_STATES]


async def _ids_around(session: Session, task_id: int) -> set[int]:
    """The ids of a task, of the one above it, and of all that lies below it."""
    above = sa.select(col(Task.parent_id)).where(col(Task.id) == task_id)
    rows = (await session.execute(sa.union_all(*below(task_id), above))).scalars()
    return {task_id, *(one for one in rows if one is not None)}


def tree_of(task_id: int, unit_ids: Collection[int] | None = None) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """The ids of a task and of all that lies below it.

    ``unit_ids``: of what lies below, only the tasks that these units lead.
    """
    itself: sa.Select[*tuple[Any, ...]] = sa.select(sa.literal(task_id, sa.Integer).label("id"))
    return sa.union_all(itself, *below(task_id, unit_ids))


def stands_in(
    task: type[Task],
    unit_ids: Collection[int] | None,
    *,
    action: str | None = None,
    focus: str | None = None,
) -> list[sa.ColumnElement[bool]]:
    """What holds for a task that stands in a scope: these units (None: all), a 行动, a 重点."""
    found: list[sa.ColumnElement[bool]] = []
    if unit_ids is not None:
        found.append(col(task.lead_unit_id).in_(unit_ids))
    if action is not None:
        found.append(col(task.action) == action)
    if focus is not None:
        found.append(col(task.focus) == focus)
    return found


async def ids_with_above(session: Session, identities: Collection[str], ids: Collection[int]) -> set[int]:
    """The ids of the tasks with these identities or ids, and of those above them."""
    # One query for each index: of a condition with OR PostgreSQL would read the whole table.
    columns = (col(Task.id), col(Task.parent_id))
    named = (col(Task.identity).in_(identities), col(Task.id).in_(ids))
    both = sa.union_all(*(sa.select(*columns).where(one) for one in named))
    rows = (await session.execute(both)).all()
    return {one for row in rows for one in row if one is not None}


async def locked(session: Session, ids: Collection[int]) -> list[Task]:
    """These tasks, locked in the order of their ids; from now on the session reads their present state."""
    query = select(Task).where(col(Task.id).in_(ids)).order_by(col(Task.id))
    query = query.with_for_update().execution_options(populate_existing=True)
    return list((await session.exec(query)).all())


async def all_parents(session: Session) -> dict[int, tuple[str, int]]:
    """目标任务 and lead unit of all tasks that have children, by id."""
    child = aliased(Task)
    columns = (col(Task.id), col(Task.objective), col(Task.lead_unit_id))
    query = sa.select(*columns).where(col(Task.id).in_(sa.select(col(child.parent_id))))
    return {row.id: (row.objective, row.lead_unit_id) for row in await session.execute(query)}


async def heights(session: Session, task_ids: Collection[int]) -> dict[int, int]:
    """How many levels lie below each of these tasks that has children: one, or two."""
    child, grandchild = aliased(Task), aliased(Task)
    query = (
        sa.select(col(child.parent_id), sa.func.count(col(grandchild.id)).label("deeper"))
        .outerjoin(grandchild, col(grandchild.parent_id) == col(child.id))
        .where(col(child.parent_id).in_(task_ids))
        .group_by(col(child.parent_id))
    )
    rows = (await session.execute(query)).mappings()
    return {row["parent_id"]: 2 if row["deeper"] else 1 for row in rows}


async def reported_below(session: Session, task_ids: Collection[int], but: Collection[int]) -> set[int]:
    """Those of these tasks that have children which report as often as they do, not counting ``but``."""
    query = (
        sa.select(col(Task.parent_id))
        .join(_ABOVE, col(_ABOVE.id) == col(Task.parent_id))
        .where(
            col(Task.parent_id).in_(task_ids),
            col(Task.id).not_in(but),
            col(Task.state) != TaskState.CANCELLED,
            col(Task.frequency) == col(_ABOVE.frequency),
        )
    )
    return set((await session.execute(query.distinct())).scalars())


def counts_in(
    unit_ids: Collection[int] | None, *, action: str | None = None, focus: str | None = None
) -> sa.ColumnElement[bool]:
    """Whether a task counts in a scope (see ``stands_in``): no parent of it stands there.

    A parent that was cancelled stands nowhere, so that what was completed below it still counts.
    """
    above = sa.select(col(_ABOVE.id)).where(
        col(_ABOVE.id) == col(Task.parent_id),
        col(_ABOVE.state) != TaskState.CANCELLED,
        *stands_in(_ABOVE, unit_ids, action=action, focus=focus),
    )
    return sa.or_(col(Task.parent_id).is_(None), sa.not_(above.exists()))


async def reopened_of(session: Session, task_id: int) -> list[tuple[int, datetime]]:
    """The ids of a task's children that were reopened and are still open, each with when that was."""
    query = sa.select(col(Task.id), col(Task.reopened_at)).where(
        col(Task.parent_id) == task_id, col(Task.reopened_at).is_not(None)
    )
    return [(row.id, row.reopened_at) for row in await session.execute(query.order_by(col(Task.id)))]


async def forget_reopened(session: Session, task_id: int) -> None:
    """The task is completed over what was reopened below it before."""
    await session.execute(
        sa.update(Task)
        .where(col(Task.parent_id) == task_id, col(Task.reopened_at).is_not(None))
        .values(reopened_at=None)
    )


async def reopened_below(session: Session) -> Sequence[Task]:
    """The children that were reopened after their parent was completed, and are still open."""
    query = (
        select(Task)
        .join(_ABOVE, col(_ABOVE.id) == col(Task.parent_id))
        .where(
            col(Task.reopened_at).is_not(None),
            col(_ABOVE.state) == TaskState.COMPLETED,
        )
        .order_by(col(Task.id))
    )
    return (await session.exec(query)).all()


async def same_tasks(session: Session, identities: Collection[str]) -> dict[str, Task]:
    """The tasks that have these identities, by them."""
    found = await session.exec(select(Task).where(col(Task.identity).in_(identities)))
    return {task.identity: task for task in found}


async def let_go_of_identity(session: Session, task: Task) -> None:
    """Let a cancelled task no longer have the identity of the line for which a new task is made."""
    task.identity = sha256(f"{task.identity}\x1f{task.id}".encode()).hexdigest()
    session.add(task)
    await session.flush()
