"""The office's digest of the nags: once a day, at their hour or with the first nag that comes later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from locales import Text
from models import nags, people
from models.db import Session
from models.ticks import TickMark
from rules.delivery import MessageKind
from rules.people import Role
from rules.slots import local_slot, slot_key
from services import outbox
from services.campaign import Campaign
from services.nags import office
from services.planned import PlannedMessage
from services.recipients import Directory


async def promise_digest(session: Session, *, now: datetime, campaign: Campaign) -> Sequence[PlannedMessage]:
    """Promise every member of the office this day's digest, if it holds anything; returns what was promised.

    It also contains what was sent earlier in the morning. The caller holds the turn.
    """
    day = campaign.today(now)
    if now < local_slot(day, campaign.slots.nag, campaign.zone):
        return []
    slot, told = slot_key(day, nags.DIGEST_MARK), []
    mark = await session.get(TickMark, nags.DIGEST_MARK, populate_existing=True)
    if mark is not None and mark.slot_key == slot:
        return []
    if not await nags.any_since(session, campaign.midnight(day)):
        return []
    await session.merge(TickMark(name=nags.DIGEST_MARK, slot_key=slot, ran_at=now))
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
        PlannedMessage(
            recipient=directory.name_of(contact),
            chat=contact.telegram_user_id,
            slot=slot,
            duties=[],
            reason=Text("nags.reason.digest"),
            make=lambda: view,
        )
        for contact in told
    ]
