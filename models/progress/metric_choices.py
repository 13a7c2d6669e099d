"""Under which metric the units filed a wording by 归入, and a task's metrics together with these choices."""

from __future__ import annotations

from typing import Any

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


async def metrics_and_choices(
    session: Session, task_id: int, unit_id: int
) -> tuple[list[Metric], dict[tuple[str, str], int]]:
    """A task's metrics, the oldest first, and a unit's choices as metric ids by item and measure."""
    chosen = sa.and_(col(MetricChoice.metric_id) == col(Metric.id), col(MetricChoice.unit_id) == unit_id)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(Metric, col(MetricChoice.item).label("wording"), col(MetricChoice.measure))
        .outerjoin(MetricChoice, chosen)
        .where(col(Metric.task_id) == task_id)
        .order_by(col(Metric.id))
    )
    metrics: dict[int, Metric] = {}
    choices: dict[tuple[str, str], int] = {}
    for row in (await session.execute(query)).mappings():
        metric: Metric = row["Metric"]
        metrics[ident(metric)] = metric
        if row["wording"] is not None:
            choices[row["wording"], row["measure"]] = ident(metric)
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
