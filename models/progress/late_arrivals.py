"""What counts in a period and came in after a moment: late reports, by unit and by item."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from models.columns import UtcDateTime
from models.db import Session
from models.progress import ProgressReport, period_sums
from models.progress.figure_sources import ItemTotal, item_total
from models.progress.report_selection import EVER, ReportSelection


class LateCount(NamedTuple):
    """How many reports came late, and how many of them after a second moment."""

    reports: int
    after: int


async def late_counts(session: Session, selection: ReportSelection, after: datetime) -> dict[int, LateCount]:
    """By unit, the reports that the selection leaves out because they came in after its ``came_by``.

    ``after``: the second moment. Units without any are left out.
    """
    late = sa.case((col(ProgressReport.reported_at) > sa.literal(after, UtcDateTime), 1), else_=0)
    unit_id = col(ProgressReport.unit_id)
    query: sa.Select[*tuple[Any, ...]] = sa.select(
        unit_id, sa.func.count().label("reports"), sa.func.sum(late).label("after")
    )
    query = query.where(*replace(selection, came_by=None).conditions, *_came_later(selection))
    rows = (await session.execute(query.group_by(unit_id))).mappings()
    return {found["unit_id"]: LateCount(int(found["reports"]), int(found["after"])) for found in rows}


async def late_sums(session: Session, selection: ReportSelection) -> list[ItemTotal]:
    """What these reports add, by item and unit of measure."""
    if selection.came_by is None:
        return []
    since = selection.since or EVER
    part = period_sums.came_later(selection.came_by, since, selection.until, total=1)
    return [item_total(row) for row in await period_sums.by_item(session, [part], selection, few=True)]


def _came_later(selection: ReportSelection) -> list[sa.ColumnElement[bool]]:
    if selection.came_by is None:
        return [sa.false()]
    return [col(ProgressReport.reported_at) > selection.came_by]
