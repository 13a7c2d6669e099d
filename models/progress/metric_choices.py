"""Under which metric the units filed a wording by 归入."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col

from models.db import Session, ident
from models.progress.mode_choices import WORDING_LIMIT
from models.tasks import Metric


class MetricChoice(SQLModel, table=True):
    """The metric under which a unit filed ``item`` in ``measure`` last, where a task has no such metric."""

    __tablename__ = "metric_choice"

    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    task_id: int = Field(foreign_key="task.id", primary_key=True)
    item: str = Field(max_length=WORDING_LIMIT, primary_key=True)
    measure: str = Field(max_length=40, primary_key=True)
    metric_id: int = Field(foreign_key="metric.id")


_WITH_CHOICES: Final[sa.Select[*tuple[Any, ...]]] = (
    sa.select(Metric, col(MetricChoice.item).label("wording"), col(MetricChoice.measure).label("measure"))
    .outerjoin(
        MetricChoice,
        sa.and_(
            col(MetricChoice.unit_id) == sa.bindparam("unit"),
            col(MetricChoice.task_id) == sa.bindparam("task"),
            col(MetricChoice.metric_id) == col(Metric.id),
        ),
    )
    .where(col(Metric.task_id) == sa.bindparam("task"))
    .order_by(col(Metric.id))
)


async def with_choices(
    session: Session, unit_id: int, task_id: int
) -> tuple[list[Metric], dict[tuple[str, str], int]]:
    """The metrics of a task, the oldest first, and a unit's choices among them: ids by item and measure."""
    metrics: dict[int, Metric] = {}
    choices: dict[tuple[str, str], int] = {}
    rows = await session.execute(_WITH_CHOICES, {"unit": unit_id, "task": task_id})
    for row in rows.mappings():
        metric = row["Metric"]
        metrics[metric.id] = metric
        if row["wording"] is not None:
            choices[row["wording"], row["measure"]] = metric.id
    return list(metrics.values()), choices


async def remember(session: Session, unit_id: int, metric: Metric, item: str, measure: str) -> None:
    """Note a unit's choice in the place of an earlier one. The metric's task is locked."""
    key = (unit_id, metric.task_id, item[:WORDING_LIMIT], measure)
    row = await session.get(MetricChoice, key, populate_existing=True)
    if row is None:
        row = MetricChoice(
            unit_id=unit_id, task_id=metric.task_id, item=key[2], measure=measure, metric_id=ident(metric)
        )
    row.metric_id = ident(metric)
    session.add(row)
    await session.flush()
