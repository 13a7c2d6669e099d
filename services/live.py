"""Messages that edit themselves: a row says what is shown where, a flag that it has to be looked at again."""

from __future__ import annotations

from models import messages
from models.db import Session
from models.messages import LiveKind, LiveMessage


async def show(
    session: Session, kind: LiveKind, subject_id: int, *, chat: tuple[int, int | None]
) -> LiveMessage:
    """The live message about a subject in a chat (id, topic), made if there is none; dirty from now on."""
    row = await messages.live_message(session, kind, subject_id)
    if row is None:
        row = LiveMessage(kind=kind, subject_id=subject_id, chat_id=chat[0], thread_id=chat[1])
    elif (row.chat_id, row.thread_id) != chat:
        row.chat_id, row.thread_id = chat
        row.message_ids, row.content_hash, row.pinned = [], None, False
    row.dirty, row.version = True, row.version + 1
    session.add(row)
    await session.flush()
    return row


async def touch(session: Session, kind: LiveKind, subject_id: int | None = None) -> None:
    """What a live message shows may have changed: of one subject, or all of a kind."""
    await messages.touch_live(session, kind, subject_id)
