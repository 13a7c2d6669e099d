"""Sums of reported figures in each of several spans that follow each other: the bars of a picture.

Of whole months and days it reads the kept rows, as ``period_sums`` does, and of open ends the figures. So
what it finds in the spans adds up to what ``period_sums`` finds in all of them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col

from models.columns import from_scaled
from models.db import Session
from models.progress import period_sums
from models.progress.report_selection import EVER, ReportSelection
from models.tasks import Metric
from rules.periods import PeriodSpan

Item = tuple[str, str]
"""An item and its unit of measure."""
# A statement takes at most 500 parts on SQLite, and a span has five at most.
AT_ONCE: Final = 60


async def added_by_span(
    session: Session, selection: ReportSelection, spans: Sequence[PeriodSpan], items: Collection[Item]
) -> Mapping[Item, Sequence[Decimal]]:
    """What was added to each of these items in each of the spans.

    ``selection``: its units and its tasks; the moments are those of ``spans``, of which no two overlap.
    """
    found: dict[Item, dict[int, int]] = defaultdict(dict)
    for begin in range(0, len(spans), AT_ONCE):
        parts = list(_parts(begin, spans[begin : begin + AT_ONCE]))
        if not parts or not items:
            continue
        for row in (await session.execute(_query(parts, selection, items))).mappings():
            found[row["item"], row["measure"]][row["place"]] = int(row["added"])
    return {
        item: [from_scaled(found[item].get(place, 0)) for place in range(len(spans))] for item in set(items)
    }


def _parts(begin: int, spans: Sequence[PeriodSpan]) -> Iterator[period_sums.Part]:
    for place, span in enumerate(spans, begin):
        for part in period_sums.period(span.since or EVER, span.until):
            yield part.add_columns(sa.literal(place).label("place"))


def _query(
    parts: Sequence[period_sums.Part], selection: ReportSelection, items: Collection[Item]
) -> sa.Select[*tuple[Any, ...]]:
    """By item and place. Many rows are grouped by a number, and only the few that are left by words."""
    named = [sa.and_(col(Metric.item) == item, col(Metric.unit) == unit) for item, unit in sorted(set(items))]
    metrics = sa.select(col(Metric.id)).where(sa.or_(*named), *selection.of_tasks(col(Metric.task_id)))
    row = sa.union_all(*parts).subquery().c
    by_metric: sa.Select[*tuple[Any, ...]] = sa.select(
        row.metric_id, row.place, sa.func.sum(row.amount).label("added")
    )
    # A sum has no index: else all that was ever reported under the metrics would be read.
    wanted = (*selection.of_units(row.unit_id), (row.metric_id + 0).in_(metrics))
    by_metric = by_metric.where(*wanted).group_by(row.metric_id, row.place)
    its = by_metric.subquery().c
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        col(Metric.item), col(Metric.unit).label("measure"), its.place, sa.func.sum(its.added).label("added")
    )
    return query.join(Metric, col(Metric.id) == its.metric_id).group_by(
        col(Metric.item), col(Metric.unit), its.place
    )
