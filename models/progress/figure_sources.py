"""The figures behind a total, page by page, each with its report. Only present wordings that stand count."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.columns import from_scaled
from models.db import Session
from models.progress import Figure, ProgressReport, figures_that_count, period_sums
from models.progress.metric_sums import MetricSum, by_key
from models.tasks import Metric
from rules.progress.counted_periods import ALL_TIME, Days, Span, day_of, moments_of

# So many figures are put in order at once. Where more would be read, days are read from the last one back.
FEW: Final = 2_000
_DAY: Final = timedelta(days=1)


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
    """So many figures of an item after the first ``offset``, those first that count last."""
    if await _reads_few(session, scope, total):
        query = _ordered(_figures(scope).join(Metric, col(Metric.id) == col(Figure.metric_id)))
        query = query.where(*_is_item(scope, total)).limit(limit).offset(offset)
        return _sources(await session.execute(query))
    found: list[FigureSource] = []
    few = total.figures <= FEW
    for days in await _days_with_figures(session, scope, total) if few else _days_back(scope.until):
        found += _sources(await session.execute(on_days(scope, total, days)))
        if len(found) >= min(offset + limit, total.figures):
            break
    return found[offset : offset + limit]


async def _reads_few(session: Session, scope: SourceScope, total: ItemTotal) -> bool:
    """Whether the metrics of the item have few figures, those of other units included."""
    if scope.unit_ids is None or total.figures > FEW:
        return total.figures <= FEW
    query = (
        sa.select(sa.func.sum(col(MetricSum.figures)))
        .join(Metric, col(Metric.id) == col(MetricSum.metric_id))
        .where(*_is_item(scope, total), by_key(Span.ALL))
    )
    return int((await session.execute(query)).scalar_one() or 0) <= FEW


async def _days_with_figures(session: Session, scope: SourceScope, total: ItemTotal) -> list[Days]:
    """The days on which figures of the scope count, the last one first."""
    query = (
        sa.select(col(MetricSum.first_day))
        .where(
            col(MetricSum.metric_id).in_(_metrics(scope, total)),
            col(MetricSum.unit_id).in_(scope.unit_ids or ()),
            by_key(Span.DAY),
            col(MetricSum.first_day) <= day_of(scope.until),
        )
        .distinct()
        .order_by(col(MetricSum.first_day).desc())
    )
    return [Days(day, day + _DAY) for day in (await session.execute(query)).scalars()]


def _days_back(until: datetime) -> Iterator[Days]:
    """The days from that of ``until`` back: one, then ever more at once."""
    end, length = day_of(until) + _DAY, 1
    while end > ALL_TIME:
        first = max(end - length * _DAY, ALL_TIME)
        yield Days(first, end)
        end, length = first, 2 * length


def on_days(scope: SourceScope, total: ItemTotal, days: Days) -> sa.Select[*tuple[Any, ...]]:
    """The figures of an item on these days, found by the days."""
    last = (days.end or days.first) - _DAY
    return _ordered(_figures(scope)).where(
        # A sum has no index: else all figures of the metrics would be read.
        (col(Figure.metric_id) + 0).in_(_metrics(scope, total)),
        col(ProgressReport.counted_at) > moments_of(days.first).after,
        col(ProgressReport.counted_at) <= moments_of(last).until,
    )


def _metrics(scope: SourceScope, total: ItemTotal) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = sa.select(col(Metric.id))
    return query.where(*_is_item(scope, total))


def _is_item(scope: SourceScope, total: ItemTotal) -> list[sa.ColumnElement[bool]]:
    said = [col(Metric.item) == total.item, col(Metric.unit) == total.measure]
    return said if scope.task_id is None else [*said, col(Metric.task_id) == scope.task_id]


def _figures(scope: SourceScope) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Figure.added),
            col(Figure.approx),
            col(ProgressReport.id).label("report_id"),
            col(ProgressReport.receipt_no),
            col(ProgressReport.unit_id),
        )
        .join(ProgressReport, figures_that_count())
        .where(col(ProgressReport.counted_at) <= scope.until)
    )
    return query if scope.unit_ids is None else query.where(col(ProgressReport.unit_id).in_(scope.unit_ids))


def _ordered(query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    return query.order_by(
        col(ProgressReport.counted_at).desc(), col(ProgressReport.id).desc(), col(Figure.id).desc()
    )


def _sources(rows: sa.Result[Any]) -> list[FigureSource]:
    return [FigureSource(**row) for row in rows.mappings()]
