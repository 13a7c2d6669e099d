"""Sums of reported figures, and the reports behind them. Only present wordings that stand count."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.columns import from_scaled
from models.db import Session
from models.progress import Figure, ProgressReport
from models.tasks import Metric

LAST_ITEMS: Final = 30


@dataclass(frozen=True, slots=True)
class FigureSource:
    """A figure in a sum, with its report, metric and unit."""

    item: str
    measure: str
    added: Decimal
    approx: bool
    report_id: int
    receipt_no: str
    unit_id: int
    task_id: int
    reported_at: datetime


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


def figures_that_count() -> sa.ColumnElement[bool]:
    """The join of a report to its figures: those of its present wording, and none if it was withdrawn."""
    return sa.and_(
        col(Figure.report_id) == col(ProgressReport.id),
        col(Figure.revision) == col(ProgressReport.revision),
        col(ProgressReport.withdrawn).is_(False),
    )


async def quantity_sums(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    unit_ids: Collection[int] | None = None,
    by_arrival: bool = False,
) -> list[QuantitySum]:
    """Sums of all figures that count up to ``until``, and of those in (since, until].

    They are in the order in which the items were first reported. ``by_arrival``: the moment at which reports
    came in decides, not the one at which they count.
    """
    amount = sa.type_coerce(col(Figure.added), sa.BigInteger)
    in_period = _moment(by_arrival) > since
    about = col(Figure.approx).is_(True)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Metric.item),
            col(Metric.unit).label("measure"),
            sa.func.sum(amount).label("total"),
            sa.func.sum(sa.case((in_period, amount), else_=0)).label("added"),
            sa.func.max(sa.case((about, 1), else_=0)).label("approx"),
            sa.func.max(sa.case((sa.and_(about, in_period), 1), else_=0)).label("added_approx"),
        )
        .join(Figure, col(Figure.metric_id) == col(Metric.id))
        .join(ProgressReport, figures_that_count())
        .where(_moment(by_arrival) <= until)
        .group_by(col(Metric.item), col(Metric.unit))
        .order_by(sa.func.min(col(Figure.id)))
    )
    if unit_ids is not None:
        query = query.where(col(ProgressReport.unit_id).in_(unit_ids))
    return [
        QuantitySum(
            row["item"],
            row["measure"],
            from_scaled(int(row["total"])),
            from_scaled(int(row["added"])),
            bool(row["approx"]),
            bool(row["added_approx"]),
        )
        for row in (await session.execute(query)).mappings().all()
    ]


def _moment(by_arrival: bool) -> Any:
    return col(ProgressReport.reported_at if by_arrival else ProgressReport.counted_at)


@cache
def _metric_totals(*, of_unit: bool, earlier: bool) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Figure.metric_id),
            sa.func.sum(sa.type_coerce(col(Figure.added), sa.BigInteger)).label("total"),
        )
        .join(ProgressReport, figures_that_count())
        .where(col(Figure.metric_id).in_(sa.bindparam("metrics", expanding=True)))
        .group_by(col(Figure.metric_id))
    )
    if of_unit:
        query = query.where(col(ProgressReport.unit_id) == sa.bindparam("unit"))
    return query.where(col(ProgressReport.id) < sa.bindparam("before")) if earlier else query


async def metric_totals(
    session: Session, metric_ids: Collection[int], unit_id: int | None = None, *, before: int | None = None
) -> dict[int, Decimal]:
    """The sum of the additions under each metric, by one unit or by all.

    ``before``: only reports with a smaller id count.
    """
    if not metric_ids:
        return {}
    said = {"metrics": list(metric_ids), "unit": unit_id, "before": before}
    query = _metric_totals(of_unit=unit_id is not None, earlier=before is not None)
    rows = (await session.execute(query, {name: v for name, v in said.items() if v is not None})).mappings()
    return {row["metric_id"]: from_scaled(int(row["total"])) for row in rows}


async def last_items(session: Session, task_id: int, unit_id: int) -> list[tuple[str, str]]:
    """(item, unit of measure) of the figures of a unit's last report on a task that has any, in order.

    Each is there once, also where metrics were merged since.
    """
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(Metric.item), col(Metric.unit).label("measure"), col(Figure.report_id))
        .join(Figure, col(Figure.metric_id) == col(Metric.id))
        .join(ProgressReport, figures_that_count())
        .where(col(ProgressReport.task_id) == task_id, col(ProgressReport.unit_id) == unit_id)
        .order_by(col(Figure.report_id).desc(), col(Figure.id))
        .limit(LAST_ITEMS)
    )
    rows = (await session.execute(query)).mappings().all()
    last = (row for row in rows if row["report_id"] == rows[0]["report_id"])
    return list(dict.fromkeys((row["item"], row["measure"]) for row in last))


async def figure_sources(
    session: Session,
    *,
    until: datetime,
    since: datetime | None = None,
    unit_ids: Collection[int] | None = None,
    task_id: int | None = None,
) -> list[FigureSource]:
    """Every figure that counts in (since, until], oldest first, each with its report."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Metric.item),
            col(Metric.unit).label("measure"),
            col(Figure.added),
            col(Figure.approx),
            col(ProgressReport.id).label("report_id"),
            col(ProgressReport.receipt_no),
            col(ProgressReport.unit_id),
            col(Metric.task_id),
            col(ProgressReport.reported_at),
        )
        .join(Figure, col(Figure.metric_id) == col(Metric.id))
        .join(ProgressReport, figures_that_count())
        .where(col(ProgressReport.counted_at) <= until)
        .order_by(col(ProgressReport.id), col(Figure.id))
    )
    if since is not None:
        query = query.where(col(ProgressReport.counted_at) > since)
    if unit_ids is not None:
        query = query.where(col(ProgressReport.unit_id).in_(unit_ids))
    if task_id is not None:
        query = query.where(col(Metric.task_id) == task_id)
    return [FigureSource(**row) for row in (await session.execute(query)).mappings().all()]


async def figures_of_report(
    session: Session, report: ProgressReport
) -> list[tuple[str, str, Decimal, Decimal, bool]]:
    """The figures of a report's present wording, in order.

    Each is (item, unit of measure, addition, the metric's total of all units, whether the addition is
    approximate).
    """
    query = (
        select(Figure, Metric)
        .join(Metric, col(Metric.id) == col(Figure.metric_id))
        .where(Figure.report_id == report.id, Figure.revision == report.revision)
        .order_by(col(Figure.id))
    )
    rows = (await session.exec(query)).all()
    totals = await metric_totals(session, [figure.metric_id for figure, _ in rows])
    return [
        (metric.item, metric.unit, figure.added, totals[figure.metric_id], figure.approx)
        for figure, metric in rows
    ]


async def reports_between(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    unit_ids: Collection[int] | None = None,
    by_arrival: bool = False,
) -> Sequence[ProgressReport]:
    """The reports that count in (since, until] or, with ``by_arrival``, came in then; no withdrawn ones."""
    at = _moment(by_arrival)
    query = (
        select(ProgressReport)
        .where(at > since, at <= until, col(ProgressReport.withdrawn).is_(False))
        .order_by(col(ProgressReport.id))
    )
    if unit_ids is not None:
        query = query.where(col(ProgressReport.unit_id).in_(unit_ids))
    return (await session.exec(query)).all()


async def last_added(
    session: Session, metric_ids: Collection[int], unit_id: int, limit: int = 5
) -> dict[int, list[Decimal]]:
    """What a unit's last reports added, by metric, the newest first. Metrics without any are left out."""
    newest = sa.func.row_number().over(
        partition_by=col(Figure.metric_id),
        order_by=(col(ProgressReport.counted_at).desc(), col(Figure.id).desc()),
    )
    ranked = (
        sa.select(col(Figure.metric_id), col(Figure.added), newest.label("place"))
        .join(ProgressReport, figures_that_count())
        .where(col(Figure.metric_id).in_(metric_ids), col(ProgressReport.unit_id) == unit_id)
        .subquery()
    )
    query = sa.select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.metric_id, ranked.c.place)
    last: dict[int, list[Decimal]] = {}
    for row in (await session.execute(query)).mappings():
        last.setdefault(row["metric_id"], []).append(row["added"])
    return last
