"""Rehearsing a moment: who would be told what, by the same code, in a transaction that is rolled back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from models import groups, nags
from models.db import Session
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.groups import group_digests, push_previews
from services.groups.evening_tallies import tally_tick
from services.nags import inspections
from services.nags.nag_engine import next_due, tick
from services.nags.subjects import SUBJECTS
from services.tallies import brief_pushes
from services.turn import TickTurn

RUN_UP: Final = timedelta(days=5)
"""How long before the moment the rehearsal begins, so that it includes what a weekend has postponed."""

_MINUTE: Final = timedelta(minutes=1)
_STEPS: Final = 10_000


async def all_due(turn: TickTurn) -> list[PlannedMessage]:
    """Do what is due at ``turn.now``: the ticks that ``tick`` runs, and that a look ahead rehearses."""
    return [
        *await push_previews.preview_tick(turn),
        *await brief_pushes.brief_tick(turn),
        *await inspections.countdown_tick(turn),
        *await group_digests.digest_tick(turn),
        *await tick(turn),
        *await tally_tick(turn),
    ]


async def rehearse(turn: TickTurn, *, at: datetime) -> list[PlannedMessage]:
    """Who would be told what at ``at`` (within its minute) if the program went on from ``turn.now`` as it is.

    For a past moment: as if it had run until the minute before. It leaves changed rows behind, so it must run
    in a transaction that is rolled back. If ``at`` is further ahead than ``RUN_UP``, the time before is
    skipped, for nobody knows what is done until then.
    """
    begin = min(max(turn.now, at - RUN_UP), at - _MINUTE)
    await _jump(turn, at, begin)
    planned: list[PlannedMessage] = []
    moment = begin if at < turn.now else max(begin, turn.now)
    for _ in range(_STEPS):
        told = await tick(replace(turn, now=moment))
        planned += [await one.made() for one in told] if moment > at - _MINUTE else []
        following = await next_due(turn.session)
        if moment == at and (following is None or following > at):
            return planned
        moment = _step(moment, following, at)
    raise RuntimeError(f"the rehearsal of {at.isoformat()} does not come to its end")


def _step(moment: datetime, following: datetime | None, at: datetime) -> datetime:
    """The next moment to tick. One tick handles only so many orders; the rest is still due."""
    if following is None or following <= moment:
        return at if following is None else moment
    return min(max(following, moment + _MINUTE), at)


async def _jump(turn: TickTurn, at: datetime, begin: datetime) -> None:
    """Act as if everything until ``begin`` had been handled, and nothing after it.

    For the present moment, what has not been handled is still due.
    """
    ahead = begin > turn.now
    if ahead:
        await nags.drop_waiting(turn.session, begin)
    else:
        await nags.forget_since(turn.session, begin)
    if begin != turn.now:
        for subject in SUBJECTS.values():
            await subject.stand_at(turn, begin, at >= turn.now and not ahead)


async def rehearse_slots(session: Session, *, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """All messages of slots but nags that would be sent at ``at`` after a run until the minute before.

    It leaves changed rows behind, so it must run in a transaction that is rolled back.
    """
    before = at - timedelta(minutes=1)
    for group in await groups.active_groups(session):
        group.tallied_until = campaign.last_tally(before, group.tally_hour)
        session.add(group)
    await session.flush()
    previews = await push_previews.rehearse(session, at=at, campaign=campaign)
    briefs = await brief_pushes.rehearse(session, at=at, campaign=campaign)
    counted = await inspections.rehearse(session, at=at, campaign=campaign)
    digests = await group_digests.rehearse(session, at=at, campaign=campaign)
    return [*previews, *briefs, *counted, *digests, *await tally_tick(TickTurn(session, at, campaign))]
