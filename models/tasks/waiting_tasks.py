"""Tasks that wait for an answer: to 申请办结, or to a request for 延期."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.db import Session
from models.tasks import BY_DUE, Task
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState

_SUBMITTED: Final = col(Task.state) == TaskState.SUBMITTED
_ASKED: Final = col(Task.extension_asked_at).is_not(None)
_WAITS: Final = (col(Task.state).in_(OPEN_STATES), sa.or_(_SUBMITTED, _ASKED))


async def waiting_tasks(session: Session) -> Sequence[Task]:
    """The open tasks without a parent that were submitted or have a request for 延期, by deadline."""
    query = select(Task).where(*_WAITS, col(Task.parent_id).is_(None)).order_by(*BY_DUE)
    return (await session.exec(query)).all()


async def count_waiting(session: Session) -> tuple[int, int]:
    """How many of ``waiting_tasks`` were submitted, and how many have a request for 延期."""
    counted = sa.select(
        sa.func.count().filter(_SUBMITTED).label("submitted"),
        sa.func.count().filter(_ASKED).label("asked"),
    ).where(*_WAITS, col(Task.parent_id).is_(None))
    row = (await session.execute(counted)).mappings().one()
    return row["submitted"], row["asked"]


async def children_waiting_for(
    session: Session, contact_ids: Collection[int], unit_ids: Collection[int]
) -> Sequence[Task]:
    """Those of ``waiting_children`` of which these people or units answer for the task above."""
    above = aliased(Task)
    theirs = sa.or_(col(above.responsible_id).in_(contact_ids), col(above.lead_unit_id).in_(unit_ids))
    query = (
        select(Task)
        .join(above, col(above.id) == col(Task.parent_id))
        .where(*_WAITS, theirs)
        .order_by(col(Task.id))
    )
    return (await session.exec(query)).all()


async def waiting_children(session: Session) -> Sequence[Task]:
    """The open children that wait for an answer: submitted ones, and those with a request for 延期."""
    query = select(Task).where(*_WAITS, col(Task.parent_id).is_not(None)).order_by(col(Task.id))
    return (await session.exec(query)).all()
