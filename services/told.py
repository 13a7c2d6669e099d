"""Helpful lines that are said once: who sends ten stickers does not get ten explanations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from models import messages
from models.db import Session

AGAIN_AFTER: Final = timedelta(hours=24)


async def once(session: Session, user_id: int, topic: str, *, now: datetime) -> bool:
    """True the first time within 24 hours that this account (or chat) is told about ``topic`` (at most 40
    characters); of two at once, one is told."""
    return await messages.tell_again(session, user_id, topic, now=now, before=now - AGAIN_AFTER)


async def forget_old(session: Session, now: datetime) -> int:
    """What would be told again anyhow: of strangers there may be many."""
    return await messages.delete_old_told(session, now - AGAIN_AFTER)
