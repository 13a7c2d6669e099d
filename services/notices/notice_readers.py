"""Who reads a notice while it runs: people who join, come into the role, or stand in for somebody away."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from models import notices
from models.db import ident
from models.delivery.live_messages import LiveKind
from models.notices import Notice, NoticeCopy, NoticeParty
from models.people import Contact
from services import access, live_updates
from services.access import Actor
from services.notices import audience as audiences
from services.notices import notice_ending, notice_group_copies, notice_sending
from services.notices.audience import Audience, PartyPlan
from services.turn import TickTurn

log = structlog.get_logger(__name__)
_WATCHED: Final = timedelta(minutes=30)
"""So long after the sending the count follows the messages that are still on their way."""


async def tick(turn: TickTurn) -> int:
    """Promise the copies that may go out by now; let the counts follow what is on its way."""
    promised = await notice_sending.promise_due(turn)
    for notice in await notices.sent_after(turn.session, turn.now - _WATCHED):
        await live_updates.touch(turn.session, LiveKind.NOTICE_COUNT, notice.id)
    return promised


async def look_again(turn: TickTurn) -> None:
    """End the notices of which the time is over; give the others to people who are readers by now."""
    for notice in await notices.open_ones(turn.session):
        number = ident(notice)
        try:
            async with turn.session.begin_nested():
                if not await notice_ending.end_old(turn, notice):
                    await _give_to_new_readers(turn, notice)
        except Exception:  # one notice does not hold up the others
            log.exception("the readers of a notice cannot be looked at", notice_id=number)
    await notice_sending.promise_due(turn)


async def _give_to_new_readers(turn: TickTurn, notice: Notice) -> None:
    """Whoever has lost the right to send gets no new readers."""
    issuer = await turn.session.get_one(Contact, notice.issuer_id)
    actor = await access.actor_of(turn.session, issuer)
    if audiences.may_send(actor):
        await give(turn, notice, actor)


async def give(turn: TickTurn, notice: Notice, actor: Actor) -> None:
    """Make the copies of all who are to have one by now and have none. ``actor``: who sends it."""
    plan = Audience.from_json(notice.audience)
    found = await audiences.reach(turn, actor, plan, per_unit=notice.per_unit)
    parties = await notices.parties_of(turn.session, ident(notice))
    copies = await notices.copies_of(turn.session, ident(notice))
    there = {_who(party.unit_id, party.contact_id): party for party in parties}
    known = {(copy.party_id, copy.contact_id): copy for copy in copies}
    new = [
        copy
        for one in found.parties
        if (party := await _party(turn, notice, there, one)) is not None
        for copy in _copies(turn, notice, party, one, known)
    ]
    if new:
        turn.session.add_all(new)
        await turn.session.flush()
        await notice_group_copies.counts_follow(turn.session, notice)


def _who(unit_id: int, contact_id: int | None) -> tuple[str, int]:
    """What tells parties apart: the person if they answer for themselves, wherever they are now."""
    return ("unit", unit_id) if contact_id is None else ("person", contact_id)


async def _party(
    turn: TickTurn, notice: Notice, there: dict[tuple[str, int], NoticeParty], plan: PartyPlan
) -> NoticeParty | None:
    """The party of the plan; a new one for a unit in which nobody had the role, or for a new person."""
    unit_id, contact_id = ident(plan.unit), None if plan.contact is None else ident(plan.contact)
    key = _who(unit_id, contact_id)
    if key not in there and plan.readers:
        there[key] = NoticeParty(
            notice_id=ident(notice),
            unit_id=unit_id,
            contact_id=contact_id,
            look_at=turn.now,
            nagged_until=turn.now,
        )
        turn.session.add(there[key])
        await turn.session.flush()
    return there.get(key)


def _copies(
    turn: TickTurn,
    notice: Notice,
    party: NoticeParty,
    plan: PartyPlan,
    known: dict[tuple[int, int], NoticeCopy],
) -> list[NoticeCopy]:
    """The copies of readers who have none, or an earlier one that is void.

    Once the party has answered, only people who were expected from the beginning still get theirs.
    """
    new = []
    for who, place in plan.readers:
        copy = known.get((ident(party), ident(who)))
        if copy is not None and (copy.waits or copy.revision < notice.asked_revision):
            copy.waits, copy.due_at = False, notice_sending.due(turn, notice, who)
            copy.place, copy.revision = place, notice.asked_revision
            new.append(copy)
        elif copy is None and party.answer is None:
            new.append(notice_sending.new_copy(turn, notice, party, who, place))
    return new
