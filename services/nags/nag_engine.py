"""One tick of the nags: find what is due, store what must be said, send what may be sent."""

from __future__ import annotations

import hashlib

from models import ticks
from services import rescan
from services.dry_run import PlannedMessage
from services.nags import nag_digest, nag_sending, task_scan, unreachable
from services.nags.orders import case_scan
from services.turn import TickTurn

_TURN = "nags"


async def tick(turn: TickTurn) -> list[PlannedMessage]:
    """Nag about what is due at ``now``; returns what was promised to whom. Safe at any time, and twice."""
    mark = await ticks.tick_turn(turn.session, _TURN, turn.now)
    await _follow_settings(turn, mark)
    scanned = await task_scan.scan(turn)
    awake = turn.campaign.quiet.allows(turn.now, turn.campaign.zone, turn.campaign.calendar)
    if scanned is not None and awake:
        await unreachable.escalate(turn.session, scanned, now=turn.now)
    more = await case_scan.scan(turn, ladder=task_scan.ladder_of(turn.campaign))
    if more:
        # Each person gets one message, so it waits until everything due has been scanned.
        return []
    directory = None if scanned is None else scanned.directory
    told = await nag_sending.send(turn, directory=directory)
    told += [] if scanned is None else task_scan.nobody(scanned)
    # What was found after an outage waits for the morning; then the office reads of it.
    if awake:
        told += await nag_digest.promise_digest(turn)
    return told


async def _follow_settings(turn: TickTurn, mark: ticks.TickMark) -> None:
    """Scan everything anew if the zone, an hour, the policy or the calendar has changed, for slots may move.

    The code that stores the office's change does so, too. But by then a scan may have seen something due
    under the old settings.
    """
    slots, quiet, days = (
        turn.campaign.slots,
        turn.campaign.quiet,
        sorted(turn.campaign.calendar.overrides.items()),
    )
    said = (days, turn.campaign.inspections, turn.campaign.policy.version)
    known = (slots, quiet, turn.campaign.hours, turn.campaign.shifts, said)
    there = hashlib.sha256(repr(known).encode()).hexdigest()[:32]
    if mark.slot_key == there:
        return
    if mark.slot_key:
        await rescan.look_again(turn.session, turn.now)
    mark.slot_key = there
    turn.session.add(mark)
