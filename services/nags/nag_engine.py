"""One tick of the nags: find what is due, store what must be said, send what may be sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from locales import Text
from models import nags, ticks
from models.db import Session
from services.dry_run import PlannedMessage, TickStep
from services.nags import nag_digest, nag_keeper, nag_sending, unreachable
from services.nags.nag_keeper import HeardNag
from services.nags.subject import SomeStanding, TurnDirectory
from services.nags.subjects import SUBJECTS
from services.turn import TickTurn
from services.views import View

MANY: Final = 300
"""A scan that found more has taken long enough: what it found is told in the next step."""
_STEPS: Final = 10_000


async def tick(turn: TickTurn) -> list[PlannedMessage]:
    """Nag about all that is due at ``turn.now``; returns what was promised to whom.

    It is safe at any time, and twice.
    """
    told: list[PlannedMessage] = []
    everybody = TurnDirectory(turn)
    for _ in range(_STEPS):
        done = await _step(turn, everybody, whole=True)
        told += done.told
        if not done.more:
            return told
    raise RuntimeError("the nags do not come to an end")


async def next_due(session: Session) -> datetime | None:
    """When a tick may have something to do next; None: nothing is foreseen."""
    moments = [await subject.next_look(session) for subject in SUBJECTS.values()]
    moments.append(await nags.next_ready(session))
    return min((moment for moment in moments if moment is not None), default=None)


async def step(turn: TickTurn) -> TickStep:
    """A part of the tick that takes a moment, so that others may write in between.

    It scans what is due or, when all is scanned, tells some people.
    """
    return await _step(turn, TurnDirectory(turn), whole=False)


async def _step(turn: TickTurn, everybody: TurnDirectory, *, whole: bool) -> TickStep:
    mark = await ticks.tick_turn(turn.session, nags.TICK, turn.now)
    await _follow_settings(turn, mark)
    awake = turn.campaign.quiet.allows(turn.now, turn.campaign.zone, turn.campaign.calendar)
    lost, more, kept = [], False, 0
    for subject in SUBJECTS.values():
        scanned = await subject.scan(turn, everybody)
        more = more or scanned.more
        scans = [scanned, *scanned.also]
        kept += sum(len(one.due) for one in scans)
        for heard, standing in await nag_keeper.keep(turn, scans):
            if awake:
                await unreachable.escalate(turn, heard, standing, everybody)
            lost += await _nobody(everybody, heard, standing)
    if more or (kept > MANY and not whole):
        # Each person gets one message, so it waits until everything due has been scanned.
        return TickStep(lost, more=True)
    sent = await nag_sending.send(turn, everybody, None if whole else nag_sending.MOST)
    told = [*sent.told, *lost]
    # What was found after an outage waits for the morning; then the office reads of it.
    if awake and not sent.more:
        told += await nag_digest.promise_digest(turn)
    return TickStep(told, sent.more)


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
