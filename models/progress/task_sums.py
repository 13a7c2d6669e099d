"""Sums of figures by task: of a task with all that lies below it, and of many tasks at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from models.columns import from_scaled, scaled
from models.db import Session
from models.progress import period_sums
from models.progress.metric_sums import MetricSum, by_key
from models.tasks import Metric
from models.tasks.children import tree_of
from rules.progress.counted_periods import Span

# So many ids stand in a statement; SQLite and PostgreSQL both take about three times as many.
AT_ONCE: Final = 10_000


class MeasuredMetric(NamedTuple):
    """A metric, and the sum of all that counts under it; None: nothing does."""

    id: int
    task_id: int
    item: str
    unit: str
    merged_into: int | None
    total: Decimal | None


class TaskQuantity(NamedTuple):
    """What was added under an item and unit of measure of one task; ``approx``: a figure is approximate."""

    task_id: int
    item: str
    measure: str
    added: Decimal
    approx: bool


_TOTAL: Final = (
    sa.select(sa.func.sum(scaled(col(MetricSum.amount))))
    .where(col(MetricSum.metric_id) == col(Metric.id), by_key(Span.ALL))
    .correlate(Metric)
    .scalar_subquery()
)


async def measured_metrics(session: Session, task_id: int) -> list[MeasuredMetric]:
    """The metrics of a task and of all that lies below it: its own first, each the oldest first."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Metric.id),
            col(Metric.task_id),
            col(Metric.item),
            col(Metric.unit),
            col(Metric.merged_into),
            _TOTAL.label("total"),
        )
        .where(col(Metric.task_id).in_(tree_of(task_id)))
        .order_by(col(Metric.task_id) != task_id, col(Metric.id))
    )
    return [
        MeasuredMetric._make((*row[:-1], None if row.total is None else from_scaled(int(row.total))))
        for row in await session.execute(query)
    ]


async def names_in_tree(session: Session, task_id: int) -> list[tuple[str, str]] | None:
    """Item and unit of measure of the metrics of a task and of all that lies below it, the oldest first.

    None: nothing lies below it.
    """
    tree = tree_of(task_id).subquery()
    standing = sa.and_(col(Metric.task_id) == tree.c.id, col(Metric.merged_into).is_(None))
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Metric.item),
            col(Metric.unit),
            sa.func.max(sa.case((tree.c.id != task_id, 1), else_=0)).label("below"),
        )
        .select_from(tree.outerjoin(Metric, standing))
        .group_by(col(Metric.item), col(Metric.unit))
        .order_by(sa.func.min(col(Metric.id)))
    )
    rows = (await session.execute(query)).all()
    names = [(row.item, row.unit) for row in rows if row.item is not None]
    return names if any(row.below for row in rows) else None


async def added_by_task(
    session: Session,
    task_ids: Sequence[int],
    *,
    since: datetime,
    until: datetime,
    by_arrival: bool = False,
    came_by: datetime | None = None,
) -> list[TaskQuantity]:
    """What was added on each of these tasks in (since, until]; see ``ReportSelection``."""
    found = []
    for start in range(0, len(task_ids), AT_ONCE):
        parts = period_sums.period(since, until, by_arrival=by_arrival)
        if came_by is not None:
            parts.append(period_sums.came_later(came_by, since, until, added=-1))
        rows = await period_sums.by_task(session, parts, task_ids[start : start + AT_ONCE])
        found += [
            TaskQuantity(
                row["task_id"],
                row["item"],
                row["measure"],
                from_scaled(int(row["added"])),
                bool(row["added_approx"]),
            )
            for row in rows
        ]
    return found
