"""Looks up a report by its number, and the last reports of units."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.progress import ProgressReport


async def report_by_number(session: Session, receipt_no: str) -> ProgressReport | None:
    query = select(ProgressReport).where(ProgressReport.receipt_no == receipt_no)
    return (await session.exec(query)).first()


async def last_reported(session: Session) -> dict[int, datetime]:
    """When each unit last made a report that stands; a 零报告 counts too."""
    query = (
        sa.select(col(ProgressReport.unit_id), sa.func.max(col(ProgressReport.reported_at)).label("last"))
        .where(col(ProgressReport.withdrawn).is_(False))
        .group_by(col(ProgressReport.unit_id))
    )
    return {row["unit_id"]: row["last"] for row in (await session.execute(query)).mappings()}


async def last_report_of_unit(session: Session, unit_id: int) -> ProgressReport | None:
    query = (
        select(ProgressReport)
        .where(ProgressReport.unit_id == unit_id, col(ProgressReport.withdrawn).is_(False))
        .order_by(col(ProgressReport.reported_at).desc(), col(ProgressReport.id).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()
