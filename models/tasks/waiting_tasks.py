"""Tasks that wait for an answer: to 申请办结, or to a request for 延期."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.db import Session
from models.tasks import Task
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState


async def waiting_tasks(session: Session) -> Sequence[Task]:
    """The open tasks without a parent that were submitted or have a request for 延期, by deadline."""
    waits = sa.or_(col(Task.state) == TaskState.SUBMITTED, col(Task.extension_asked_at).is_not(None))
    query = select(Task).where(col(Task.state).in_(OPEN_STATES), col(Task.parent_id).is_(None), waits)
    query = query.order_by(col(Task.deadline).is_(None), col(Task.deadline), col(Task.id))
    return (await session.exec(query)).all()


async def count_waiting(session: Session) -> tuple[int, int]:
    """How many of ``waiting_tasks`` were submitted, and how many have a request for 延期."""
    counted = sa.select(
        sa.func.count().filter(col(Task.state) == TaskState.SUBMITTED).label("submitted"),
        sa.func.count().filter(col(Task.extension_asked_at).is_not(None)).label("asked"),
    ).where(col(Task.state).in_(OPEN_STATES), col(Task.parent_id).is_(None))
    row = (await session.execute(counted)).mappings().one()
    return row["submitted"], row["asked"]


async def children_waiting_for(
    session: Session, contact_ids: Collection[int], unit_ids: Collection[int]
) -> Sequence[Task]:
    """Those of ``waiting_children`` of which these people or units answer for the task above."""
    above = aliased(Task)
    theirs = sa.or_(col(above.responsible_id).in_(contact_ids), col(above.lead_unit_id).in_(unit_ids))
    waits = sa.or_(col(Task.state) == TaskState.SUBMITTED, col(Task.extension_asked_at).is_not(None))
    query = (
        select(Task)
        .join(above, col(above.id) == col(Task.parent_id))
        .where(col(Task.state).in_(OPEN_STATES), waits, theirs)
        .order_by(col(Task.id))
    )
    return (await session.exec(query)).all()


async def waiting_children(session: Session) -> Sequence[Task]:
    """The open children that wait for an answer: submitted ones, and those with a request for 延期."""
    waits = sa.or_(col(Task.state) == TaskState.SUBMITTED, col(Task.extension_asked_at).is_not(None))
    query = select(Task).where(col(Task.parent_id).is_not(None), col(Task.state).in_(OPEN_STATES), waits)
    return (await session.exec(query.order_by(col(Task.id)))).all()
