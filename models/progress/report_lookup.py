"""Looks up a report by its number, and the last reports of units."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.progress import ProgressReport, ReportKind, ReportPart
from models.progress.report_selection import ReportSelection
from models.progress.zero_covers import ZeroCover


class CountedPart(StrEnum):
    """A part of the reports that a tally counts: 零报告, reports on overdue tasks, 补报."""

    ZERO = "zero"
    LATE = "late"
    MADE_UP = "made_up"


_IN_PART: Final = {
    CountedPart.ZERO: col(ProgressReport.kind) == ReportKind.ZERO,
    CountedPart.LATE: col(ProgressReport.late),
    CountedPart.MADE_UP: col(ProgressReport.counted_at) < col(ProgressReport.reported_at),
}


async def report_by_number(session: Session, receipt_no: str) -> ProgressReport | None:
    query = select(ProgressReport).where(ProgressReport.receipt_no == receipt_no)
    return (await session.exec(query)).first()


async def first_counted(session: Session) -> datetime | None:
    """When the first report counts that stands; None: there is none."""
    at = col(ProgressReport.counted_at)
    query = sa.select(at).where(col(ProgressReport.withdrawn).is_(False)).order_by(at).limit(1)
    return (await session.execute(query)).scalar()


async def selected(
    session: Session,
    selection: ReportSelection,
    limit: int,
    offset: int,
    part: CountedPart | None = None,
) -> Sequence[ProgressReport]:
    """A page of the reports of a selection, or of a part of it, those first that count last."""
    query = select(ProgressReport).where(*selection.conditions)
    if part is not None:
        query = query.where(_IN_PART[part])
    query = query.order_by(col(ProgressReport.counted_at).desc(), col(ProgressReport.id).desc())
    return (await session.exec(query.limit(limit).offset(offset))).all()


_LAST: Final = 5


@cache
def _last_messages() -> sa.Select[*tuple[Any, ...]]:
    own = sa.select(ProgressReport).where(col(ProgressReport.contact_id) == sa.bindparam("contact"))
    last = own.order_by(col(ProgressReport.id).desc()).limit(_LAST).subquery()
    return (
        sa.select(col(ReportPart.text), last.c.receipt_no, last.c.reported_at, last.c.task_id)
        .join(last, last.c.id == col(ReportPart.report_id))
        .where(last.c.withdrawn.is_(False))
    )


async def last_messages(session: Session, contact_id: int) -> list[tuple[str, str, datetime, int | None]]:
    """The messages of a contact's last reports that stand.

    Each is (words, receipt number, when it was filed, id of the task).
    """
    found = (await session.execute(_last_messages(), {"contact": contact_id})).mappings()
    return [(row["text"], row["receipt_no"], row["reported_at"], row["task_id"]) for row in found]


async def filed_together(
    session: Session, report: ProgressReport, *, withdrawn: bool = False
) -> Sequence[ProgressReport]:
    """The other reports that were made of the same message, the oldest first.

    Without ``withdrawn`` they are those that stand.
    """
    first = report.id if report.filed_with is None else report.filed_with
    query = select(ProgressReport).where(
        # The author bounds the search, for hardly any report was filed with another.
        ProgressReport.contact_id == report.contact_id,
        sa.or_(col(ProgressReport.id) == first, col(ProgressReport.filed_with) == first),
        col(ProgressReport.id) != report.id,
    )
    if not withdrawn:
        query = query.where(col(ProgressReport.withdrawn).is_(False))
    return (await session.exec(query.order_by(col(ProgressReport.id)))).all()


async def reported_since(session: Session, task_ids: Collection[int], since: datetime) -> set[int]:
    """Those of the tasks on which a report was made since then that stands; a 零报告 of the unit counts."""
    fresh = sa.and_(col(ProgressReport.reported_at) >= since, col(ProgressReport.withdrawn).is_(False))
    own = sa.select(col(ProgressReport.task_id)).where(fresh, col(ProgressReport.task_id).in_(task_ids))
    covered = (
        sa.select(col(ZeroCover.task_id))
        .join(ProgressReport, col(ProgressReport.id) == col(ZeroCover.report_id))
        .where(fresh, col(ZeroCover.task_id).in_(task_ids))
    )
    return set((await session.execute(own.union(covered))).scalars())


async def last_report_of_unit(session: Session, unit_id: int) -> ProgressReport | None:
    query = (
        select(ProgressReport)
        .where(ProgressReport.unit_id == unit_id, col(ProgressReport.withdrawn).is_(False))
        .order_by(col(ProgressReport.reported_at).desc(), col(ProgressReport.id).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()
