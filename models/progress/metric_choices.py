"""Under which metric the units filed a wording by 归入."""

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


async def of_unit(session: Session, unit_id: int, task_id: int) -> dict[tuple[str, str], int]:
    """A unit's choices about a task, as metric ids by item and measure."""
    item, measure, metric_id = (col(getattr(MetricChoice, name)) for name in ("item", "measure", "metric_id"))
    mine = [col(MetricChoice.unit_id) == unit_id, col(MetricChoice.task_id) == task_id]
    query: sa.Select[*tuple[Any, ...]] = sa.select(item, measure, metric_id).where(*mine)
    rows = (await session.execute(query)).mappings()
    return {(row["item"], row["measure"]): row["metric_id"] for row in rows}


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
