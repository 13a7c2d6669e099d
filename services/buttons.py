"""Inline buttons: Telegram gets an opaque key, and the meaning stays in the database."""

from __future__ import annotations

import secrets
from datetime import datetime

from models import restorations
from models.db import Session
from models.delivery.messages import Button
from services.access import Actor
from services.errors import DomainError, StrangerError
from services.views import ButtonSpec


def add(session: Session, spec: ButtonSpec, now: datetime) -> str:
    """Store the button's meaning. The key is its callback data (at most 24 characters of the 64 bytes)."""
    key = secrets.token_urlsafe(12)
    session.add(
        Button(
            key=key,
            action=spec.action,
            arguments=dict(spec.arguments),
            contact_id=spec.only_for,
            created_at=now,
        )
    )
    return key


async def resolve(
    session: Session, key: str | None, actor: Actor, shown_at: datetime | None = None
) -> Button:
    """The meaning of a pressed button; ``DomainError`` if it is forged, too old or somebody else's.

    ``shown_at``: the moment of the message that shows it, if it is known.
    """
    button = await _find(session, key)
    if button is None:
        lost = shown_at is not None and await restorations.is_lost(session, shown_at)
        raise DomainError("outbox.restored.gone" if lost else "buttons.expired")
    account = button.arguments.get("account", actor.contact.telegram_user_id)
    if button.contact_id not in {None, actor.id} or account != actor.contact.telegram_user_id:
        raise DomainError("buttons.not_yours")
    return button


async def resolve_for_stranger(session: Session, key: str | None, account: int) -> Button:
    """The meaning of a button that a stranger's account presses.

    Such an account may press only a button that was made for it, as its arguments say. About any other button
    a stranger learns only how to enrol.
    """
    button = await _find(session, key)
    if button is None or button.contact_id is not None or button.arguments.get("account") != account:
        raise StrangerError
    return button


async def _find(session: Session, key: str | None) -> Button | None:
    # PostgreSQL refuses NUL and surrogates, so a forged key must never reach the database.
    known = key is not None and len(key) <= 24 and key.isascii() and key.isprintable()
    return await session.get(Button, key) if known else None
