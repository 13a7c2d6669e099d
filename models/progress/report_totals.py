"""How many reports count, kept by day and by month, so that no tally of a long period reads every report.

Whoever files a report or takes it back changes the rows in the same transaction. All else that they count is
written with the report and never changes. A row without reports does not stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col

from models.columns import enum_type
from models.db import ColumnValues, Session
from models.inserts import insert_into
from models.progress import ProgressReport, ReportKind
from rules.progress.counted_periods import Span, day_of, first_day

SPANS: Final = (Span.DAY, Span.MONTH)
NO_TASK: Final = 0
"""Instead of the id of a task: the report of a whole unit."""


class ReportTotal(SQLModel, table=True):
    """The reports of a unit on a task that count in a span of time that begins with ``first_day``.

    ``task_id``: ``NO_TASK`` for reports of the whole unit. ``progress``, ``late`` and ``made_up`` are parts
    of ``reports``. The day and the month of a report are those of its ``counted_at`` in Beijing.
    """

    __tablename__ = "report_total"
    __table_args__ = ({"sqlite_with_rowid": False},)

    span: Span = Field(sa_type=enum_type(Span, "report_span"), primary_key=True)
    first_day: date = Field(primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    task_id: int = Field(primary_key=True)
    reports: int
    progress: int
    late: int
    made_up: int


TABLE: Final[sa.Table] = ReportTotal.__table__  # type: ignore[attr-defined]  # what SQLModel makes of the class
KEY: Final = ("span", "first_day", "unit_id", "task_id")
VALUES: Final = ("reports", "progress", "late", "made_up")


async def add(session: Session, report: ProgressReport) -> None:
    """Count a report that was just filed."""
    await _change(session, report, 1)


async def take_off(session: Session, report: ProgressReport) -> None:
    """Count a report no more that was just withdrawn."""
    await _change(session, report, -1)
    mine = (col(ReportTotal.unit_id) == report.unit_id, col(ReportTotal.task_id) == _task_of(report))
    days = [first_day(span, day_of(report.counted_at)) for span in SPANS]
    none_left = (col(ReportTotal.reports) == 0, col(ReportTotal.first_day).in_(days))
    await session.execute(sa.delete(TABLE).where(*mine, *none_left, col(ReportTotal.span).in_(SPANS)))


def _task_of(report: ProgressReport) -> int:
    return NO_TASK if report.task_id is None else report.task_id


async def _change(session: Session, report: ProgressReport, by: int) -> None:
    day = day_of(report.counted_at)
    counts = {
        "reports": by,
        "progress": by * (report.kind is ReportKind.PROGRESS),
        "late": by * report.late,
        "made_up": by * (report.counted_at < report.reported_at),
    }
    key = {"unit_id": report.unit_id, "task_id": _task_of(report)}
    rows = [{"span": span, "first_day": first_day(span, day), **key, **counts} for span in SPANS]
    connection = await session.connection()
    await connection.execute(_upsert(session.get_bind().dialect.name), rows)


@cache
def _upsert(dialect: str) -> Any:
    statement = insert_into(dialect, ReportTotal)
    added = {name: TABLE.c[name] + statement.excluded[name] for name in VALUES}
    return statement.on_conflict_do_update(index_elements=list(KEY), set_=added)


async def standing_totals(session: Session, unit_id: int) -> list[ColumnValues]:
    """The rows of a unit as its reports give them, in the order of their keys."""
    query = sa.select(ProgressReport).where(
        col(ProgressReport.unit_id) == unit_id, col(ProgressReport.withdrawn).is_(False)
    )
    found: dict[tuple[Any, ...], ColumnValues] = {}
    async for report in await session.stream_scalars(query.execution_options(yield_per=1_000)):
        for span in SPANS:
            key = (span, first_day(span, day_of(report.counted_at)), unit_id, _task_of(report))
            empty = dict(zip(KEY, key, strict=True)) | dict.fromkeys(VALUES, 0)
            row = found.setdefault(key, empty)
            row["reports"] += 1
            row["progress"] += report.kind is ReportKind.PROGRESS
            row["late"] += report.late
            row["made_up"] += report.counted_at < report.reported_at
    return [found[key] for key in sorted(found)]


async def kept_totals(session: Session, unit_id: int) -> list[ColumnValues]:
    """The rows of a unit as they are kept, in the order of their keys."""
    query = sa.select(TABLE).where(TABLE.c.unit_id == unit_id)
    rows = [dict(row) for row in (await session.execute(query)).mappings()]
    return sorted(rows, key=lambda row: tuple(row[name] for name in KEY))


async def rebuild(session: Session, unit_id: int, rows: Sequence[ColumnValues]) -> None:
    """Let exactly these rows stand for a unit."""
    await session.execute(sa.delete(TABLE).where(TABLE.c.unit_id == unit_id))
    if rows:
        await session.execute(sa.insert(TABLE), list(rows))
