"""One tick of the nags: find what is due, store what must be said, send what may be sent."""

from __future__ import annotations

import hashlib
from datetime import datetime

from models import ticks
from models.db import Session
from services import rescan
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.nags import nag_digest, nag_sending, task_scan, unreachable
from services.nags.orders import case_scan

_TURN = "nags"


async def tick(session: Session, *, now: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """Nag about what is due at ``now``; returns what was promised to whom. Safe at any time, and twice."""
    mark = await ticks.tick_turn(session, _TURN, now)
    await _follow_settings(session, mark, now, campaign)
    scanned = await task_scan.scan(session, now=now, campaign=campaign)
    awake = campaign.quiet.allows(now, campaign.zone, campaign.calendar)
    if scanned is not None and awake:
        await unreachable.escalate(session, scanned, now=now)
    more = await case_scan.scan(session, now=now, campaign=campaign, ladder=task_scan.ladder_of(campaign))
    if more:
        # Each person gets one message, so it waits until everything due has been scanned.
        return []
    directory = None if scanned is None else scanned.directory
    told = await nag_sending.send(session, now=now, campaign=campaign, directory=directory)
    told += [] if scanned is None else task_scan.nobody(scanned)
    # What was found after an outage waits for the morning; then the office reads of it.
    if awake:
        told += await nag_digest.promise_digest(session, now=now, campaign=campaign)
    return told


async def _follow_settings(session: Session, mark: ticks.TickMark, now: datetime, campaign: Campaign) -> None:
    """Scan everything anew if the zone, an hour, the policy or the calendar has changed, for slots may move.

    The code that stores the office's change does so, too. But by then a scan may have seen something due
    under the old settings.
    """
    slots, quiet, days = campaign.slots, campaign.quiet, sorted(campaign.calendar.overrides.items())
    said = (days, campaign.inspections, campaign.policy.version)
    known = (slots, quiet, campaign.hours, campaign.shifts, said)
    there = hashlib.sha256(repr(known).encode()).hexdigest()[:32]
    if mark.slot_key == there:
        return
    if mark.slot_key:
        await rescan.look_again(session, now)
    mark.slot_key = there
    session.add(mark)
