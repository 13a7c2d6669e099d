"""What tallies need of tasks, without the rows themselves: a tally reads thousands of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from models.db import Session
from models.tasks import Task
from rules.tasks.task_lifecycle import TaskState


class CountedTask(NamedTuple):
    """What a tally needs of a task."""

    id: int
    objective: str
    action: str
    focus: str | None
    lead_unit_id: int
    deadline: date | None
    state: TaskState
    completed_at: datetime | None
    created_at: datetime


async def counted_tasks(
    session: Session,
    unit_ids: Collection[int] | None = None,
    *,
    action: str | None = None,
    focus: str | None = None,
) -> list[CountedTask]:
    """The tasks of these lead units (None: all), of a 行动 and of a 重点, whatever their state."""
    columns = (getattr(Task, name) for name in CountedTask._fields)
    query: sa.Select[*tuple[Any, ...]] = sa.select(*map(col, columns))
    if unit_ids is not None:
        query = query.where(col(Task.lead_unit_id).in_(unit_ids))
    if action is not None:
        query = query.where(col(Task.action) == action)
    if focus is not None:
        query = query.where(col(Task.focus) == focus)
    return [CountedTask._make(row) for row in await session.execute(query)]
