"""The office's digest of the nags: once a day, with the first that went out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from locales import Text
from models import people
from models.db import Session
from rules.delivery import MessageKind
from rules.people import Role
from rules.slots import slot_key
from services import outbox
from services.campaign import Campaign
from services.nags import office
from services.planned import Planned
from services.recipients import Directory


async def promise(session: Session, *, now: datetime, campaign: Campaign) -> Sequence[Planned]:
    """Promise every member of the office the digest of this day; what was promised now."""
    day = campaign.today(now)
    slot, told = slot_key(day, "nag-office"), []
    for contact in await people.enrolled_with_role(session, Role.OFFICE):
        content = {"day": day.isoformat(), "role": Role.OFFICE.value}
        key = f"{slot}:{contact.id}"
        if await outbox.enqueue_raw(
            session, MessageKind.NOTICE, key, ("nag_office", content), now=now, contact=contact
        ):
            told.append(contact)
    if not told:
        return []
    directory = await Directory.load(session, day)
    view = await office.view(session, day, None, now=now, campaign=campaign)
    return [
        Planned(
            recipient=directory.name_of(contact),
            chat=contact.telegram_user_id,
            slot=slot,
            duties=[],
            reason=Text("nags.reason.digest"),
            make=lambda: view,
        )
        for contact in told
    ]
