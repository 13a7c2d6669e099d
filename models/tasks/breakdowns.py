"""分解到下级: what a person chooses to break a task down, and what was made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session
from models.partial_indexes import partial_index


class TaskBreakdown(SQLModel, table=True):
    """A 分解 of a task by a person: half-made until ``confirmed_at``, taken back at ``undone_at``.

    ``plan``: the units, with what was chosen for each. ``made``: the ids of the new children, and
    ``attached`` those of the tasks that the units had already. ``told``: the contacts who got a notice.
    """

    __tablename__ = "breakdown"
    __table_args__ = (
        partial_index(
            "ix_breakdown_begun", "task_id", "contact_id", unique=True, where="confirmed_at IS NULL"
        ),
        sa.Index("ix_breakdown_task", "task_id", "confirmed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id")
    contact_id: int = Field(foreign_key="contact.id", index=True)
    plan: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    made: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    attached: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    told: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


async def begun(session: Session, task_id: int, contact_id: int) -> TaskBreakdown | None:
    """What the person has begun and not confirmed."""
    query = select(TaskBreakdown).where(
        TaskBreakdown.task_id == task_id,
        TaskBreakdown.contact_id == contact_id,
        col(TaskBreakdown.confirmed_at).is_(None),
    )
    return (await session.exec(query)).first()


async def locked(session: Session, breakdown_id: int) -> TaskBreakdown | None:
    """The row as it is now, locked until the commit."""
    return await session.get(TaskBreakdown, breakdown_id, populate_existing=True, with_for_update=True)


async def last_of(session: Session, task_id: int) -> TaskBreakdown | None:
    """The last confirmed 分解 of a task that was not taken back."""
    query = (
        select(TaskBreakdown)
        .where(
            TaskBreakdown.task_id == task_id,
            col(TaskBreakdown.confirmed_at).is_not(None),
            col(TaskBreakdown.undone_at).is_(None),
        )
        .order_by(col(TaskBreakdown.id).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def let_go(session: Session, breakdown_id: int) -> None:
    """Forget what was begun."""
    await session.execute(
        sa.delete(TaskBreakdown).where(
            col(TaskBreakdown.id) == breakdown_id, col(TaskBreakdown.confirmed_at).is_(None)
        )
    )
