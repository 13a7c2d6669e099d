"""The figures behind a total, page by page, each with its report. Only present wordings that stand count."""

from __future__ import annotations

from collections.abc import Iterator
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
from models.progress.report_selection import EVER, ReportSelection
from models.tasks import Metric
from rules.progress.counted_periods import ALL_TIME, Days, Span, day_of, moments_of

# So many figures are put in order at once. Where more would be read, days are read from the last one back.
FEW: Final = 2_000
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FigureSource:
    """A figure in a sum, with its report; ``counted_at``: when that counts."""

    added: Decimal
    approx: bool
    report_id: int
    receipt_no: str
    counted_at: datetime
    unit_id: int
    task_id: int | None


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """The sum of one item and unit of measure, and of how many figures it is."""

    item: str
    measure: str
    total: Decimal
    approx: bool
    figures: int


async def item_totals(session: Session, selection: ReportSelection) -> list[ItemTotal]:
    """The totals in the selection, in the order in which the items were first reported.

    Figures are selected by the moment at which they count.
    """
    of_a_day = selection.since is not None and selection.until - selection.since <= _DAY
    rows = await period_sums.by_item(session, _parts(selection), selection, few=of_a_day)
    return [item_total(row) for row in rows]


def _parts(selection: ReportSelection) -> list[period_sums.Part]:
    """What counts in the selection, as far as its moments and its task are concerned."""
    if selection.since is None:
        parts = period_sums.up_to(selection.until, of_tasks=selection.tree)
    else:
        parts = period_sums.period(selection.since, selection.until, total=1)
    if (came_by := selection.came_by) is not None:
        since = selection.since or EVER
        parts.append(period_sums.came_later(came_by, since, selection.until, total=-1))
    return parts


@dataclass(frozen=True, slots=True)
class UnitTotal:
    """What of a total a unit has reported."""

    unit_id: int
    item: str
    measure: str
    total: Decimal
    approx: bool


async def unit_totals(session: Session, selection: ReportSelection) -> list[UnitTotal]:
    """The totals of the selection by unit, the biggest first."""
    return [
        UnitTotal(
            row["unit_id"], row["item"], row["measure"], from_scaled(int(row["total"])), bool(row["approx"])
        )
        for row in await period_sums.by_unit(session, _parts(selection), selection)
    ]


@dataclass(frozen=True, slots=True)
class FocusTotal:
    """The sum of an item over the tasks of a 行动 and a 重点; ``focus`` None: of those that have none."""

    action: str
    focus: str | None
    total: ItemTotal


async def focus_totals(session: Session, selection: ReportSelection) -> list[FocusTotal]:
    """The totals of a span by 行动 and 重点, the items with the most figures first.

    ``selection`` has a beginning, and no 行动 or 重点 of its own.
    """
    since = EVER if selection.since is None else selection.since
    parts = period_sums.period(since, selection.until, total=1)
    return [
        FocusTotal(row["action"], row["focus"], item_total(row))
        for row in await period_sums.by_focus(session, parts, selection)
    ]


def item_total(row: sa.RowMapping) -> ItemTotal:
    """The total of a row of sums by item."""
    return ItemTotal(
        row["item"],
        row["measure"],
        from_scaled(int(row["total"])),
        bool(row["approx"]),
        int(row["figures"]),
    )


async def of_item(
    session: Session, selection: ReportSelection, total: ItemTotal, limit: int, offset: int = 0
) -> list[FigureSource]:
    """So many figures of an item after the first ``offset``, those first that count last."""
    if await _reads_few(session, selection, total):
        query = _ordered(_figures(selection).join(Metric, col(Metric.id) == col(Figure.metric_id)))
        query = query.where(*_is_item(selection, total)).limit(limit).offset(offset)
        return _sources(await session.execute(query))
    found: list[FigureSource] = []
    few = total.figures <= FEW
    for days in await _days_with_figures(session, selection, total) if few else _days_back(selection):
        found += _sources(await session.execute(on_days(selection, total, days)))
        if len(found) >= min(offset + limit, total.figures):
            break
    return found[offset : offset + limit]


async def _reads_few(session: Session, selection: ReportSelection, total: ItemTotal) -> bool:
    """Whether the metrics of the item have few figures, those of other units and times included."""
    if (selection.unit_ids is None and selection.since is None) or total.figures > FEW:
        return total.figures <= FEW
    query = (
        sa.select(sa.func.sum(col(MetricSum.figures)))
        .join(Metric, col(Metric.id) == col(MetricSum.metric_id))
        .where(*_is_item(selection, total), by_key(Span.ALL))
    )
    return int((await session.execute(query)).scalar_one() or 0) <= FEW


async def _days_with_figures(session: Session, selection: ReportSelection, total: ItemTotal) -> list[Days]:
    """The days on which figures of the selection count, the last one first."""
    query = (
        sa.select(col(MetricSum.first_day))
        .where(
            col(MetricSum.metric_id).in_(_metrics(selection, total)),
            by_key(Span.DAY),
            col(MetricSum.first_day) <= day_of(selection.until),
        )
        .distinct()
        .order_by(col(MetricSum.first_day).desc())
    )
    if selection.unit_ids is not None:
        query = query.where(col(MetricSum.unit_id).in_(selection.unit_ids))
    if selection.since is not None:
        query = query.where(col(MetricSum.first_day) >= day_of(selection.since))
    return [Days(day, day + _DAY) for day in (await session.execute(query)).scalars()]


def _days_back(selection: ReportSelection) -> Iterator[Days]:
    """The days from the last one back: one, then ever more at once."""
    earliest = ALL_TIME if selection.since is None else day_of(selection.since)
    end, length = day_of(selection.until) + _DAY, 1
    while end > earliest:
        first = max(end - length * _DAY, earliest)
        yield Days(first, end)
        end, length = first, 2 * length


def on_days(selection: ReportSelection, total: ItemTotal, days: Days) -> sa.Select[*tuple[Any, ...]]:
    """The figures of an item on these days, found by the days."""
    last = (days.end or days.first) - _DAY
    return _ordered(_figures(selection)).where(
        # A sum has no index: else all figures of the metrics would be read.
        (col(Figure.metric_id) + 0).in_(_metrics(selection, total)),
        col(ProgressReport.counted_at) > moments_of(days.first).after,
        col(ProgressReport.counted_at) <= moments_of(last).until,
    )


def _metrics(selection: ReportSelection, total: ItemTotal) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = sa.select(col(Metric.id))
    return query.where(*_is_item(selection, total))


def _is_item(selection: ReportSelection, total: ItemTotal) -> list[sa.ColumnElement[bool]]:
    said = [col(Metric.item) == total.item, col(Metric.unit) == total.measure]
    return said + selection.of_tasks(col(Metric.task_id))


def _figures(selection: ReportSelection) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            col(Figure.added),
            col(Figure.approx),
            col(ProgressReport.id).label("report_id"),
            col(ProgressReport.receipt_no),
            col(ProgressReport.counted_at),
            col(ProgressReport.unit_id),
            col(ProgressReport.task_id),
        )
        .join(ProgressReport, figures_that_count())
        .where(*selection.within)
    )


def _ordered(query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    return query.order_by(
        col(ProgressReport.counted_at).desc(), col(ProgressReport.id).desc(), col(Figure.id).desc()
    )


def _sources(rows: sa.Result[Any]) -> list[FigureSource]:
    return [FigureSource(**row) for row in rows.mappings()]
