"""The figures of one report, and the totals that stand beside them: of a task, or of it and all below it."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.columns import from_scaled, scaled
from models.db import Session
from models.progress import Figure, ProgressReport
from models.progress.metric_sums import MetricSum, by_key
from models.tasks import Metric, Task, children
from rules.progress.counted_periods import Span


class ReportedFigure(NamedTuple):
    """A figure of a report: what it adds, and the total of all units on its task and on all below that.

    ``approx``: the addition is approximate. ``has_parts``: the task was broken down.
    """

    item: str
    measure: str
    added: Decimal
    total: Decimal
    approx: bool
    has_parts: bool
    metric_id: int


class MetricTotal(NamedTuple):
    """The total of all units under a metric, as in ``ReportedFigure``."""

    measure: str
    total: Decimal
    has_parts: bool


async def figures_of_report(session: Session, report: ProgressReport) -> list[ReportedFigure]:
    """The figures of a report's present wording, in order."""
    rows = await session.execute(_OF_REPORT, {"report": report.id, "revision": report.revision})
    return [
        ReportedFigure(
            row.item,
            row.measure,
            row.added,
            from_scaled(int(row.total)),
            row.approx,
            bool(row.has_parts),
            row.metric_id,
        )
        for row in rows
    ]


_OF_METRIC: Final = (
    sa.select(sa.func.sum(scaled(col(MetricSum.amount))))
    .where(col(MetricSum.metric_id) == col(Metric.id), by_key(Span.ALL))
    .correlate(Metric)
)
_FAMILY: Final = sa.union_all(
    sa.select(col(Metric.task_id).label("id")).correlate(Metric),
    *(query.correlate(Metric) for query in children.below(col(Metric.task_id))),
).subquery()
_NAMESAKE: Final = aliased(Metric)
# A metric of a part that has the same name is another one: its figures are those of the whole, too. What
# names it has an index that begins with its task.
_OF_FAMILY: Final = (
    sa.select(sa.func.sum(scaled(col(MetricSum.amount))))
    .select_from(_FAMILY)
    .join(
        _NAMESAKE,
        sa.and_(
            col(_NAMESAKE.task_id) == _FAMILY.c.id,
            col(_NAMESAKE.item) == col(Metric.item),
            col(_NAMESAKE.unit) == col(Metric.unit),
        ),
    )
    .join(MetricSum, sa.and_(col(MetricSum.metric_id) == col(_NAMESAKE.id), by_key(Span.ALL)))
    .correlate(Metric)
)
_HAS_PARTS: Final = sa.exists().where(col(Task.parent_id) == col(Metric.task_id)).correlate(Metric)
_TOTAL: Final = sa.case((_HAS_PARTS, _OF_FAMILY.scalar_subquery()), else_=_OF_METRIC.scalar_subquery())


async def totals_with_parts(session: Session, metric_ids: Collection[int]) -> dict[int, MetricTotal]:
    """The totals under these metrics as ``figures_of_report`` gives them."""
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        col(Metric.id),
        col(Metric.unit).label("measure"),
        _TOTAL.label("total"),
        _HAS_PARTS.label("has_parts"),
    )
    rows = await session.execute(query.where(col(Metric.id).in_(metric_ids)))
    return {
        row.id: MetricTotal(row.measure, from_scaled(int(row.total or 0)), bool(row.has_parts))
        for row in rows
    }


_OF_REPORT: Final[sa.Select[*tuple[Any, ...]]] = (
    sa.select(
        col(Metric.item),
        col(Metric.unit).label("measure"),
        col(Figure.added),
        _TOTAL.label("total"),
        col(Figure.approx),
        _HAS_PARTS.label("has_parts"),
        col(Metric.id).label("metric_id"),
    )
    .join(Metric, col(Metric.id) == col(Figure.metric_id))
    .where(col(Figure.report_id) == sa.bindparam("report"), col(Figure.revision) == sa.bindparam("revision"))
    .order_by(col(Figure.id))
)
