"""The figures that a unit has filed about a day, beside which the numbers of an entry of the log are put."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from models.db import Session
from models.progress import Figure, ProgressReport, figures_that_count
from models.tasks import Metric
from rules.progress.counted_periods import moments_of

# A report about an earlier day counts when it is made, which is seldom much later.
_LATER: Final = timedelta(days=31)


class FiledNumber(NamedTuple):
    """What a report states: ``stated`` of ``unit`` under ``item``, the name of its metric."""

    report_id: int
    receipt_no: str
    item: str
    unit: str
    stated: Decimal
    approx: bool
    counted_at: datetime


def filed_query(unit_id: int, day: date) -> sa.Select[*tuple[Any, ...]]:
    """The query of ``filed_about``. It is a function of its own, so that a test can look at its plan."""
    moments = moments_of(day)
    counted, about = col(ProgressReport.counted_at), col(ProgressReport.about_day)
    of_day = sa.or_(about == day, sa.and_(about.is_(None), counted <= moments.until))
    return (
        sa.select(
            col(ProgressReport.id).label("report_id"),
            col(ProgressReport.receipt_no),
            col(Metric.item),
            col(Metric.unit),
            col(Figure.stated),
            col(Figure.approx),
            col(ProgressReport.counted_at),
        )
        .join(Figure, figures_that_count())
        .join(Metric, col(Metric.id) == col(Figure.filed_under))
        .where(
            col(ProgressReport.unit_id) == unit_id,
            counted > moments.after,
            counted <= moments.until + _LATER,
            of_day,
        )
        .order_by(col(ProgressReport.id), col(Figure.id))
    )


async def filed_about(session: Session, unit_id: int, day: date) -> Sequence[FiledNumber]:
    """The figures that count of the unit's reports about that day, the first report first."""
    rows = (await session.execute(filed_query(unit_id, day))).mappings()
    return [FiledNumber(**row) for row in rows]
