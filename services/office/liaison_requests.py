"""请落实联络员: a unit is asked to name a 联络员 for units below it.

It is asked once a week at most, and so is it asked about each unit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from locales import Text, plain
from models import audit_log, people
from models.audit_log import Audit
from models.db import ident
from models.people import Contact, Unit
from reports.formats import moment_text, short
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services import audit, outbox, questions
from services.access import Actor
from services.errors import DomainError
from services.people import vacant_units
from services.people.vacant_units import VacantUnit
from services.reasons import written_reason
from services.recipients import Directory
from services.turn import Turn
from services.views import TurnOutcome, View, button

EVENT: Final = "ask_liaison"
REST: Final = timedelta(days=7)
NAMED: Final = 40
"""So many units the usual words name; of more they say how many there are."""
LIMIT: Final = 1_500
_NAME: Final = 30


@dataclass(frozen=True, slots=True)
class LiaisonRequest:
    """What a unit is asked: ``units`` below it lack a 联络员.

    ``lately``: how many of them another unit was asked about within the week; they are left out.
    """

    above: Unit
    units: Sequence[VacantUnit]
    lately: int
    readers: Sequence[Contact]


async def who_can_be_asked(turn: Turn, vacant: Sequence[VacantUnit]) -> list[Unit]:
    """The units above these that the reader may ask now, in their order."""
    lately = await _lately(turn)
    asked = {(row.after or {})["above"] for row in lately.values()}
    found = {
        ident(one.above): one.above
        for one in vacant
        if one.above is not None and ident(one.unit) not in lately
    }
    return [unit for unit_id, unit in found.items() if _may_ask(turn.actor, unit_id) and unit_id not in asked]


def _may_ask(actor: Actor, unit_id: int) -> bool:
    """The office and district leaders may ask each unit, other leaders those that they lead."""
    if actor.is_office or Role.DISTRICT_LEADER in actor.roles:
        return True
    return unit_id in actor.overseen_units


async def preview(turn: Turn, above_id: int, *, words: str | None = None) -> View:
    """The text as it would go out, and to whom; nothing is sent. ``words``: instead of the usual ones.

    ``DomainError``: they may not ask that unit, it was asked within the week, or there is nothing to ask.
    """
    request = await _request(turn, above_id)
    said = words or _usual(turn, request.units)
    await questions.ask_here(turn, "liaison.words", {"above_id": above_id})
    readers = [Text("common.contact", unit=request.above.name, name=one.name) for one in request.readers]
    lines = [
        Text("vacant.preview_title", unit=request.above.name, count=len(request.units), readers=readers),
        Text("common.as_is", text=said),
        *([Text("vacant.asked_lately", count=request.lately)] if request.lately else []),
        Text("vacant.change"),
    ]
    shown = [ident(one.unit) for one in request.units]
    send = button(
        "vacant.send_button", "who.ask_liaison", turn.actor.id, above_id=above_id, units=shown, words=said
    )
    return View(lines, [[send], [button("who.back_button", "who.front", turn.actor.id)]])


async def change(turn: Turn, above_id: int, words: str) -> View:
    """Take other words for the request, and show it anew."""
    said = written_reason(
        words, limit=LIMIT, invisible="vacant.words_invisible", too_long="vacant.words_too_long"
    )
    return await preview(turn, above_id, words=said)


async def send(turn: Turn, above_id: int, units: Collection[int], words: str) -> TurnOutcome:
    """Send what was shown, once. If its units have changed meanwhile, it is shown anew instead."""
    for unit_id in sorted({*units, above_id}):  # always in the same order, so that two cannot deadlock
        await people.lock_unit(turn.session, unit_id)
    request = await _request(turn, above_id)
    if {ident(one.unit) for one in request.units} != set(units):
        # The words may name a unit that has somebody by now.
        return TurnOutcome(await preview(turn, above_id), Text("vacant.changed"), done=False)
    rows = [
        audit.note(turn, EVENT, ("unit", unit_id), after={"above": above_id, "words": words})
        for unit_id in sorted(units)
    ]
    await turn.session.flush()
    await questions.drop(turn.session, turn.account, turn.chat)
    who = await audit.name_of(turn.session, turn.actor.id)
    view = View([Text("vacant.request", who=who), Text("common.as_is", text=words)])
    for contact in request.readers:
        key = f"liaison:{ident(rows[0])}:{contact.id}"
        await outbox.enqueue(turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=contact)
    told = Text("vacant.sent", unit=request.above.name, count=len(request.readers))
    back = button("who.back_button", "who.front", turn.actor.id)
    return TurnOutcome(View([told], [[back]]), told)


async def _request(turn: Turn, above_id: int) -> LiaisonRequest:
    """What there is to ask a unit. ``DomainError``: see ``preview``."""
    if not (turn.actor.is_office or turn.actor.is_leader) or not _may_ask(turn.actor, above_id):
        raise DomainError("who.not_yours")
    above, lately = await turn.session.get_one(Unit, above_id), await _lately(turn)
    for row in lately.values():
        if (row.after or {})["above"] == above_id:
            who, at = await audit.who_of(turn.session, row), moment_text(row.at, turn.campaign.zone)
            raise DomainError("vacant.asked_before", unit=above.name, who=who, at=at)
    vacant = await vacant_units.vacant_units(turn, turn.actor.oversight)
    mine = [one for one in vacant if one.above is not None and one.above.id == above_id]
    units = [one for one in mine if ident(one.unit) not in lately]
    directory = await Directory.around(turn.session, {above_id}, turn.today)
    readers = [one for one in vacant_units.asked_in(directory, above_id) if one.id != turn.actor.id]
    if not units or not readers:
        raise DomainError("vacant.only_you" if units else "vacant.nothing_to_ask", unit=above.name)
    return LiaisonRequest(above, units, len(mine) - len(units), readers)


async def _lately(turn: Turn) -> Mapping[int, Audit]:
    """The requests of the last week, by the unit that they are about."""
    ids = [ident(unit) for unit in await people.all_units(turn.session, retired=True)]
    rows = await audit_log.last_of_each(turn.session, "unit", ids, EVENT)
    return {row.subject_id: row for row in rows if row.subject_id is not None and row.at > turn.now - REST}


def _usual(turn: Turn, units: Sequence[VacantUnit]) -> str:
    names = [short(one.unit.name, _NAME) for one in units[:NAMED]]
    key = "vacant.usual_words_more" if len(units) > NAMED else "vacant.usual_words"
    return plain(Text(key, units=names, count=len(units)), turn.campaign.locale)
