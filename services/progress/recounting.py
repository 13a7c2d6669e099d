"""重新核算: the kept sums of metrics against their figures; what differs is counted anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models import tasks
from models.db import ColumnValues, Session
from models.progress import metric_sums
from models.tasks import Metric
from rules.progress.counted_periods import Span


@dataclass(frozen=True, slots=True)
class MendedMetric:
    """A metric whose kept sums differed from its figures.

    ``rows``: how many sums differed; ``kept``, ``counted``: its total of all units, as it was and as it is.
    """

    metric_id: int
    objective: str
    item: str
    measure: str
    rows: int
    kept: Decimal
    counted: Decimal


async def metrics(session: Session) -> Sequence[int]:
    """All metrics, in the order in which they are counted."""
    return await tasks.all_metrics(session)


async def differs(session: Session, metric_id: int) -> bool:
    """Whether the kept sums of a metric are not those of its figures."""
    counted = await metric_sums.standing_sums(session, metric_id)
    return counted != await metric_sums.kept_sums(session, metric_id)


async def mend(session: Session, metric_id: int) -> MendedMetric | None:
    """Count a metric anew, while nobody reports on its task. None: there is no difference any more."""
    metric = await session.get(Metric, metric_id)
    if metric is None:
        return None
    await tasks.lock(session, metric.task_id)
    task = await tasks.task_by_id(session, metric.task_id)
    kept = await metric_sums.kept_sums(session, metric_id)
    counted = await metric_sums.standing_sums(session, metric_id)
    if task is None or kept == counted:
        return None
    await metric_sums.rebuild(session, [metric_id])
    return MendedMetric(
        metric_id,
        task.objective,
        metric.item,
        metric.unit,
        _differences(kept, counted),
        _total(kept),
        _total(counted),
    )


def _differences(kept: Sequence[ColumnValues], counted: Sequence[ColumnValues]) -> int:
    """How many sums are missing, too much, or wrong."""
    named = [{tuple(row[name] for name in metric_sums.KEY): row for row in rows} for rows in (kept, counted)]
    return sum(named[0].get(key) != named[1].get(key) for key in named[0].keys() | named[1].keys())


def _total(rows: Sequence[ColumnValues]) -> Decimal:
    return sum((row["amount"] for row in rows if row["span"] is Span.ALL), Decimal(0))
