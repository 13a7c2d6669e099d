"""The metrics of tasks that have a target, with those of all that lies below these tasks."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.db import Session
from models.tasks import Metric, Task


class TargetMetric(NamedTuple):
    """A metric of the task ``of_task``, or of one below it, for which a target stands."""

    of_task: int
    id: int
    item: str
    unit: str
    merged_into: int | None


async def tasks_with_target(session: Session) -> dict[int, Task]:
    """All tasks that have a target, whatever their state, by id."""
    query = select(Task).where(col(Task.target_value).is_not(None)).order_by(col(Task.id))
    return {task.id: task for task in await session.exec(query) if task.id is not None}


async def metrics_of_targets(session: Session) -> dict[int, list[TargetMetric]]:
    """The metrics that may measure each target, by its task: its own first, then those below, by age."""
    found: dict[int, list[TargetMetric]] = {}
    for row in await session.execute(_OF_TARGETS):
        found.setdefault(row.of_task, []).append(TargetMetric._make(row[:-1]))
    return found


def _of_targets() -> sa.CompoundSelect[*tuple[Any, ...]]:
    task, child, over, top = aliased(Task), aliased(Task), aliased(Task), aliased(Task)
    names = (Metric.item, Metric.unit, Metric.merged_into)
    columns: tuple[Any, ...] = (col(Metric.id).label("id"), *map(col, names))
    own: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(task.id).label("of_task"), *columns, sa.literal(0).label("place"))
        .join_from(Metric, task, col(task.id) == col(Metric.task_id))
        .where(col(task.target_value).is_not(None))
    )
    # Few tasks have a parent, and their index leads to their metrics. A sum has no index: else all metrics
    # would be read.
    children: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(over.id), *columns, sa.literal(1))
        .join_from(child, over, col(over.id) == col(child.parent_id))
        .join(Metric, col(Metric.task_id) == col(child.id) + 0)
        .where(col(child.parent_id).is_not(None), col(over.target_value).is_not(None))
    )
    theirs: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(top.id), *columns, sa.literal(1))
        .join_from(child, over, col(over.id) == col(child.parent_id))
        .join(top, col(top.id) == col(over.parent_id))
        .join(Metric, col(Metric.task_id) == col(child.id) + 0)
        .where(
            col(child.parent_id).is_not(None),
            col(over.parent_id).is_not(None),
            col(top.target_value).is_not(None),
        )
    )
    return sa.union_all(own, children, theirs).order_by("of_task", "place", "id")


_OF_TARGETS = _of_targets()
