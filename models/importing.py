"""Jobs: work that takes longer than an answer may. They are rows that survive a restart, with their files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type, rows_changed
from models.db import Session, ident
from models.delivery.pictures import PromisedPicture
from models.partial_indexes import partial_index
from models.written import NOTHING_DUE


class JobKind(StrEnum):
    """What a job does. ``IMPORT``: it is not known yet what the file is.

    An export and a work report begin with no file, and nobody has to confirm them. A template of work reports
    is a file that is tried and kept.
    """

    IMPORT = "import"
    IMPORT_TASKS = "import_tasks"
    IMPORT_ROSTER = "import_roster"
    IMPORT_LADDER = "import_ladder"
    IMPORT_CATEGORIES = "import_categories"
    IMPORT_POINTS = "import_points"
    IMPORT_CALENDAR = "import_calendar"
    IMPORT_ACTIVITIES = "import_activities"
    IMPORT_SECTIONS = "import_sections"
    LEDGER = "export_cases"
    WORK_REPORT = "work_report"
    REPORT_TEMPLATE = "report_template"
    TALLY_SOURCES = "tally_sources"


EXPORTS: Final = frozenset(
    {JobKind.LEDGER, JobKind.WORK_REPORT, JobKind.REPORT_TEMPLATE, JobKind.TALLY_SOURCES}
)
"""What somebody waits for. They have a line of their own, so that none of them is behind an import."""

IMPORTS: Final = frozenset(JobKind) - EXPORTS


class JobState(StrEnum):
    """The state of a job.

    ``WAITING``: the file has to be downloaded and read. ``PREVIEW``: the job waits for 确认导入.
    ``CONFIRMED``: the rows have to be written.
    """

    WAITING = "waiting"
    PREVIEW = "preview"
    CONFIRMED = "confirmed"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER: Final = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Job(SQLModel, table=True):
    """The import of a file that a person sent, or the export of a file that they asked for.

    ``attempt`` rises with each worker that takes the job, so that an older worker that still lives can write
    nothing any more. ``done`` of ``total`` rows are written. ``result`` holds the preview with the first of
    its lines; ``details_id`` is a file with all of them. ``answers``: what the office has answered about the
    file, by question; of a work report, what it is to be about. ``written`` holds the place up to which the
    file is written, and what that has made. ``message`` is the text that explains a failure. All that is
    written dates from ``confirmed_at``, however often the job was interrupted.
    """

    __tablename__ = "job"
    __table_args__ = (partial_index("ix_job_open", "id", where="state IN ('waiting', 'confirmed')"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: JobKind = Field(sa_type=enum_type(JobKind, "job_kind"))
    state: JobState = Field(default=JobState.WAITING, sa_type=enum_type(JobState, "job_state"))
    contact_id: int = Field(foreign_key="contact.id")
    chat_id: int = Field(sa_type=sa.BigInteger)
    telegram_file_id: str = Field(max_length=255)
    file_name: str = Field(max_length=255)
    source_id: int | None = Field(default=None, foreign_key="stored_file.id")
    refused_id: int | None = Field(default=None, foreign_key="stored_file.id")
    details_id: int | None = Field(default=None, foreign_key="stored_file.id")
    answers: dict[str, str] = Field(
        default_factory=dict, sa_type=sa.JSON, sa_column_kwargs={"server_default": "{}"}
    )
    attempt: int = 0
    done: int = 0
    total: int = 0
    result: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    written: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    message: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    confirmed_by: int | None = Field(default=None, foreign_key="contact.id")
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class StoredFile(SQLModel, table=True):
    """A file's bytes, kept as long as the program needs them. A large file is in ``StoredPiece`` rows."""

    __tablename__ = "stored_file"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=255)
    content: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


class StoredPiece(SQLModel, table=True):
    """A piece of a large file: nothing has to hold the whole in memory to store it."""

    __tablename__ = "stored_piece"

    file_id: int = Field(foreign_key="stored_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    content: bytes = Field(sa_type=sa.LargeBinary)


# Written out as in the partial index: SQLite does not use one for a state that is a bound parameter.
_OPEN: Final = sa.text("job.state IN ('waiting', 'confirmed')")


async def content_of(session: Session, stored_id: int) -> bytes | None:
    """A file's bytes; None if it is not kept any more."""
    file = await session.get(StoredFile, stored_id)
    if file is None or file.content:
        return None if file is None else file.content
    query = sa.select(col(StoredPiece.content)).where(col(StoredPiece.file_id) == stored_id)
    pieces = await session.execute(query.order_by(col(StoredPiece.number)))
    return b"".join(pieces.scalars())


async def store(session: Session, name: str, content: bytes, now: datetime) -> int:
    """Keep a file and return its id."""
    file = StoredFile(name=name[-255:], content=content, created_at=now)
    session.add(file)
    await session.flush()
    return ident(file)


async def store_pieces(session: Session, name: str, pieces: Iterable[bytes], now: datetime) -> int:
    """Keep a large file, piece by piece, and return its id."""
    stored_id = await store(session, name, b"", now)
    for number, content in enumerate(pieces):
        values = {"file_id": stored_id, "number": number, "content": content}
        await session.execute(sa.insert(StoredPiece).values(values))
    return stored_id


async def locked(session: Session, job_id: int) -> Job | None:
    """The job as it is stored now, locked until the transaction ends."""
    query = select(Job).where(Job.id == job_id).with_for_update().execution_options(populate_existing=True)
    return (await session.exec(query)).first()


async def next_open(
    session: Session, resting: Collection[int], kinds: Collection[JobKind] = frozenset(JobKind)
) -> Job | None:
    """The oldest job of these kinds that a worker has to do, except those that rest.

    Ledgers and reports, which may wait, come after all others.
    """
    query = select(Job).where(_OPEN, col(Job.kind).in_(kinds), col(Job.id).not_in(resting))
    may_wait = col(Job.kind).in_((JobKind.LEDGER, JobKind.WORK_REPORT))
    return (await session.exec(query.order_by(may_wait, col(Job.id)).limit(1))).first()


async def open_with_file(session: Session, chat_id: int, telegram_file_id: str) -> Job | None:
    """The job about this very file that is not over yet."""
    query = select(Job).where(
        Job.chat_id == chat_id, Job.telegram_file_id == telegram_file_id, col(Job.state).not_in(OVER)
    )
    return (await session.exec(query)).first()


async def open_exports(session: Session, kind: JobKind, contact_id: int) -> Sequence[Job]:
    """The exports that the contact has asked for and has not got yet."""
    query = select(Job).where(_OPEN, Job.kind == kind, Job.contact_id == contact_id)
    return (await session.exec(query.order_by(col(Job.id)))).all()


async def claim(session: Session, job: Job) -> bool:
    """Raise the attempt, so that an earlier worker writes nothing any more. False: the job has moved on."""
    return await hold(session, job.id, job.attempt, job.state, attempt=job.attempt + 1)


async def hold(session: Session, job_id: int | None, worker: int, state: JobState, /, **values: Any) -> bool:
    """Write to a job as its ``worker`` (the number of the attempt); False if it is not theirs any more.

    This also locks the job until the transaction ends.
    """
    held = await session.execute(
        sa.update(Job)
        .where(col(Job.id) == job_id, col(Job.attempt) == worker, col(Job.state) == state)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(held) == 1


async def move(session: Session, job_id: int, old: JobState, new: JobState, **values: Any) -> bool:
    """Change a job's state for a person, guarded; False if somebody was first."""
    moved = await session.execute(
        sa.update(Job)
        .where(col(Job.id) == job_id, col(Job.state) == old)
        .values(state=new, **values)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(moved) == 1


async def end_all(session: Session, message: dict[str, Any], now: datetime) -> Sequence[int]:
    """Let every open job fail with this message; returns their ids."""
    ended = (await session.execute(sa.select(col(Job.id)).where(col(Job.state).not_in(OVER)))).scalars().all()
    failed = {"state": JobState.FAILED, "message": message, "updated_at": now}
    over = sa.update(Job).where(col(Job.id).in_(ended)).values(attempt=col(Job.attempt) + 1, **failed)
    await session.execute(over.execution_options(synchronize_session=False))
    return ended


async def forgotten_previews(session: Session, before: datetime) -> Sequence[Job]:
    """Previews that nobody has confirmed since ``before``."""
    query = select(Job).where(Job.state == JobState.PREVIEW, Job.updated_at < before)
    return (await session.exec(query.order_by(col(Job.id)))).all()


async def delete_files(session: Session, before: datetime) -> int:
    """Delete old files that no open job needs; the jobs themselves stay."""
    needed = [
        sa.select(column).where(col(Job.state).not_in(OVER), column.is_not(None))
        for column in (col(Job.source_id), col(Job.refused_id), col(Job.details_id))
    ]
    query = sa.select(col(StoredFile.id)).where(
        col(StoredFile.created_at) < before, *(col(StoredFile.id).not_in(ids) for ids in needed)
    )
    old = (await session.execute(query)).scalars().all()
    for column in ("source_id", "refused_id", "details_id"):
        forget = sa.update(Job).where(col(getattr(Job, column)).in_(old)).values({column: None})
        await session.execute(forget.execution_options(synchronize_session=False))
    drawn = sa.update(PromisedPicture).where(col(PromisedPicture.file_id).in_(old)).values(file_id=None)
    await session.execute(drawn.execution_options(synchronize_session=False, **NOTHING_DUE))
    await session.execute(sa.delete(StoredPiece).where(col(StoredPiece.file_id).in_(old)))
    return rows_changed(await session.execute(sa.delete(StoredFile).where(col(StoredFile.id).in_(old))))
