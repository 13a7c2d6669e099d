"""The wordings of a report, the messages from which it was made, and its figures in their order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.progress import (
    Evidence,
    Figure,
    FigureMode,
    ProgressReport,
    ReportPart,
    ReportRevision,
    figures_that_count,
)
from models.tasks import Metric

# Rows that were read before the lock may be of the wording before.
_AS_IT_IS: Final = {"populate_existing": True}


async def lock(session: Session, report_id: int) -> ProgressReport | None:
    """The report, locked until the transaction ends. Lock its task first."""
    await session.execute(
        sa.select(col(ProgressReport.id)).where(col(ProgressReport.id) == report_id).with_for_update()
    )
    return await session.get(ProgressReport, report_id, populate_existing=True)


async def of_contact(session: Session, contact_id: int, limit: int) -> Sequence[ProgressReport]:
    """A contact's last reports, the newest first, including those that they have withdrawn."""
    query = select(ProgressReport).where(ProgressReport.contact_id == contact_id)
    return (await session.exec(query.order_by(col(ProgressReport.id).desc()).limit(limit))).all()


async def last_standing(session: Session, contact_id: int) -> ProgressReport | None:
    """A contact's last report that they have not withdrawn."""
    query = (
        select(ProgressReport)
        .where(ProgressReport.contact_id == contact_id, col(ProgressReport.withdrawn).is_(False))
        .order_by(col(ProgressReport.id).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def part_at(session: Session, chat_id: int, message_id: int) -> ReportPart | None:
    return await session.get(ReportPart, (chat_id, message_id), populate_existing=True)


async def parts_of(session: Session, report_id: int) -> Sequence[ReportPart]:
    """The messages from which the report is made, in order."""
    query = select(ReportPart).where(ReportPart.report_id == report_id)
    query = query.order_by(col(ReportPart.position), col(ReportPart.message_id))
    return (await session.exec(query.execution_options(**_AS_IT_IS))).all()


async def earlier(session: Session, report_id: int) -> Sequence[ReportRevision]:
    """The earlier wordings of the report, the first one first."""
    query = select(ReportRevision).where(ReportRevision.report_id == report_id)
    return (await session.exec(query.order_by(col(ReportRevision.number)))).all()


async def figures(session: Session, report_id: int, revision: int) -> list[tuple[Figure, Metric]]:
    """The figures of one wording, whether they count or not."""
    query = (
        select(Figure, Metric)
        .join(Metric, col(Metric.id) == col(Figure.metric_id))
        .where(Figure.report_id == report_id, Figure.revision == revision)
        .order_by(col(Figure.id))
    )
    found = await session.exec(query.execution_options(**_AS_IT_IS))
    return [(figure, metric) for figure, metric in found]


async def evidence(session: Session, report_id: int, revision: int) -> Sequence[Evidence]:
    """The files of one wording, whether they count or not."""
    query = select(Evidence).where(Evidence.report_id == report_id, Evidence.revision == revision)
    return (await session.exec(query.order_by(col(Evidence.id)))).all()


async def figures_from(
    session: Session, metric_ids: Collection[int], unit_id: int, report_id: int
) -> dict[int, list[tuple[Figure, ProgressReport]]]:
    """A unit's figures that count under each metric, from one report on, in the order of the reports."""
    query = (
        select(Figure, ProgressReport)
        .join(ProgressReport, col(ProgressReport.id) == col(Figure.report_id))
        .where(
            col(Figure.metric_id).in_(metric_ids),
            Figure.revision == ProgressReport.revision,
            ProgressReport.unit_id == unit_id,
            col(ProgressReport.withdrawn).is_(False),
            col(ProgressReport.id) >= report_id,
        )
        .order_by(col(ProgressReport.id), col(Figure.id))
    )
    found: dict[int, list[tuple[Figure, ProgressReport]]] = {metric_id: [] for metric_id in metric_ids}
    for figure, report in await session.exec(query.execution_options(**_AS_IT_IS)):
        found[figure.metric_id].append((figure, report))
    return found


async def stated_under(
    session: Session, metric_id: int
) -> dict[int, list[tuple[FigureMode, Decimal, Decimal]]]:
    """By unit, (mode, number as stated, addition) of all figures that count, in the order of the reports.

    It is empty if no 累计 is among them: then each adds what it states.
    """
    totals = (
        sa.select(col(Figure.id))
        .join(ProgressReport, figures_that_count())
        .where(col(Figure.metric_id) == metric_id, col(Figure.mode) == FigureMode.CUMULATIVE)
    )
    if (await session.execute(totals.limit(1))).first() is None:
        return {}
    query = (
        sa.select(col(ProgressReport.unit_id), col(Figure.mode), col(Figure.stated), col(Figure.added))
        .join(Figure, figures_that_count())
        .where(col(Figure.metric_id) == metric_id)
        .order_by(col(ProgressReport.id), col(Figure.id))
    )
    found: dict[int, list[tuple[FigureMode, Decimal, Decimal]]] = {}
    for row in (await session.execute(query)).mappings():
        found.setdefault(row["unit_id"], []).append((row["mode"], row["stated"], row["added"]))
    return found


def keep_wording(session: Session, report: ProgressReport, *, now: datetime, contact_id: int) -> None:
    """Keep the report's present wording before it is changed."""
    if report.id is None:
        raise ValueError("a report must be flushed before it is corrected")
    session.add(
        ReportRevision(
            report_id=report.id,
            number=report.revision,
            text=report.text,
            percent=report.percent,
            latitude=report.latitude,
            longitude=report.longitude,
            place=report.place,
            withdrawn=report.withdrawn,
            ended_at=now,
            ended_by=contact_id,
        )
    )
