"""What the office has decided about tallies and digests before they go out, and the previews that show it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session
from models.delivery.live_messages import LiveKind, LiveMessage, live_message
from models.delivery.messages import Outbox
from models.inserts import insert_once

LONGEST_REMARK: Final = 200
# What is older has long been out; whoever presses it is told so.
_FOLLOWED: Final = timedelta(days=2)


class PushNote(SQLModel, table=True):
    """The 按语 of a slot, and whether its messages are held back.

    ``slot_key``: that of a day's tally, whatever hours the groups have, or of a week's or a month's digest.
    """

    __tablename__ = "push_note"

    slot_key: str = Field(max_length=40, primary_key=True)
    remark: str | None = Field(default=None, max_length=LONGEST_REMARK)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_by: int | None = Field(default=None, foreign_key="contact.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: int = Field(foreign_key="contact.id")


async def notes_of(session: Session, slot_keys: Collection[str]) -> Mapping[str, PushNote]:
    """The notes of these slots by their keys, as they are now."""
    query = select(PushNote).where(col(PushNote.slot_key).in_(slot_keys))
    rows = await session.exec(query.execution_options(populate_existing=True))
    return {row.slot_key: row for row in rows}


async def note_of(session: Session, slot_key: str) -> PushNote | None:
    return (await notes_of(session, [slot_key])).get(slot_key)


async def locked_note(session: Session, slot_key: str, *, by: int, now: datetime) -> PushNote:
    """The note of a slot, locked until the commit. It is made if there is none."""
    empty: dict[str, Any] = {"remark": None, "stopped_at": None, "stopped_by": None}
    row = {"slot_key": slot_key, **empty, "changed_at": now, "changed_by": by}
    await insert_once(session, PushNote, [row])
    return await session.get_one(PushNote, slot_key, populate_existing=True, with_for_update=True)


def preview_key(slot_key: str, contact_id: int, opened: str = "") -> str:
    """The key of a preview's message. ``opened``: when its reader asked for it; "": it came by itself."""
    return f"{_prefix(slot_key)}{contact_id}{opened}"


def _prefix(slot_key: str) -> str:
    return f"{slot_key}/preview:"


async def touch_previews(session: Session, slot_key: str) -> None:
    """Mark the previews of a slot dirty: what they show has changed."""
    await _touch(session, col(Outbox.dedupe_key).startswith(_prefix(slot_key), autoescape=True))


async def touch_recent(session: Session, now: datetime) -> None:
    """Mark the previews of late dirty: an hour has come, or groups have changed, so they read differently."""
    await _touch(session, col(Outbox.created_at) >= now - _FOLLOWED)


async def _touch(session: Session, which: sa.ColumnElement[bool]) -> None:
    shown = sa.select(col(LiveMessage.subject_id)).where(col(LiveMessage.kind) == LiveKind.PREVIEW)
    promised = sa.select(col(Outbox.id)).where(col(Outbox.id).in_(shown), which)
    there = sa.select(col(LiveMessage.id)).where(
        col(LiveMessage.kind) == LiveKind.PREVIEW, col(LiveMessage.subject_id).in_(promised)
    )
    # Ticks touch the same rows at the same moment, so all lock them in one order.
    found = (await session.execute(there.order_by(col(LiveMessage.id)).with_for_update())).scalars().all()
    touched = sa.update(LiveMessage).where(col(LiveMessage.id).in_(found))
    values = {"dirty": True, "version": col(LiveMessage.version) + 1}
    await session.execute(touched.values(**values).execution_options(synchronize_session=False))


async def changed_since_shown(session: Session, outbox_id: int, slot_key: str) -> bool:
    """Whether the note of a slot has changed since a preview of it was rendered."""
    row, note = await live_message(session, LiveKind.PREVIEW, outbox_id), await note_of(session, slot_key)
    return row is not None and (row.content or {}).get("note") != stamp_of(note)


def stamp_of(note: PushNote | None) -> str | None:
    """What tells one state of a note from the next."""
    return None if note is None else note.changed_at.isoformat()
