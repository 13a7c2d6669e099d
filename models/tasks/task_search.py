"""Searches for tasks: by any of their words, and those that nobody has signed for."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from models.columns import holds_any
from models.db import Session
from models.people import Contact, ContactState, Unit
from models.tasks import Task, TaskAssistingUnit, in_view
from models.tasks.children import counts_in, stands_in
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState

_SEARCHED = (Task.objective, Task.action, Task.standard, Task.responsible_person)


async def tasks_with_words(
    session: Session,
    words: Sequence[Collection[str]],
    *,
    contact_ids: Collection[int],
    unit_ids: Collection[int] | None,
    offset: int,
    limit: int,
) -> tuple[Sequence[Task], int]:
    """A page of the tasks in a reader's view that hold every word, and the number of all of them.

    Each of ``words`` comes in all its spellings. They are looked for in 目标任务, 专项行动, 工作标准, 责任人
    and the names of units; % and _ mean themselves, and case is ignored. Open tasks come first, by deadline.
    """
    wanted = [in_view(contact_ids, unit_ids), *(_holds(spellings) for spellings in words)]
    count = await session.execute(sa.select(sa.func.count()).select_from(Task).where(*wanted))
    query = (
        select(Task)
        .where(*wanted)
        .order_by(
            sa.case((col(Task.state).in_(OPEN_STATES), 0), else_=1),
            col(Task.deadline).is_(None),
            col(Task.deadline),
            col(Task.id),
        )
        .offset(offset)
        .limit(limit)
    )
    return (await session.exec(query)).all(), int(count.scalar_one())


def _holds(spellings: Collection[str]) -> sa.ColumnElement[bool]:
    units = sa.select(col(Unit.id)).where(holds_any(col(Unit.name), spellings))
    helped = sa.select(col(TaskAssistingUnit.task_id)).where(col(TaskAssistingUnit.unit_id).in_(units))
    texts = [holds_any(col(column), spellings) for column in _SEARCHED]
    return sa.or_(*texts, col(Task.lead_unit_id).in_(units), col(Task.id).in_(helped))


async def unsigned_tasks(session: Session, unit_ids: Collection[int] | None = None) -> Sequence[Task]:
    """The tasks that count in a scope (None: all units) and that nobody has signed for.

    The longest waiting comes first.
    """
    query = select(Task).where(
        Task.state == TaskState.ASSIGNED, *stands_in(Task, unit_ids), counts_in(unit_ids)
    )
    return (await session.exec(query.order_by(col(Task.assigned_at), col(Task.id)))).all()


async def unsigned_people(
    session: Session, unit_ids: Collection[int]
) -> Sequence[tuple[int | None, str, int]]:
    """The people of these units who have not signed: their id, if known, their name, and how many tasks.

    Who has gone to another unit, or has left, is not one of them.
    """
    person, name = col(Task.responsible_id), col(Task.responsible_person)
    there = col(Contact.state) != ContactState.LEFT
    query = (
        sa.select(person, name, sa.func.count().label("n"))
        .outerjoin(Contact, col(Contact.id) == person)
        .where(col(Task.state) == TaskState.ASSIGNED, col(Task.lead_unit_id).in_(unit_ids))
        .where(sa.or_(person.is_(None), sa.and_(col(Contact.unit_id) == col(Task.lead_unit_id), there)))
        .group_by(person, name)
        .order_by(sa.func.count().desc(), name)
    )
    rows = (await session.execute(query)).mappings()
    return [(row["responsible_id"], row["responsible_person"], row["n"]) for row in rows]
