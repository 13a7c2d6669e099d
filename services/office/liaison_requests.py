"""请落实联络员: a unit is asked to name a 联络员 for units below it, once a week and unit at most."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from locales import Text, plain
from models import audit_log, people
from models.audit_log import Audit
from models.db import Session, ident
from models.people import Contact, Unit
from reports.formats import moment_text
from rules.delivery.delivery import MessageKind
from services import audit, outbox, questions
from services.errors import DomainError
from services.people import vacant_units
from services.people.vacant_units import VacantUnit
from services.reasons import written_reason
from services.recipients import Directory
from services.turn import Turn
from services.views import TurnOutcome, View, button

EVENT: Final = "ask_liaison"
REST: Final = timedelta(days=7)
MOST: Final = 30
"""So many units are named in one request; the others are in the next one."""
LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class LiaisonRequest:
    """What a unit is asked: ``units`` below it lack a 联络员. ``asked``: of which that was asked lately."""

    above: Unit
    units: Sequence[VacantUnit]
    asked: Sequence[Audit]
    readers: Sequence[Contact]


async def preview(turn: Turn, above_id: int, *, words: str | None = None) -> View:
    """The text as it would go out, and to whom; nothing is sent. ``words``: instead of the usual ones."""
    request = await _request(turn, above_id)
    if not request.units:
        raise await _nothing_to_ask(turn, request)
    said = words or _usual(turn, request.units)
    await questions.ask_here(turn, "liaison.words", {"above_id": above_id})
    readers = [Text("common.contact", unit=request.above.name, name=one.name) for one in request.readers]
    lines = [
        Text("vacant.preview_title", unit=request.above.name, readers=readers),
        Text("common.as_is", text=said),
        *([Text("vacant.asked_lately", count=len(request.asked))] if request.asked else []),
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
    """Send what was shown, once. Units that meanwhile have somebody, or were asked about, change that."""
    for unit_id in sorted(units):  # always in the same order, so that two requests cannot deadlock
        await people.lock_unit(turn.session, unit_id)
    request = await _request(turn, above_id)
    still = {ident(one.unit) for one in request.units}
    if not still:
        raise await _nothing_to_ask(turn, request)
    if not still.issuperset(units):
        # Its words may name a unit that has somebody by now, so they are shown anew.
        shown = await preview(turn, above_id)
        return TurnOutcome(shown, Text("vacant.changed"), done=False)
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
    return TurnOutcome(View([told]), told)


async def _request(turn: Turn, above_id: int) -> LiaisonRequest:
    """What there is to ask a unit, in the reader's scope. ``DomainError``: they oversee no such unit."""
    scope = turn.actor.oversight
    if not (turn.actor.is_office or turn.actor.is_leader) or (scope is not None and above_id not in scope):
        raise DomainError("who.not_yours")
    vacant = await vacant_units.vacant_units(turn, scope)
    mine = [one for one in vacant if one.above is not None and one.above.id == above_id]
    asked = await _asked_lately(turn.session, mine, turn)
    lately = {row.subject_id for row in asked}
    units = [one for one in mine if one.unit.id not in lately][:MOST]
    directory = await Directory.around(turn.session, {above_id}, turn.today)
    above = await turn.session.get_one(Unit, above_id)
    return LiaisonRequest(above, units, asked, vacant_units.asked_in(directory, above_id))


async def _asked_lately(session: Session, found: Sequence[VacantUnit], turn: Turn) -> list[Audit]:
    ids = [ident(one.unit) for one in found]
    rows = await audit_log.last_of_each(session, "unit", ids, EVENT)
    return [row for row in rows if row.at > turn.now - REST]


async def _nothing_to_ask(turn: Turn, request: LiaisonRequest) -> DomainError:
    if not request.asked:
        return DomainError("vacant.nothing_to_ask", unit=request.above.name)
    last = max(request.asked, key=ident)
    who, at = await audit.who_of(turn.session, last), moment_text(last.at, turn.campaign.zone)
    return DomainError("vacant.asked_before", unit=request.above.name, who=who, at=at)


def _usual(turn: Turn, units: Sequence[VacantUnit]) -> str:
    names = [one.unit.name for one in units]
    return plain(Text("vacant.usual_words", units=names), turn.campaign.locale)
