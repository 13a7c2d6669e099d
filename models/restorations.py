"""Restorations: from which backup the database came, and when. What was between the two moments is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session

RESTORED: Final = "Restored"
"""The error of a message and of an update that a restore holds: the lost program may have seen to it."""


class Restoration(SQLModel, table=True):
    """A backup of ``backed_up_at`` became this database at ``restored_at``."""

    __tablename__ = "restoration"

    id: int | None = Field(default=None, primary_key=True)
    backed_up_at: datetime = Field(sa_type=UtcDateTime)
    restored_at: datetime = Field(sa_type=UtcDateTime)


async def is_lost(session: Session, moment: datetime) -> bool:
    """Whether what was said at that moment was lost, because a restore went back behind it."""
    # Telegram's moments are whole seconds.
    moment += timedelta(seconds=1)
    query = select(Restoration.id).where(
        col(Restoration.backed_up_at) < moment, col(Restoration.restored_at) > moment
    )
    return (await session.exec(query.limit(1))).first() is not None
