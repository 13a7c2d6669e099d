"""Turns for tests of services."""

from __future__ import annotations

from datetime import datetime

from models.db import Session
from services.access import Actor
from services.campaign import Campaign
from services.turn import TickTurn, Turn
from tests.conftest import NOW


def turn_for(
    session: Session,
    actor: Actor,
    now: datetime = NOW,
    campaign: Campaign | None = None,
    *,
    chat: int | None = None,
    thread: int | None = None,
) -> Turn:
    """A person's turn, in their private chat unless another is given."""
    here = (actor.contact.telegram_user_id or 0) if chat is None else chat
    return Turn(session, now, campaign or Campaign(), actor, here, thread)


def tick_for(session: Session, now: datetime = NOW, campaign: Campaign | None = None) -> TickTurn:
    """A turn of a tick or a job."""
    return TickTurn(session, now, campaign or Campaign())
