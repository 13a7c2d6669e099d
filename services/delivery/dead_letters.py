"""Notices about an update that could not be handled, to its sender and the office, without its contents."""

from __future__ import annotations

from datetime import datetime

from models.db import Session
from models.delivery.inbox import Inbox
from rules.delivery.delivery import MessageKind
from services import outbox
from services.views import say


async def tell(session: Session, row: Inbox, *, now: datetime) -> None:
    """Promise the two notices; the sender gets one only if they wrote privately."""
    key = f"dead:{row.bot_id}:{row.id}"
    if row.lane > 0:
        view = say("outbox.dead_letter_sender")
        await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, chat=(row.lane, None))
    await outbox.tell_office(
        session, f"{key}:office", say("outbox.dead_letter_office", number=row.id), now=now
    )
