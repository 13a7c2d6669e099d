"""Figures that follow when metrics are merged or parted, and the reports that this touches."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.progress import Figure, ProgressReport, figures_that_count, metric_sums
from models.tasks import Metric


async def taken_in(session: Session, metric: Metric) -> list[Metric]:
    """The metrics of the task that were merged into this one, and into those, the oldest first."""
    query = select(Metric).where(Metric.task_id == metric.task_id).order_by(col(Metric.id))
    rows = (await session.exec(query)).all()
    into = {row.id: row.merged_into for row in rows}
    return [row for row in rows if row.id != metric.id and metric.id in _ways_up(into, row.id)]


def _ways_up(into: Mapping[int | None, int | None], metric_id: int | None) -> Iterator[int | None]:
    while metric_id is not None:
        yield metric_id
        metric_id = into[metric_id]


async def has_figures(session: Session, filed_under: int, metric_id: int) -> bool:
    """Whether a figure was filed under the one metric and counts under the other."""
    there = [col(Figure.metric_id) == metric_id, col(Figure.filed_under) == filed_under]
    query = sa.select(col(Figure.id)).where(*there).limit(1)
    return (await session.execute(query)).first() is not None


async def move_figures(session: Session, source_id: int, target_id: int) -> None:
    """Let all figures of one metric count under another."""
    await _move(session, [col(Figure.metric_id) == source_id], target_id)
    await metric_sums.rebuild(session, (source_id, target_id))


async def return_figures(session: Session, metrics: Collection[int], from_id: int, target_id: int) -> None:
    """Let the figures that were filed under ``metrics`` and count under ``from_id`` count elsewhere."""
    filed_there = [col(Figure.metric_id) == from_id, col(Figure.filed_under).in_(metrics)]
    await _move(session, filed_there, target_id)
    await metric_sums.rebuild(session, (from_id, target_id))


async def _move(session: Session, which: Sequence[sa.ColumnElement[bool]], target_id: int) -> None:
    await session.execute(
        sa.update(Figure)
        .where(*which)
        .values(metric_id=target_id)
        .execution_options(synchronize_session=False)
    )


async def first_reports(session: Session, metric_id: int) -> Sequence[ProgressReport]:
    """Of each unit, the first report that stands and has a figure under the metric."""
    first = (
        sa.select(sa.func.min(col(ProgressReport.id)))
        .join(Figure, figures_that_count())
        .where(col(Figure.metric_id) == metric_id)
        .group_by(col(ProgressReport.unit_id))
    )
    query = select(ProgressReport).where(col(ProgressReport.id).in_(first)).order_by(col(ProgressReport.id))
    return (await session.exec(query)).all()
