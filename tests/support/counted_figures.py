"""All figures that count, read one by one: what kept sums are compared with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import col, select

from models.db import Session, ident
from models.progress import Figure, ProgressReport
from models.tasks import Metric


@dataclass(frozen=True, slots=True)
class CountedFigure:
    """A figure of a present wording, with its report, metric and unit."""

    item: str
    measure: str
    added: Decimal
    approx: bool
    report_id: int
    receipt_no: str
    unit_id: int
    counted_at: datetime
    reported_at: datetime
    figure_id: int


async def counted_figures(
    session: Session,
    *,
    until: datetime,
    since: datetime | None = None,
    unit_ids: Collection[int] | None = None,
    task_ids: Collection[int | None] | None = None,
) -> list[CountedFigure]:
    """Every figure that counts in (since, until], in the order of the reports."""
    query = (
        select(Figure, ProgressReport, Metric)
        .join(ProgressReport, col(ProgressReport.id) == col(Figure.report_id))
        .join(Metric, col(Metric.id) == col(Figure.metric_id))
        .order_by(col(ProgressReport.id), col(Figure.id))
    )
    return [
        CountedFigure(
            metric.item,
            metric.unit,
            figure.added,
            figure.approx,
            ident(report),
            report.receipt_no,
            report.unit_id,
            report.counted_at,
            report.reported_at,
            ident(figure),
        )
        for figure, report, metric in await session.exec(query)
        if figure.revision == report.revision
        and not report.withdrawn
        and report.counted_at <= until
        and (since is None or report.counted_at > since)
        and (unit_ids is None or report.unit_id in unit_ids)
        and (task_ids is None or metric.task_id in task_ids)
    ]
