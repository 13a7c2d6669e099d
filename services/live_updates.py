"""Messages that edit themselves: a row says what is shown where, and whether to check it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TypedDict, Unpack

from models.db import Session
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind, LiveMessage
from services.views import View


class ShownColumns(TypedDict, total=False):
    """The columns of a ``LiveMessage`` that say what the chat shows."""

    message_ids: list[int]
    stale_ids: list[int]
    pinned: bool
    content_hash: str | None


async def ensure_live(
    session: Session, kind: LiveKind, subject_id: int, *, chat: tuple[int, int | None], again: bool = False
) -> LiveMessage:
    """The live message about a subject in a chat (id, topic). It is made if there is none, and is dirty now.

    With ``again``, or in another topic, it is posted anew and the message that stood for it is deleted.
    """
    row = await live_messages.live_message(session, kind, subject_id)
    if row is None:
        row = LiveMessage(kind=kind, subject_id=subject_id, chat_id=chat[0], thread_id=chat[1])
    elif again or (row.chat_id, row.thread_id) != chat:
        row.stale_ids = [*row.stale_ids, *row.message_ids] if row.chat_id == chat[0] else []
        row.chat_id, row.thread_id = chat
        row.message_ids, row.content_hash, row.pinned = [], None, False
    row.dirty, row.version = True, row.version + 1
    session.add(row)
    await session.flush()
    return row


async def touch(session: Session, kind: LiveKind, subject_id: int | None = None) -> None:
    """Mark live messages as changed: the one of a subject, or those of all subjects of a kind."""
    await live_messages.touch_live(session, kind, subject_id)


async def forget(session: Session, kind: LiveKind, subject_id: int) -> None:
    """Give up the message that cannot be reached: if shown again, it is posted anew.

    The old message is deleted then, if it can be reached by that time.
    """
    row = await live_messages.live_message(session, kind, subject_id)
    if row is not None:
        row.stale_ids = [*row.stale_ids, *row.message_ids]
        row.message_ids, row.content_hash = [], None
        row.pinned, row.dirty, row.version = False, False, row.version + 1
        session.add(row)
        await session.flush()


async def note_sent(
    session: Session, live_id: int, first: int, message_ids: Sequence[int], content_hash: str | None = None
) -> LiveMessage | None:
    """Record that the parts of a promised message from ``first`` on (0-based) stand in its chat.

    ``content_hash``: the hash of what it shows, once all parts stand there. Only then may it be edited.
    Returns the row; None: it is gone, or its first parts are in another chat.
    """
    row = await live_messages.lock_live(session, live_id)
    if row is None or len(row.message_ids) < first:
        return None
    row.message_ids = [*row.message_ids[:first], *message_ids]
    row.content_hash = content_hash
    session.add(row)
    await session.flush()
    return row


async def let_go(session: Session, chat_id: int, message_id: int) -> None:
    """Leave a notice of the office as it is: an answer to a press stands in its place."""
    await live_messages.let_go_of_notice(session, chat_id, message_id)


async def settle(
    session: Session, seen: LiveMessage, *, dirty: bool = False, **values: Unpack[ShownColumns]
) -> None:
    """Record what the chat shows now (``values``: columns) for a message that was read as ``seen``.

    It becomes clean unless ``dirty``, or touched since. If it was meanwhile to be posted anew or elsewhere,
    that still holds, and the message that was posted last is stale.
    """
    row = None if seen.id is None else await live_messages.lock_live(session, seen.id)
    if row is None or row.chat_id != seen.chat_id:
        return
    if (row.message_ids, row.thread_id) != (seen.message_ids, seen.thread_id):
        posted = values.get("message_ids", [])
        row.stale_ids = [*row.stale_ids, *(one for one in posted if one not in seen.message_ids)]
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.dirty = dirty or row.version != seen.version
    session.add(row)
    await session.flush()


async def stands_at(session: Session, chat_id: int, message_id: int) -> bool:
    """Whether a message of ours in a chat is kept up to date."""
    rows = await live_messages.live_messages_of(session, chat_id)
    return any(message_id in row.message_ids for row in rows)


def hash_of(view: View, locale: str) -> str:
    """One value for what is shown: equal values need no edit."""
    shown: Sequence[object] = [locale, view.to_json()]
    return hashlib.sha256(json.dumps(shown, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
