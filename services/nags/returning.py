"""What was promised in a message that does not go out waits again: its reader is asleep by now, was lost, or
does not hear of it any more. The next tick weighs it anew, and takes it to whoever hears in his place."""

from __future__ import annotations

from datetime import datetime, timedelta

from models import nags
from models.db import Session
from models.messages import Outbox
from models.nags import NagReason
from models.people import Contact
from services.campaign import Campaign
from services.quiet import free_from


async def asleep_until(
    session: Session, row: Outbox, *, now: datetime, campaign: Campaign
) -> datetime | None:
    """Until when its reader is left alone, if his quiet hours have begun since it was promised. What the
    office has asked for itself, and what is exempt, goes out all the same."""
    if row.view != "nag" or "asked" in row.content:
        return None
    contact = await session.get(Contact, row.contact_id)
    if contact is None:
        return None
    until = free_from(contact, now, campaign, all_hours=True)
    return until if until > now and await nags.may_wait(session, row.id or 0) else None


async def take_back(session: Session, row: Outbox, *, now: datetime, campaign: Campaign) -> None:
    """Let what the message was to say wait: for its reader's morning, or for the next tick; what nobody could
    be told on its own day, for the next day's message."""
    contact = await session.get(Contact, row.contact_id)
    if contact is None:
        return
    until, reason = await asleep_until(session, row, now=now, campaign=campaign), NagReason.QUIET
    if campaign.today(row.created_at) != campaign.today(now):
        tomorrow = campaign.midnight(campaign.today(now) + timedelta(days=1))
        until, reason = free_from(contact, tomorrow, campaign, daily=True), NagReason.OUTAGE
    await nags.take_back(session, row.id or 0, until or now, reason if until else None)
