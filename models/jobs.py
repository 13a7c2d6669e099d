"""Work that takes longer than an answer may: rows that survive a restart, and the files they work on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, enum_type
from models.db import Session


class JobKind(StrEnum):
    """``IMPORT``: not known yet whether a file is a breakdown or a roster."""

    IMPORT = "import"
    IMPORT_TASKS = "import_tasks"
    IMPORT_ROSTER = "import_roster"


class JobState(StrEnum):
    """``waiting``: to be downloaded and read; ``preview``: waits for 确认导入; ``confirmed``: to be
    written."""

    WAITING = "waiting"
    PREVIEW = "preview"
    CONFIRMED = "confirmed"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(SQLModel, table=True):
    """A file that somebody sent to be imported.

    ``attempt`` rises with each worker that takes the job: an older worker that still lives can write
    nothing any more. ``done`` of ``total`` rows are written. ``result`` holds the counts of the preview;
    ``message`` what is to be said of a failure, as a text.
    """

    __tablename__ = "job"
    __table_args__ = (
        sa.Index(
            "ix_job_open",
            "id",
            sqlite_where=sa.text("state IN ('waiting', 'confirmed')"),
            postgresql_where=sa.text("state IN ('waiting', 'confirmed')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: JobKind = Field(sa_type=enum_type(JobKind, "job_kind"))
    state: JobState = Field(default=JobState.WAITING, sa_type=enum_type(JobState, "job_state"))
    contact_id: int = Field(foreign_key="contact.id")
    chat_id: int = Field(sa_type=sa.BigInteger)
    telegram_file_id: str = Field(max_length=255)
    file_name: str = Field(max_length=255)
    source_id: int | None = Field(default=None, foreign_key="stored_file.id")
    refused_id: int | None = Field(default=None, foreign_key="stored_file.id")
    attempt: int = 0
    done: int = 0
    total: int = 0
    result: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    message: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class StoredFile(SQLModel, table=True):
    """A file's bytes, for as long as something is to be done with them."""

    __tablename__ = "stored_file"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=255)
    content: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


async def content_of(session: Session, stored_id: int) -> bytes | None:
    """A file's bytes; None when it is kept no more."""
    file = await session.get(StoredFile, stored_id)
    return None if file is None else file.content
