"""Sums of reported figures and counts of reports. Only present wordings that stand count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.columns import UtcDateTime, from_scaled, scaled
from models.db import Session
from models.progress import (
    Figure,
    ProgressReport,
    ReportKind,
    figures_that_count,
    period_sums,
    report_totals,
)
from models.progress.metric_sums import MetricSum, by_key
from models.progress.report_selection import EVER, ReportSelection
from models.progress.report_totals import ReportTotal
from models.tasks import Metric, Task
from rules.progress import counted_periods
from rules.progress.counted_periods import Days, OpenEnd, Span

LAST_ITEMS: Final = 30


@dataclass(frozen=True, slots=True)
class QuantitySum:
    """The sums of one item and unit of measure over all tasks: in total, and in the period.

    ``approx`` and ``added_approx``: the sum holds an approximate figure.
    """

    item: str
    measure: str
    total: Decimal
    added: Decimal
    approx: bool
    added_approx: bool


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """How many reports there are: all, those of progress, late ones, and those that missed their tally."""

    reports: int
    progress: int
    late: int
    made_up: int


async def quantity_sums(session: Session, selection: ReportSelection) -> list[QuantitySum]:
    """Sums of all figures of the selection up to its end, and of those in its period.

    They are in the order in which the items were ever first reported.
    """
    until, by_arrival = selection.until, selection.by_arrival
    if selection.since is None:  # all was added in the period
        parts = period_sums.up_to(until, by_arrival=by_arrival, added=1)
    else:
        parts = period_sums.up_to(until, by_arrival=by_arrival)
        parts += period_sums.period(selection.since, until, by_arrival=by_arrival)
    if (came_by := selection.came_by) is not None:
        parts.append(period_sums.came_later(came_by, EVER, until, total=-1))
        parts.append(period_sums.came_later(came_by, selection.since or EVER, until, added=-1))
    rows = await period_sums.by_item(session, parts, selection)
    return [
        QuantitySum(
            row["item"],
            row["measure"],
            from_scaled(int(row["total"])),
            from_scaled(int(row["added"])),
            bool(row["approx"]),
            bool(row["added_approx"]),
        )
        for row in rows
    ]


async def metric_totals(
    session: Session, metric_ids: Collection[int], unit_id: int | None = None, *, before: int | None = None
) -> dict[int, Decimal]:
    """The sum of the additions under each metric, by one unit or by all.

    ``before``: only reports with a smaller id count. Metrics without figures are left out.
    """
    if not metric_ids:
        return {}
    said = {"metrics": list(metric_ids), "unit": unit_id, "before": before}
    query = _metric_totals(of_unit=unit_id is not None, earlier=before is not None)
    rows = (await session.execute(query, {name: v for name, v in said.items() if v is not None})).mappings()
    return {row["metric_id"]: from_scaled(int(row["total"])) for row in rows}


@cache
def _metric_totals(*, of_unit: bool, earlier: bool) -> sa.Select[*tuple[Any, ...]]:
    """The kept sums; of ``earlier`` reports alone, less the figures of the later ones."""
    kept = sa.select(col(MetricSum.metric_id), scaled(col(MetricSum.amount)), col(MetricSum.figures)).where(
        col(MetricSum.metric_id).in_(sa.bindparam("metrics", expanding=True)),
        col(MetricSum.span) == Span.ALL if of_unit else by_key(Span.ALL),
    )
    later = (
        sa.select(col(Figure.metric_id), -scaled(col(Figure.added)), sa.literal(-1))
        .join(ProgressReport, figures_that_count())
        .where(
            col(Figure.metric_id).in_(sa.bindparam("metrics", expanding=True)),
            col(Figure.report_id) >= sa.bindparam("before"),
        )
    )
    if of_unit:
        kept = kept.where(col(MetricSum.unit_id) == sa.bindparam("unit"))
        later = later.where(col(ProgressReport.unit_id) == sa.bindparam("unit"))
    parts = (sa.union_all(kept, later) if earlier else kept).subquery()
    metric_id, amount, figures = parts.c
    query: sa.Select[*tuple[Any, ...]] = sa.select(metric_id, sa.func.sum(amount).label("total"))
    return query.group_by(metric_id).having(sa.func.sum(figures) > 0)


_UNIT_AND_ALL: Final[sa.Select[*tuple[Any, ...]]] = (
    sa.select(
        col(MetricSum.metric_id),
        sa.func.sum(
            sa.case(
                (
                    col(MetricSum.unit_id) == sa.bindparam("unit"),
                    scaled(col(MetricSum.amount)),
                ),
                else_=0,
            )
        ).label("of_unit"),
        sa.func.sum(scaled(col(MetricSum.amount))).label("of_all"),
    )
    .where(
        col(MetricSum.metric_id).in_(sa.bindparam("metrics", expanding=True)),
        by_key(Span.ALL),
    )
    .group_by(col(MetricSum.metric_id))
)


async def totals_of_unit_and_all(
    session: Session, metric_ids: Collection[int], unit_id: int
) -> dict[int, tuple[Decimal, Decimal]]:
    """The sums of the additions under each metric: by one unit, and by all. Both are 0 without any."""
    found = dict.fromkeys(metric_ids, (Decimal(0), Decimal(0)))
    rows = await session.execute(_UNIT_AND_ALL, {"metrics": list(found), "unit": unit_id})
    for row in rows.mappings():
        found[row["metric_id"]] = from_scaled(int(row["of_unit"])), from_scaled(int(row["of_all"]))
    return found


async def last_items(session: Session, task_id: int, unit_id: int) -> list[tuple[str, str]]:
    """(item, unit of measure) of the figures of a unit's last report on a task that has any, in order.

    Each is there once, also where metrics were merged since.
    """
    rows = (await session.execute(_LAST_ITEMS, {"task": task_id, "unit": unit_id})).mappings()
    return list(dict.fromkeys((row["item"], row["measure"]) for row in rows))


_LAST_REPORT: Final = (
    sa.select(col(ProgressReport.id))
    .join(Figure, figures_that_count())
    .where(
        col(ProgressReport.task_id) == sa.bindparam("task"),
        col(ProgressReport.unit_id) == sa.bindparam("unit"),
    )
    .order_by(col(ProgressReport.id).desc())
    .limit(1)
    .scalar_subquery()
)
_LAST_ITEMS: Final[sa.Select[*tuple[Any, ...]]] = (
    sa.select(col(Metric.item), col(Metric.unit).label("measure"))
    .join(Figure, col(Figure.metric_id) == col(Metric.id))
    .join(ProgressReport, figures_that_count())
    .where(col(Figure.report_id) == _LAST_REPORT)
    .order_by(col(Figure.id))
    .limit(LAST_ITEMS)
)


async def report_counts(session: Session, selection: ReportSelection) -> dict[int, ReportCounts]:
    """By unit, the reports of the selection. Units without a report are left out."""
    return await counts_by(session, selection, "unit_id")


async def counts_by(session: Session, selection: ReportSelection, by: str) -> dict[Any, ReportCounts]:
    """The reports of the selection by their ``unit_id``, or by the ``action`` or the ``focus`` of their task.

    What has no report is left out; what is about no task stands under None.
    """
    row = sa.union_all(*counted_parts(selection)).subquery().c
    key = row.unit_id if by == "unit_id" else col(getattr(Task, by))
    numbers = (sa.func.sum(row[name]) for name in report_totals.VALUES)
    query: sa.Select[*tuple[Any, ...]] = sa.select(key, *numbers)
    if by != "unit_id":
        query = query.outerjoin_from(row.unit_id.table, Task, col(Task.id) == row.task_id)
    query = query.where(*selection.of_units(row.unit_id), *selection.of_tasks(row.task_id)).group_by(key)
    if selection.came_by is not None:
        query = query.having(sa.func.sum(row.reports) > 0)
    return {found[0]: ReportCounts(*map(int, found[1:])) for found in await session.execute(query)}


def counted_parts(selection: ReportSelection) -> list[sa.Select[*tuple[Any, ...]]]:
    """Of whole days and months the kept rows; of open ends, and by arrival, the reports themselves."""
    since = selection.since or EVER
    if selection.by_arrival:
        return [_reports_of(OpenEnd(since, selection.until), ProgressReport.reported_at)]
    parts = counted_periods.period(since, selection.until)
    kept = ((Span.DAY, parts.days), (Span.MONTH, parts.months))
    found = [_totals_of(span, days) for span, some in kept for days in some]
    found += [_reports_of(end, ProgressReport.counted_at) for end in parts.ends]
    if selection.came_by is not None:
        taken_off = _reports_of(OpenEnd(since, selection.until), ProgressReport.counted_at, each=-1)
        found.append(taken_off.where(col(ProgressReport.reported_at) > selection.came_by))
    # A period without moments has no parts.
    return found or [_reports_of(OpenEnd(selection.until, selection.until), ProgressReport.counted_at)]


def _totals_of(span: Span, days: Days) -> sa.Select[*tuple[Any, ...]]:
    columns = (getattr(ReportTotal, name) for name in ("unit_id", "task_id", *report_totals.VALUES))
    query: sa.Select[*tuple[Any, ...]] = sa.select(*map(col, columns))
    query = query.where(col(ReportTotal.span) == span, col(ReportTotal.first_day) >= days.first)
    return query if days.end is None else query.where(col(ReportTotal.first_day) < days.end)


def _reports_of(end: OpenEnd, at: Any, each: int = 1) -> sa.Select[*tuple[Any, ...]]:
    """A row for each report of these moments. ``each``: how often it counts."""
    numbers = {
        "reports": sa.true(),
        "progress": col(ProgressReport.kind) == ReportKind.PROGRESS,
        "late": col(ProgressReport.late).is_(True),
        "made_up": col(ProgressReport.counted_at) < col(ProgressReport.reported_at),
    }
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        col(ProgressReport.unit_id),
        col(ProgressReport.task_id),
        *(sa.case((holds, each), else_=0).label(name) for name, holds in numbers.items()),
    )
    moments = (col(at) > sa.literal(end.after, UtcDateTime), col(at) <= sa.literal(end.until, UtcDateTime))
    return query.where(*moments, col(ProgressReport.withdrawn).is_(False))


async def last_added(
    session: Session, metric_ids: Collection[int], unit_id: int, limit: int = 5
) -> dict[int, list[Decimal]]:
    """What a unit's last reports added, by metric, the last filed first. Metrics without any are left out."""
    asked = sorted(set(metric_ids))
    if not asked:
        return {}
    said = {f"metric_{place}": metric_id for place, metric_id in enumerate(asked)}
    last: dict[int, list[Decimal]] = {}
    rows = await session.execute(_last_added(len(asked)), said | {"unit": unit_id, "most": limit})
    for row in rows.mappings():
        last.setdefault(row["metric_id"], []).append(row["added"])
    return last


@cache
def _last_added(metrics: int) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """One statement for so many metrics; of each the index gives the last figures alone."""
    return sa.union_all(*(sa.select(_last_of(place).subquery()) for place in range(metrics)))


def _last_of(place: int) -> sa.Select[*tuple[Any, ...]]:
    metric: sa.BindParameter[int] = sa.bindparam(f"metric_{place}")
    return (
        sa.select(col(Figure.metric_id), col(Figure.added))
        .join(ProgressReport, figures_that_count())
        .where(
            col(Figure.metric_id) == metric,
            col(ProgressReport.unit_id) == sa.bindparam("unit"),
            # Without it, a unit that has nothing there would have all figures of the others read.
            sa.exists().where(
                col(MetricSum.metric_id) == metric,
                col(MetricSum.unit_id) == sa.bindparam("unit"),
                col(MetricSum.span) == Span.ALL,
            ),
        )
        .order_by(col(Figure.report_id).desc(), col(Figure.id).desc())
        .limit(sa.bindparam("most"))
    )
