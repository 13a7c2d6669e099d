"""The figures behind a total, page by page, each with its report. Only present wordings that stand count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.columns import from_scaled
from models.db import Session
from models.progress import Figure, ProgressReport, figures_that_count, period_sums
from models.tasks import Metric

# So many figures of an item are put in order at once. Of more, the reports are walked from the last one back.
FEW: Final = 2_000
WALKED: Final = 500


@dataclass(frozen=True, slots=True)
class FigureSource:
    """A figure in a sum, with its report and unit."""

    added: Decimal
    approx: bool
    report_id: int
    receipt_no: str
    unit_id: int


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """The sum of one item and unit of measure, and of how many figures it is."""

    item: str
    measure: str
    total: Decimal
    approx: bool
    figures: int


@dataclass(frozen=True, slots=True)
class SourceScope:
    """Whose figures are meant: up to a moment, those of units (None: all) and of one task (None: of any)."""

    until: datetime
    unit_ids: Collection[int] | None = None
    task_id: int | None = None


async def item_totals(session: Session, scope: SourceScope) -> list[ItemTotal]:
    """The totals in the scope, in the order in which the items were first reported."""
    parts = period_sums.up_to(scope.until, of_task=scope.task_id)
    rows = await period_sums.by_item(session, parts, scope.unit_ids)
    return [
        ItemTotal(
            row["item"],
            row["measure"],
            from_scaled(int(row["total"])),
            bool(row["approx"]),
            int(row["figures"]),
        )
        for row in rows
    ]


async def of_item(
    session: Session, scope: SourceScope, total: ItemTotal, limit: int, offset: int = 0
) -> list[FigureSource]:
    """So many figures of an item after the first ``offset``, the last report first."""
    if total.figures <= FEW:
        return _sources(await session.execute(_figures(scope, total).limit(limit).offset(offset)))
    found: list[FigureSource] = []
    last = (await session.execute(sa.select(sa.func.max(col(ProgressReport.id))))).scalar_one()
    walked = WALKED
    while last > 0 and len(found) < offset + limit:
        found += _sources(await session.execute(walked_query(scope, total, last, walked)))
        last, walked = last - walked, 2 * walked
    return found[offset : offset + limit]


def walked_query(scope: SourceScope, total: ItemTotal, last: int, walked: int) -> sa.Select[*tuple[Any, ...]]:
    """The figures of an item in so many reports, back from the one with the id ``last``."""
    # Said of both tables, so that either can be read by its index.
    ids = (col(ProgressReport.id), col(Figure.report_id))
    return _figures(scope, total).where(*(id <= last for id in ids), *(id > last - walked for id in ids))


def _figures(scope: SourceScope, total: ItemTotal) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Figure.added),
            col(Figure.approx),
            col(ProgressReport.id).label("report_id"),
            col(ProgressReport.receipt_no),
            col(ProgressReport.unit_id),
        )
        .join(Metric, col(Metric.id) == col(Figure.metric_id))
        .join(ProgressReport, figures_that_count())
        .where(
            col(Metric.item) == total.item,
            col(Metric.unit) == total.measure,
            col(ProgressReport.counted_at) <= scope.until,
        )
        .order_by(col(ProgressReport.id).desc(), col(Figure.id).desc())
    )
    if scope.unit_ids is not None:
        query = query.where(col(ProgressReport.unit_id).in_(scope.unit_ids))
    return query if scope.task_id is None else query.where(col(Metric.task_id) == scope.task_id)


def _sources(rows: sa.Result[Any]) -> list[FigureSource]:
    return [FigureSource(**row) for row in rows.mappings()]
