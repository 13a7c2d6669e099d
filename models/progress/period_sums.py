"""Sums over a period: of whole months and days the kept rows, of open ends the figures themselves.

A part is a query of rows, each with how often it counts in the total (1, or -1 for what is taken off) and in
what was added (0 or 1). All parts are one statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from models.columns import UtcDateTime, scaled
from models.db import Session
from models.progress import Figure, ProgressReport, figures_that_count
from models.progress.metric_sums import MetricSum, by_key
from models.progress.report_selection import EVER, ReportSelection
from models.tasks import Metric, Task
from rules.progress import counted_periods
from rules.progress.counted_periods import ALL_TIME, Days, OpenEnd, PeriodParts, Span

Part = sa.Select[*tuple[Any, ...]]
TaskIds = sa.CompoundSelect[*tuple[Any, ...]]
"""A query of ids of tasks."""
# No report comes in later.
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


def up_to(
    until: datetime, *, by_arrival: bool = False, of_tasks: TaskIds | None = None, added: int = 0
) -> list[Part]:
    """The parts of all that counts up to ``until``, or came in up to then: all, less what is later.

    ``of_tasks``: only under the metrics of these tasks. ``added``: how often it counts in what was added,
    too.
    """
    came_later = PeriodParts((OpenEnd(until, _NEVER),))
    later = came_later if by_arrival else counted_periods.after(until)
    parts = [
        _kept(Span.ALL, Days(ALL_TIME, None), total=1, added=added, by_metric=of_tasks is not None),
        *_parts(later, by_arrival=by_arrival, total=-1, added=-added, by_metric=of_tasks is not None),
    ]
    return parts if of_tasks is None else [_of_tasks(part, of_tasks) for part in parts]


async def of_metrics(
    session: Session, metric_ids: Collection[int], until: datetime, came_by: datetime | None = None
) -> dict[int, int]:
    """What counts under each of these metrics up to ``until``, in ten-thousandths.

    ``came_by``: as far as it had come in by then.
    """
    later = _parts(counted_periods.after(until), by_arrival=False, total=-1, by_metric=True)
    parts = [_kept(Span.ALL, Days(ALL_TIME, None), total=1, by_metric=True), *later]
    if came_by is not None:
        parts.append(came_later(came_by, EVER, until, total=-1))
    row = _row_by_row(
        sa.union_all(*(part.where(part.selected_columns.metric_id.in_(metric_ids)) for part in parts))
    )
    query = sa.select(row.metric_id, sa.func.sum(row.total).label("total")).group_by(row.metric_id)
    return {one["metric_id"]: int(one["total"]) for one in (await session.execute(query)).mappings()}


def period(since: datetime, until: datetime, *, by_arrival: bool = False, total: int = 0) -> list[Part]:
    """The parts of what was added in (since, until]. What came in then is read figure by figure.

    ``total``: how often it counts in the total as well.
    """
    if by_arrival:
        inside = PeriodParts((OpenEnd(since, until),) if since < until else ())
    else:
        inside = counted_periods.period(since, until)
    return _parts(inside, by_arrival=by_arrival, added=1, total=total)


def came_later(
    came_by: datetime, since: datetime, until: datetime, *, total: int = 0, added: int = 0
) -> Part:
    """What counts in (since, until] and came in after ``came_by``."""
    if since > EVER:
        part = _read(OpenEnd(since, until), by_arrival=False, total=total, added=added)
        return part.where(col(ProgressReport.reported_at) > sa.literal(came_by, UtcDateTime))
    # Without a beginning the arrivals are fewer. A CASE has no index: else all that counts would be read.
    counted = sa.case((sa.true(), col(ProgressReport.counted_at)))
    part = _read(OpenEnd(came_by, _NEVER), by_arrival=True, total=total, added=added)
    return part.where(counted <= sa.literal(until, UtcDateTime))


async def by_item(
    session: Session, parts: Sequence[Part], selection: ReportSelection, *, few: bool = False
) -> Sequence[sa.RowMapping]:
    """The sums by item and unit of measure, in the order in which the items were ever first reported.

    ``selection``: its units and its tasks; its moments are in the parts already.
    ``total``, ``added``: in ten-thousandths; ``approx``, ``added_approx``: whether a figure of them is
    approximate; ``figures``: how many the total has. Items without any are left out. ``few``: the parts have
    some thousand rows at most, so that grouping them twice would cost more than it saves.
    """
    of_units = [part.where(*selection.of_units(part.selected_columns.unit_id)) for part in parts]
    if few:
        row = _row_by_row(of_units[0] if len(of_units) == 1 else sa.union_all(*of_units))
    else:
        row = _by_metric(of_units)

    def total(value: Any) -> sa.ColumnElement[int]:
        return sa.func.sum(value)

    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Metric.item),
            col(Metric.unit).label("measure"),
            total(row.total).label("total"),
            total(row.added).label("added"),
            (total(row.approx) > 0).label("approx"),
            (total(row.added_approx) > 0).label("added_approx"),
            total(row.figures).label("figures"),
        )
        .join(Metric, col(Metric.id) == row.metric_id)
        .where(*selection.of_tasks(col(Metric.task_id)))
        .group_by(col(Metric.item), col(Metric.unit))
        .having(total(row.figures) > 0)
        .order_by(sa.func.min(row.first_figure))
    )
    return (await session.execute(query)).mappings().all()


async def by_focus(
    session: Session, parts: Sequence[Part], selection: ReportSelection
) -> Sequence[sa.RowMapping]:
    """As ``by_item``, for each 行动 and 重点 of the tasks; the biggest number of figures first in each."""
    row = _by_metric([part.where(*selection.of_units(part.selected_columns.unit_id)) for part in parts])
    figures = sa.func.sum(row.figures)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Task.action),
            col(Task.focus),
            col(Metric.item),
            col(Metric.unit).label("measure"),
            sa.func.sum(row.total).label("total"),
            (sa.func.sum(row.approx) > 0).label("approx"),
            figures.label("figures"),
        )
        .join(Metric, col(Metric.id) == row.metric_id)
        .join(Task, col(Task.id) == col(Metric.task_id))
        .group_by(col(Task.action), col(Task.focus), col(Metric.item), col(Metric.unit))
        .having(figures > 0)
        .order_by(figures.desc(), sa.func.min(row.first_figure))
    )
    return (await session.execute(query)).mappings().all()


async def by_task(
    session: Session, parts: Sequence[Part], task_ids: Collection[int]
) -> Sequence[sa.RowMapping]:
    """What was added on each of these tasks, by item and unit of measure. Without any it is left out."""
    row = _by_metric(parts)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Metric.task_id),
            col(Metric.item),
            col(Metric.unit).label("measure"),
            sa.func.sum(row.added).label("added"),
            (sa.func.sum(row.added_approx) > 0).label("added_approx"),
        )
        .join(Metric, col(Metric.id) == row.metric_id)
        .where(col(Metric.task_id).in_(task_ids))
        .group_by(col(Metric.task_id), col(Metric.item), col(Metric.unit))
        .having(sa.func.sum(row.added) != 0)
    )
    return (await session.execute(query)).mappings().all()


async def by_unit(
    session: Session, parts: Sequence[Part], selection: ReportSelection
) -> Sequence[sa.RowMapping]:
    """As ``by_item``, for each unit that has reported; the biggest total first."""
    row = sa.union_all(*parts).subquery().c
    total = sa.func.sum(row.amount * row.in_total)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            row.unit_id,
            col(Metric.item),
            col(Metric.unit).label("measure"),
            total.label("total"),
            (sa.func.sum(row.approximate * row.in_total) > 0).label("approx"),
        )
        .join(Metric, col(Metric.id) == row.metric_id)
        .where(*selection.of_units(row.unit_id), *selection.of_tasks(col(Metric.task_id)))
        .group_by(row.unit_id, col(Metric.item), col(Metric.unit))
        .having(sa.func.sum(row.figures * row.in_total) > 0)
        .order_by(total.desc(), row.unit_id)
    )
    return (await session.execute(query)).mappings().all()


class _Amounts(NamedTuple):
    """The columns that are summed, by metric or row by row."""

    metric_id: Any
    total: Any
    added: Any
    approx: Any
    added_approx: Any
    figures: Any
    first_figure: Any


def _row_by_row(part: Part | sa.CompoundSelect[Any]) -> _Amounts:
    """The rows of a part, or of several, as they are."""
    row = part.subquery().c
    return _Amounts(
        row.metric_id,
        row.amount * row.in_total,
        row.amount * row.in_added,
        row.approximate * row.in_total,
        row.approximate * row.in_added,
        row.figures * row.in_total,
        row.first_figure,
    )


def _by_metric(parts: Sequence[Part]) -> _Amounts:
    """The sums by metric: many rows are grouped by a number, and only the few that are left by words."""
    row = _row_by_row(sa.union_all(*parts))
    names = ("total", "added", "approx", "added_approx", "figures")
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        row.metric_id,
        *(sa.func.sum(getattr(row, name)).label(name) for name in names),
        sa.func.min(row.first_figure).label("first_figure"),
    )
    found = query.group_by(row.metric_id).subquery().c
    return _Amounts(*(found[name] for name in _Amounts._fields))


def _parts(
    parts: PeriodParts, *, by_arrival: bool, total: int = 0, added: int = 0, by_metric: bool = False
) -> list[Part]:
    kept = ((Span.DAY, parts.days), (Span.MONTH, parts.months))
    return [
        *(
            _kept(span, days, total=total, added=added, by_metric=by_metric)
            for span, some in kept
            for days in some
        ),
        *(_read(end, by_arrival=by_arrival, total=total, added=added) for end in parts.ends),
    ]


def _of_tasks(part: Part, task_ids: TaskIds) -> Part:
    its = sa.select(col(Metric.id)).where(col(Metric.task_id).in_(task_ids))
    return part.where(part.selected_columns.metric_id.in_(its))


def _kept(span: Span, days: Days, *, total: int = 0, added: int = 0, by_metric: bool = False) -> Part:
    """The kept rows of these days or months.

    ``by_metric``: few metrics are asked for.
    """
    there = [by_key(span) if by_metric else col(MetricSum.span) == span]
    if span is Span.ALL:
        there.append(col(MetricSum.first_day) == days.first)  # an equation lets the index go on to the units
    else:
        there.append(col(MetricSum.first_day) >= days.first)
    if days.end is not None:
        there.append(col(MetricSum.first_day) < days.end)
    values = (MetricSum.unit_id, MetricSum.metric_id, MetricSum.figures, MetricSum.approximate)
    return sa.select(
        *map(col, values),
        col(MetricSum.first_figure),
        scaled(col(MetricSum.amount)).label("amount"),
        *_weights(total, added),
    ).where(*there)


def _read(end: OpenEnd, *, by_arrival: bool, total: int, added: int) -> Part:
    """The figures of these moments."""
    at = col(ProgressReport.reported_at if by_arrival else ProgressReport.counted_at)
    return (
        sa.select(
            col(ProgressReport.unit_id),
            col(Figure.metric_id),
            sa.literal(1).label("figures"),
            sa.case((col(Figure.approx).is_(True), 1), else_=0).label("approximate"),
            col(Figure.id).label("first_figure"),
            scaled(col(Figure.added)).label("amount"),
            *_weights(total, added),
        )
        .join(Figure, figures_that_count())
        .where(at > sa.literal(end.after, UtcDateTime), at <= sa.literal(end.until, UtcDateTime))
    )


def _weights(total: int, added: int) -> Iterable[sa.ColumnElement[int]]:
    return sa.literal(total).label("in_total"), sa.literal(added).label("in_added")
