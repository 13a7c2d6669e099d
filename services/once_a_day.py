"""Helpful lines that are said once a day: ten stickers do not get ten explanations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from models.db import Session
from models.delivery import messages
from services.views import View

AGAIN_AFTER: Final = timedelta(hours=24)


async def once(session: Session, user_id: int, topic: str, *, now: datetime) -> bool:
    """Whether this account (or chat) is told about ``topic`` for the first time within 24 hours.

    ``topic`` has at most 40 characters. Of two calls at once, one returns True.
    """
    return await messages.tell_again(session, user_id, topic, now=now, before=now - AGAIN_AFTER)


async def once_for_album(
    session: Session, chat_id: int, album: str | None, view: View, *, now: datetime
) -> View | None:
    """The answer to an album, once for all its parts; None for the later parts.

    A message that is no part of an album is answered.
    """
    first = album is None or await once(session, chat_id, f"album:{album}"[:40], now=now)
    return view if first else None
