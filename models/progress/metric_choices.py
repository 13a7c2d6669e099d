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


_OF_UNIT: Final[sa.Select[*tuple[Any, ...]]] = sa.select(
    col(MetricChoice.item), col(MetricChoice.measure), col(MetricChoice.metric_id)
).where(col(MetricChoice.unit_id) == sa.bindparam("unit"), col(MetricChoice.task_id) == sa.bindparam("task"))


async def of_unit(session: Session, unit_id: int, task_id: int) -> dict[tuple[str, str], int]:
    """A unit's choices about a task, as metric ids by item and measure."""
    rows = (await session.execute(_OF_UNIT, {"unit": unit_id, "task": task_id})).mappings()
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
