"""Progress reports with their wordings, figures and evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import Amount, UtcDateTime, enum_type
from models.db import Session
from models.progress.zero_covers import ZeroCover
from models.tasks import Task
from models.tasks.children import tree_of
from rules.tasks.task_lifecycle import TaskState


class ReportKind(StrEnum):
    PROGRESS = "progress"
    ZERO = "zero"


class FigureMode(StrEnum):
    """How a figure is stated: 本次新增 or 累计."""

    INCREMENT = "increment"
    CUMULATIVE = "cumulative"


class EvidenceKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    VIDEO = "video"


def _keys(named: str | None) -> tuple[str, ...]:
    return tuple(named.split(",")) if named else ()


class ProgressReport(SQLModel, table=True):
    """A report that a contact confirmed, as it stands now. A zero report for the whole unit has no task.

    ``revision`` counts its wordings; figures and evidence of earlier ones are kept under their revisions.
    ``reported_at`` is when it was first filed. ``counted_at`` is the moment at which it counts: the same, or
    for a late report the hour of the past tally that it corrects. ``about_day``: the earlier day that its
    words are about; it decides the window of a recurring report. ``named_windows``: the keys of the windows
    that it names itself, such as one shift; they decide alone. ``window_closed_at``: when the first window
    closed for which the report is late. ``withdrawn``: it was taken back and counts nowhere.
    ``filed_with``: the first report of the message that was split into several.
    """

    __tablename__ = "progress_report"
    __table_args__ = (
        sa.CheckConstraint("kind = 'zero' OR task_id IS NOT NULL", name="progress_has_task"),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name="percent_range"),
        sa.Index("ix_progress_report_unit_at", "unit_id", "counted_at"),
        sa.Index("ix_progress_report_task_at", "task_id", "counted_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    receipt_no: str = Field(max_length=20, unique=True)
    kind: ReportKind = Field(sa_type=enum_type(ReportKind, "report_kind"))
    task_id: int | None = Field(default=None, foreign_key="task.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    contact_id: int = Field(foreign_key="contact.id", index=True)
    text: str = Field(sa_type=sa.Text)
    percent: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    place: str | None = Field(default=None, max_length=255)
    late: bool = False
    revision: int = 1
    withdrawn: bool = False
    reported_at: datetime = Field(sa_type=UtcDateTime, index=True)
    counted_at: datetime = Field(sa_type=UtcDateTime, index=True)
    about_day: date | None = None
    named_windows: str | None = Field(default=None, sa_type=sa.Text)
    window_closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    filed_with: int | None = Field(default=None, foreign_key="progress_report.id")

    @property
    def windows(self) -> tuple[str, ...]:
        """The keys of the windows that the report names; empty: its day or its moment decides."""
        return _keys(self.named_windows)


class ReportArrival(NamedTuple):
    """When a report on a task came in, and the earlier day and the windows that it is about."""

    id: int
    task_id: int
    reported_at: datetime
    about_day: date | None
    windows: tuple[str, ...] = ()


class ReportRevision(SQLModel, table=True):
    """An earlier wording of a corrected report: revision ``number``, which ended at ``ended_at``."""

    __tablename__ = "report_revision"

    report_id: int = Field(foreign_key="progress_report.id", primary_key=True)
    number: int = Field(primary_key=True)
    text: str = Field(sa_type=sa.Text)
    percent: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    place: str | None = Field(default=None, max_length=255)
    withdrawn: bool = False
    ended_at: datetime = Field(sa_type=UtcDateTime)
    ended_by: int = Field(foreign_key="contact.id")


class ReportPart(SQLModel, table=True):
    """A Telegram message from which a report was made.

    An edit of the message corrects the report, and a late photo of an album finds its report by it.
    """

    __tablename__ = "report_part"

    chat_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    message_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    report_id: int = Field(foreign_key="progress_report.id", index=True)
    position: int
    text: str = Field(default="", sa_type=sa.Text)
    album: str | None = Field(default=None, max_length=64)


class Figure(SQLModel, table=True):
    """One number of a report's revision: the number as stated, and what it adds to its metric.

    ``filed_under``: the metric under which it was filed. It counts under another, ``metric_id``, after a
    merging, and returns when that is undone.
    """

    __tablename__ = "figure"
    __table_args__ = (
        sa.UniqueConstraint("report_id", "revision", "filed_under"),
        sa.Index("ix_figure_metric_report", "metric_id", "report_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="progress_report.id")
    revision: int = 1
    metric_id: int = Field(foreign_key="metric.id")
    filed_under: int = Field(foreign_key="metric.id")
    mode: FigureMode = Field(sa_type=enum_type(FigureMode, "figure_mode"))
    stated: Decimal = Field(sa_type=Amount)
    added: Decimal = Field(sa_type=Amount)
    approx: bool = False


class Evidence(SQLModel, table=True):
    """A file of a report's revision. Telegram keeps it; only its ids are ours.

    ``message_id``: the message in which it came.
    """

    __tablename__ = "evidence"

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="progress_report.id", index=True)
    revision: int = 1
    message_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    kind: EvidenceKind = Field(sa_type=enum_type(EvidenceKind, "evidence_kind"))
    file_id: str = Field(max_length=255)
    file_unique_id: str = Field(max_length=64)
    file_name: str | None = Field(default=None, max_length=255)


def figures_that_count() -> sa.ColumnElement[bool]:
    """The join of a report to its figures: those of its present wording, and none if it was withdrawn."""
    return sa.and_(
        col(Figure.report_id) == col(ProgressReport.id),
        col(Figure.revision) == col(ProgressReport.revision),
        col(ProgressReport.withdrawn).is_(False),
    )


async def last_reports(session: Session, task_id: int, limit: int = 3) -> Sequence[ProgressReport]:
    query = (
        select(ProgressReport)
        .where(ProgressReport.task_id == task_id, col(ProgressReport.withdrawn).is_(False))
        .order_by(col(ProgressReport.id).desc())
        .limit(limit)
    )
    return (await session.exec(query)).all()


async def evidence_of(session: Session, report: ProgressReport) -> Sequence[Evidence]:
    """The files of the report's present wording."""
    query = select(Evidence).where(Evidence.report_id == report.id, Evidence.revision == report.revision)
    return (await session.exec(query.order_by(col(Evidence.id)))).all()


_COUNTED_ABOVE: Final = sa.exists().where(
    col(Task.parent_id) == col(ProgressReport.task_id),
    col(Task.lead_unit_id) == col(ProgressReport.unit_id),
    col(Task.state) != TaskState.CANCELLED,
    col(Task.created_at) <= col(ProgressReport.reported_at),
)
"""Whether a unit with a part of the task let a report count for the task above (归入上级任务)."""


async def counts_above(session: Session, report: ProgressReport) -> bool:
    """Whether the report is about a task of which its unit had a part (归入上级任务)."""
    query: sa.Select[*tuple[Any, ...]] = sa.select(col(ProgressReport.id)).where(
        col(ProgressReport.id) == report.id, _COUNTED_ABOVE
    )
    return (await session.execute(query)).first() is not None


async def reports_since(session: Session, task_ids: Collection[int], since: datetime) -> list[ReportArrival]:
    """Reports on these tasks, by any unit, that stand and came in after ``since``.

    Not those of units that have a part of the task: what they owe is owed there. A zero report of a unit is
    one on each task for which it stands. Reports about a day before that of ``since`` may be left out.
    """
    # This column has an index. No report counts earlier than at the tally of the day that it is about.
    stands = (
        col(ProgressReport.reported_at) > since,
        col(ProgressReport.counted_at) > since - timedelta(days=1),
        col(ProgressReport.withdrawn).is_(False),
    )
    at = tuple(
        col(one)
        for one in (ProgressReport.reported_at, ProgressReport.about_day, ProgressReport.named_windows)
    )
    query: sa.CompoundSelect[*tuple[Any, ...]] = sa.union_all(
        sa.select(col(ProgressReport.id), col(ProgressReport.task_id), *at).where(
            col(ProgressReport.task_id).in_(task_ids), *stands, ~_COUNTED_ABOVE
        ),
        sa.select(col(ProgressReport.id), col(ZeroCover.task_id), *at)
        .join(ZeroCover, col(ZeroCover.report_id) == col(ProgressReport.id))
        .where(col(ZeroCover.task_id).in_(task_ids), *stands),
    )
    return [
        ReportArrival(
            row["id"], row["task_id"], row["reported_at"], row["about_day"], _keys(row["named_windows"])
        )
        for row in (await session.execute(query)).mappings()
    ]


async def last_arrivals(session: Session, task_ids: Collection[int], since: datetime) -> dict[int, datetime]:
    """When the last reports on each of these tasks came in that stand and count after ``since``.

    Not those of units that have a part of the task, as in ``reports_since``. A zero report of a unit is one
    on each task for which it stands.
    """
    stands = (col(ProgressReport.counted_at) > since, col(ProgressReport.withdrawn).is_(False))
    last = sa.func.max(col(ProgressReport.reported_at)).label("at")
    of_task, covered = col(ProgressReport.task_id), col(ZeroCover.task_id)
    queries: tuple[sa.Select[*tuple[Any, ...]], ...] = (
        sa.select(of_task, last).where(of_task.in_(task_ids), *stands, ~_COUNTED_ABOVE).group_by(of_task),
        sa.select(covered, last)
        .join(ProgressReport, col(ProgressReport.id) == col(ZeroCover.report_id))
        .where(covered.in_(task_ids), *stands)
        .group_by(covered),
    )
    found: dict[int, datetime] = {}
    for query in queries:
        for row in (await session.execute(query)).mappings():
            found[row["task_id"]] = max(row["at"], found.get(row["task_id"], row["at"]))
    return found


async def own_since(
    session: Session,
    kind: ReportKind,
    unit_id: int,
    task_id: int | None,
    since: datetime,
    about: date | None = None,
) -> Sequence[ProgressReport]:
    """The unit's reports of that kind on a task since a moment, the newest first.

    ``task_id`` None: zero reports of the whole unit, progress reports on any task. They are about the earlier
    day ``about``, or about none if that is None.
    """
    query = select(ProgressReport).where(
        ProgressReport.kind == kind,
        ProgressReport.unit_id == unit_id,
        ProgressReport.reported_at >= since,
        col(ProgressReport.about_day).is_not_distinct_from(about),
        col(ProgressReport.withdrawn).is_(False),
    )
    if kind is ReportKind.ZERO or task_id is not None:
        query = query.where(col(ProgressReport.task_id).is_not_distinct_from(task_id))
    return (await session.exec(query.order_by(col(ProgressReport.id).desc()))).all()


async def evidence_of_task(
    session: Session, task_id: int, *, below: Collection[int] | None = None, last: int | None = None
) -> list[tuple[Evidence, ProgressReport]]:
    """The evidence that counts for a task and for what lies below it, each with its report, the oldest first.

    It is that of present revisions of reports that were not withdrawn. ``below``: of what lies below, only
    the tasks that these units lead. ``last``: only so many, the newest.
    """
    query = select(Evidence, ProgressReport).where(*_of_task(task_id, below))
    query = query.order_by(col(ProgressReport.id).desc(), col(Evidence.id).desc()).limit(last)
    return [(evidence, report) for evidence, report in (await session.exec(query)).all()[::-1]]


async def count_evidence_of_task(
    session: Session, task_id: int, *, below: Collection[int] | None = None
) -> int:
    """How many pieces of evidence ``evidence_of_task`` would find."""
    query = sa.select(sa.func.count(col(Evidence.id))).where(*_of_task(task_id, below))
    return int((await session.execute(query)).scalar_one())


def _of_task(task_id: int, below: Collection[int] | None) -> list[sa.ColumnElement[bool]]:
    return [
        col(ProgressReport.id) == col(Evidence.report_id),
        col(ProgressReport.task_id).in_(tree_of(task_id, below)),
        col(ProgressReport.withdrawn).is_(False),
        col(Evidence.revision) == col(ProgressReport.revision),
    ]


async def count_reports_of_task(session: Session, task_id: int) -> int:
    """How many progress reports stand for a task and all that lies below it; zero reports do not count."""
    query = sa.select(sa.func.count()).where(
        col(ProgressReport.task_id).in_(tree_of(task_id)),
        col(ProgressReport.kind) == ReportKind.PROGRESS,
        col(ProgressReport.withdrawn).is_(False),
    )
    return int((await session.execute(query)).scalar_one())


async def report_of_album(
    session: Session, contact_id: int, chat_id: int, album: str
) -> ProgressReport | None:
    """The last report that stands and that a contact made in this chat from parts of this album."""
    query = (
        select(ProgressReport)
        .join(ReportPart, col(ReportPart.report_id) == col(ProgressReport.id))
        .where(
            ReportPart.chat_id == chat_id,
            ReportPart.album == album,
            ProgressReport.contact_id == contact_id,
            col(ProgressReport.withdrawn).is_(False),
        )
        .order_by(col(ProgressReport.id).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def first_wordings(session: Session, task_id: int) -> dict[int, str]:
    """The words with which each report about a task was first filed, by report id."""
    first = sa.and_(col(ReportRevision.report_id) == col(ProgressReport.id), col(ReportRevision.number) == 1)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(ProgressReport.id).label("report_id"),
            sa.func.coalesce(col(ReportRevision.text), col(ProgressReport.text)).label("text"),
        )
        .outerjoin(ReportRevision, first)
        .where(col(ProgressReport.task_id) == task_id)
    )
    return {row["report_id"]: row["text"] for row in (await session.execute(query)).mappings()}
