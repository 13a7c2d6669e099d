"""One tick of the nags: find what is due, store what must be said, send what may be sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from locales import Text
from models import nags, ticks
from models.db import Session
from services.dry_run import PlannedMessage
from services.nags import nag_digest, nag_keeper, nag_sending, unreachable
from services.nags.nag_keeper import HeardNag
from services.nags.subject import SomeStanding, TurnDirectory
from services.nags.subjects import SUBJECTS
from services.turn import TickTurn
from services.views import View


async def tick(turn: TickTurn) -> list[PlannedMessage]:
    """Nag about what is due at ``turn.now``; returns what was promised to whom.

    It is safe at any time, and twice. Where very much is due, the next ticks find the rest.
    """
    return await _tick(turn) or []


async def catch_up(turn: TickTurn) -> None:
    """As ``tick``, until nothing more is due at ``turn.now``."""
    while await _tick(turn) is None:
        pass


async def next_due(session: Session) -> datetime | None:
    """When a tick may have something to do next; None: nothing is foreseen."""
    moments = [await subject.next_look(session) for subject in SUBJECTS.values()]
    moments.append(await nags.next_ready(session))
    return min((moment for moment in moments if moment is not None), default=None)


async def _tick(turn: TickTurn) -> list[PlannedMessage] | None:
    """What was promised; None: there is more to scan before anything is said."""
    mark = await ticks.tick_turn(turn.session, nags.TICK, turn.now)
    await _follow_settings(turn, mark)
    awake = turn.campaign.quiet.allows(turn.now, turn.campaign.zone, turn.campaign.calendar)
    everybody, lost, more = TurnDirectory(turn), [], False
    for subject in SUBJECTS.values():
        scanned = await subject.scan(turn, everybody)
        more = more or scanned.more
        if scanned.standing is None:
            continue
        heard = await nag_keeper.keep(turn, scanned.due, scanned.standing)
        if awake:
            await unreachable.escalate(turn, heard, scanned.standing, everybody)
        lost += await _nobody(everybody, heard, scanned.standing)
    if more:
        # Each person gets one message, so it waits until everything due has been scanned.
        return None
    told = [*await nag_sending.send(turn, everybody), *lost]
    # What was found after an outage waits for the morning; then the office reads of it.
    if awake:
        told += await nag_digest.promise_digest(turn)
    return told


async def _nobody(
    everybody: TurnDirectory, heard: Sequence[HeardNag], standing: SomeStanding
) -> list[PlannedMessage]:
    """What nobody can be told, not even the office; a dry run shows it."""
    lost = [one for one in heard if one.who.contact is None]
    if not lost:
        return []
    named = list(dict.fromkeys(standing.name(one.due.subject_id) for one in lost))
    names = sorted({one.who.instead_of or "" for one in lost})
    text = View([Text("nags.nobody_line", names=names, count=len(named))])
    return [
        PlannedMessage(
            recipient=(await everybody.directory()).name_of(None),
            chat=None,
            slot=lost[0].due.slot,
            duties=named,
            reason=Text("nags.reason.instead", names=names),
            words=text,
        )
    ]


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
        for subject in SUBJECTS.values():
            await subject.look_again(turn.session, turn.now)
    mark.slot_key = there
    turn.session.add(mark)
