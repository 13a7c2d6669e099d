"""Progress reports, their figures and evidence, and the half-made ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import Amount, UtcDateTime, enum_type, from_scaled
from models.db import Session
from models.tasks import Metric


class ReportKind(StrEnum):
    PROGRESS = "progress"
    ZERO = "zero"


class FigureMode(StrEnum):
    """本次新增 or 累计."""

    INCREMENT = "increment"
    CUMULATIVE = "cumulative"


class EvidenceKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    VIDEO = "video"


class ProgressReport(SQLModel, table=True):
    """What a contact confirmed, as it stands now. A zero report may stand for the whole unit: then it has no
    task.

    ``revision`` counts its wordings; the figures and the evidence of earlier ones are kept under theirs.
    ``reported_at`` is when it was first filed, ``counted_at`` the moment at which it counts: the same, or
    for a late one the hour of the past tally that it corrects. ``withdrawn``: taken back, it counts nowhere.
    """

    __tablename__ = "progress_report"
    __table_args__ = (
        sa.CheckConstraint("kind = 'zero' OR task_id IS NOT NULL", name="progress_has_task"),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name="percent_range"),
        sa.Index("ix_progress_report_unit_at", "unit_id", "counted_at"),
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
    reported_at: datetime = Field(sa_type=UtcDateTime)
    counted_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ReportRevision(SQLModel, table=True):
    """How a report read before it was corrected: revision ``number``, which ended at ``ended_at``."""

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
    """A Telegram message that a report was made from, so that editing the message corrects the report, and
    so that a photo of an album that comes late finds it."""

    __tablename__ = "report_part"

    chat_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    message_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    report_id: int = Field(foreign_key="progress_report.id", index=True)
    position: int
    text: str = Field(default="", sa_type=sa.Text)
    album: str | None = Field(default=None, max_length=64)


class Figure(SQLModel, table=True):
    """One number of a report's revision: as stated, and what it adds to its metric."""

    __tablename__ = "figure"
    __table_args__ = (sa.UniqueConstraint("report_id", "revision", "metric_id"),)

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="progress_report.id")
    revision: int = 1
    metric_id: int = Field(foreign_key="metric.id", index=True)
    mode: FigureMode = Field(sa_type=enum_type(FigureMode, "figure_mode"))
    stated: Decimal = Field(sa_type=Amount)
    added: Decimal = Field(sa_type=Amount)
    approx: bool = False


class Evidence(SQLModel, table=True):
    """A file of a report's revision, kept by Telegram; only its ids are ours. ``message_id``: the message in
    which it came."""

    __tablename__ = "evidence"

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="progress_report.id", index=True)
    revision: int = 1
    message_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    kind: EvidenceKind = Field(sa_type=enum_type(EvidenceKind, "evidence_kind"))
    file_id: str = Field(max_length=255)
    file_unique_id: str = Field(max_length=64)
    file_name: str | None = Field(default=None, max_length=255)


class Draft(SQLModel, table=True):
    """A half-made report, or a half-made correction of ``report_id``. It lives here so that it survives a
    restart; one per contact and chat.

    ``card_due_at``: when its card is to be shown because the parts of an album have come in, by the system's
    clock, for it is Telegram's pace that is waited for. ``card_message_id``: the card that is out.
    """

    __tablename__ = "draft"
    __table_args__ = (
        sa.UniqueConstraint("contact_id", "chat_id"),
        # Nearly always there is none.
        sa.Index(
            "ix_draft_card_due",
            "card_due_at",
            sqlite_where=sa.text("card_due_at IS NOT NULL"),
            postgresql_where=sa.text("card_due_at IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id")
    chat_id: int = Field(sa_type=sa.BigInteger)
    thread_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    task_id: int | None = Field(default=None, foreign_key="task.id")
    report_id: int | None = Field(default=None, foreign_key="progress_report.id")
    revision: int = 0
    awaiting_text: bool = False
    text: str = Field(default="", sa_type=sa.Text)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    card_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    card_message_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Counter(SQLModel, table=True):
    """Running numbers, e.g. of one day's receipts; never reused."""

    __tablename__ = "counter"

    name: str = Field(max_length=64, primary_key=True)
    value: int


@dataclass(frozen=True, slots=True)
class FigureSource:
    """A figure with what it was summed from: report, metric and unit."""

    item: str
    measure: str
    added: Decimal
    approx: bool
    report_id: int
    receipt_no: str
    unit_id: int
    task_id: int
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class QuantitySum:
    """One item and unit of measure over all tasks: in total, and in the period; about so or exactly."""

    item: str
    measure: str
    total: Decimal
    added: Decimal
    approx: bool
    added_approx: bool


def _figures_that_count() -> sa.ColumnElement[bool]:
    """Joins a report to its figures: those of its present wording, and none if it was withdrawn."""
    return sa.and_(
        col(Figure.report_id) == col(ProgressReport.id),
        col(Figure.revision) == col(ProgressReport.revision),
        col(ProgressReport.withdrawn).is_(False),
    )


async def quantity_sums(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    unit_ids: Collection[int] | None = None,
    by_arrival: bool = False,
) -> list[QuantitySum]:
    """Sums of all figures that count up to ``until`` and of those in (since, until], in the order in which
    the items were first reported. ``by_arrival``: the period is that of their coming in."""
    amount = sa.type_coerce(col(Figure.added), sa.BigInteger)
    in_period = _moment(by_arrival) > since
    about = col(Figure.approx).is_(True)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Metric.item),
            col(Metric.unit).label("measure"),
            sa.func.sum(amount).label("total"),
            sa.func.sum(sa.case((in_period, amount), else_=0)).label("added"),
            sa.func.max(sa.case((about, 1), else_=0)).label("approx"),
            sa.func.max(sa.case((sa.and_(about, in_period), 1), else_=0)).label("added_approx"),
        )
        .join(Figure, col(Figure.metric_id) == col(Metric.id))
        .join(ProgressReport, _figures_that_count())
        .where(_moment(by_arrival) <= until)
        .group_by(col(Metric.item), col(Metric.unit))
        .order_by(sa.func.min(col(Figure.id)))
    )
    if unit_ids is not None:
        query = query.where(col(ProgressReport.unit_id).in_(unit_ids))
    return [
        QuantitySum(
            row["item"],
            row["measure"],
            from_scaled(int(row["total"])),
            from_scaled(int(row["added"])),
            bool(row["approx"]),
            bool(row["added_approx"]),
        )
        for row in (await session.execute(query)).mappings().all()
    ]


def _moment(by_arrival: bool) -> Any:
    return col(ProgressReport.reported_at if by_arrival else ProgressReport.counted_at)


async def next_number(session: Session, name: str) -> int:
    """The next running number under ``name``, from 1; gaps only where a transaction rolled back."""
    bumped = await session.execute(
        sa.text(
            "INSERT INTO counter (name, value) VALUES (:name, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value"
        ),
        {"name": name},
    )
    return int(bumped.scalar_one())


async def draft_of(session: Session, contact_id: int, chat_id: int) -> Draft | None:
    query = select(Draft).where(Draft.contact_id == contact_id, Draft.chat_id == chat_id)
    return (await session.exec(query)).first()


async def metric_totals(
    session: Session, metric_ids: Collection[int], unit_id: int | None = None, *, before: int | None = None
) -> dict[int, Decimal]:
    """Sum of what was added under each metric, by one unit or by all; ``before``: by reports with a smaller
    id."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Figure.metric_id),
            sa.func.sum(sa.type_coerce(col(Figure.added), sa.BigInteger)).label("total"),
        )
        .join(ProgressReport, _figures_that_count())
        .where(col(Figure.metric_id).in_(metric_ids))
        .group_by(col(Figure.metric_id))
    )
    if unit_id is not None:
        query = query.where(col(ProgressReport.unit_id) == unit_id)
    if before is not None:
        query = query.where(col(ProgressReport.id) < before)
    rows = (await session.execute(query)).mappings().all()
    return {row["metric_id"]: from_scaled(int(row["total"])) for row in rows}


async def figure_sources(
    session: Session,
    *,
    until: datetime,
    since: datetime | None = None,
    unit_ids: Collection[int] | None = None,
    task_id: int | None = None,
) -> list[FigureSource]:
    """Every figure that counts in (since, until], oldest first, each with its report."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Metric.item),
            col(Metric.unit).label("measure"),
            col(Figure.added),
            col(Figure.approx),
            col(ProgressReport.id).label("report_id"),
            col(ProgressReport.receipt_no),
            col(ProgressReport.unit_id),
            col(Metric.task_id),
            col(ProgressReport.reported_at),
        )
        .join(Figure, col(Figure.metric_id) == col(Metric.id))
        .join(ProgressReport, _figures_that_count())
        .where(col(ProgressReport.counted_at) <= until)
        .order_by(col(ProgressReport.id), col(Figure.id))
    )
    if since is not None:
        query = query.where(col(ProgressReport.counted_at) > since)
    if unit_ids is not None:
        query = query.where(col(ProgressReport.unit_id).in_(unit_ids))
    if task_id is not None:
        query = query.where(col(Metric.task_id) == task_id)
    return [FigureSource(**row) for row in (await session.execute(query)).mappings().all()]


async def reports_between(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    unit_ids: Collection[int] | None = None,
    by_arrival: bool = False,
) -> Sequence[ProgressReport]:
    """The reports that count in (since, until], or came in then; withdrawn ones are in no period."""
    at = _moment(by_arrival)
    query = (
        select(ProgressReport)
        .where(at > since, at <= until, col(ProgressReport.withdrawn).is_(False))
        .order_by(col(ProgressReport.id))
    )
    if unit_ids is not None:
        query = query.where(col(ProgressReport.unit_id).in_(unit_ids))
    return (await session.exec(query)).all()


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


async def zero_report_since(
    session: Session, unit_id: int, task_id: int | None, since: datetime
) -> ProgressReport | None:
    """The unit's zero report for that task (None: for the whole unit) since a moment."""
    query = select(ProgressReport).where(
        ProgressReport.kind == ReportKind.ZERO,
        ProgressReport.unit_id == unit_id,
        col(ProgressReport.task_id).is_not_distinct_from(task_id),
        ProgressReport.counted_at >= since,
        col(ProgressReport.withdrawn).is_(False),
    )
    return (await session.exec(query)).first()


async def figures_of_report(
    session: Session, report: ProgressReport
) -> list[tuple[str, str, Decimal, Decimal]]:
    """(item, unit of measure, what its present wording adds, the metric's total of all units)."""
    query = (
        select(Figure, Metric)
        .join(Metric, col(Metric.id) == col(Figure.metric_id))
        .where(Figure.report_id == report.id, Figure.revision == report.revision)
        .order_by(col(Figure.id))
    )
    rows = (await session.exec(query)).all()
    totals = await metric_totals(session, [figure.metric_id for figure, _ in rows])
    return [(metric.item, metric.unit, figure.added, totals[figure.metric_id]) for figure, metric in rows]


async def repoint_drafts(session: Session, old: int, new: int, due: datetime) -> None:
    """A group became a supergroup: half-made reports go on there, and their cards are shown there, at
    ``due``. One that was begun there meanwhile stays."""
    begun = sa.select(col(Draft.contact_id)).where(col(Draft.chat_id) == new)
    await session.execute(
        sa.update(Draft)
        .where(col(Draft.chat_id) == old, col(Draft.contact_id).not_in(begun))
        .values(chat_id=new, thread_id=None, card_message_id=None, card_due_at=due)
        .execution_options(synchronize_session=False)
    )


async def evidence_of_task(session: Session, task_id: int) -> list[tuple[Evidence, ProgressReport]]:
    """The evidence that counts for a task, each with its report: of present revisions that were not
    withdrawn, oldest first."""
    query = (
        select(Evidence, ProgressReport)
        .join(ProgressReport, col(ProgressReport.id) == col(Evidence.report_id))
        .where(
            ProgressReport.task_id == task_id,
            col(ProgressReport.withdrawn).is_(False),
            Evidence.revision == ProgressReport.revision,
        )
        .order_by(col(ProgressReport.id), col(Evidence.id))
    )
    return [(evidence, report) for evidence, report in await session.exec(query)]


async def count_reports_of_task(session: Session, task_id: int) -> int:
    """How many progress reports stand for a task; zero reports and withdrawn ones do not."""
    query = sa.select(sa.func.count()).where(
        col(ProgressReport.task_id) == task_id,
        col(ProgressReport.kind) == ReportKind.PROGRESS,
        col(ProgressReport.withdrawn).is_(False),
    )
    return int((await session.execute(query)).scalar_one())


async def drafts_about(session: Session, contact_id: int, task_id: int) -> Sequence[Draft]:
    """What a contact has begun about a task, in whatever chat."""
    query = select(Draft).where(Draft.contact_id == contact_id, Draft.task_id == task_id)
    return (await session.exec(query)).all()


async def cards_to_come(session: Session) -> list[tuple[int, datetime]]:
    """Drafts whose cards are to be shown, now or soon: (id, when), the first due first."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(Draft.id), col(Draft.card_due_at))
        .where(col(Draft.card_due_at).is_not(None))
        .order_by(col(Draft.card_due_at))
    )
    rows = (await session.execute(query)).mappings().all()
    return [(row["id"], row["card_due_at"]) for row in rows]


async def note_card(session: Session, draft_id: int, message_id: int, due: datetime | None) -> None:
    """A draft's card is out. It need not be shown any more, unless a part has come in since ``due``."""
    done = sa.case((col(Draft.card_due_at) == due, None), else_=col(Draft.card_due_at))
    await session.execute(
        sa.update(Draft)
        .where(col(Draft.id) == draft_id)
        .values(card_message_id=message_id, **({} if due is None else {"card_due_at": done}))
        .execution_options(synchronize_session=False)
    )


async def report_of_album(
    session: Session, contact_id: int, chat_id: int, album: str
) -> ProgressReport | None:
    """The last report that a contact made from parts of this album here, if it stands."""
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


async def last_added(
    session: Session, metric_ids: Collection[int], unit_id: int, limit: int = 5
) -> dict[int, list[Decimal]]:
    """What a unit's last reports added under each metric, newest first; metrics without any are left out."""
    newest = sa.func.row_number().over(
        partition_by=col(Figure.metric_id),
        order_by=(col(ProgressReport.counted_at).desc(), col(Figure.id).desc()),
    )
    ranked = (
        sa.select(col(Figure.metric_id), col(Figure.added), newest.label("place"))
        .join(ProgressReport, col(ProgressReport.id) == col(Figure.report_id))
        .where(
            col(Figure.metric_id).in_(metric_ids),
            col(ProgressReport.unit_id) == unit_id,
            col(Figure.revision) == col(ProgressReport.revision),
            col(ProgressReport.withdrawn).is_(False),
        )
        .subquery()
    )
    query = sa.select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.metric_id, ranked.c.place)
    last: dict[int, list[Decimal]] = {}
    for row in (await session.execute(query)).mappings():
        last.setdefault(row["metric_id"], []).append(row["added"])
    return last


async def move_draft(session: Session, contact_id: int, old_chat: int, new_chat: int) -> None:
    """A contact has another account: what he has not finished goes along, unless there is something already.
    Its card stays behind in the old chat."""
    there = sa.select(col(Draft.id)).where(
        col(Draft.contact_id) == contact_id, col(Draft.chat_id) == new_chat
    )
    if (await session.execute(there)).first() is None:
        await session.execute(
            sa.update(Draft)
            .where(col(Draft.contact_id) == contact_id, col(Draft.chat_id) == old_chat)
            .values(chat_id=new_chat, card_message_id=None)
        )


async def first_wordings(session: Session, task_id: int) -> dict[int, str]:
    """The words in which each report about a task was first filed, by report id."""
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


async def drafts_of(session: Session, contact_id: int) -> Sequence[Draft]:
    """All that a contact has not finished, in whatever chat."""
    return (
        await session.exec(select(Draft).where(Draft.contact_id == contact_id).order_by(col(Draft.id)))
    ).all()
