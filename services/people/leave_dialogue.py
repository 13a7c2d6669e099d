"""``/leave`` in the chat: who is away, when, who stands in; asked for until nothing is missing, and shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from locales import Text
from models.db import Session, ident
from models.people import Contact, ContactState, Unit, absences
from reports.formats import full_day_text
from rules.leave_words import LeaveFault, LeaveWords, fault_of, read_leave, read_person
from rules.people.typed_names import normalise
from rules.text_parts import clip_plain
from services import questions
from services.absences import days_text
from services.access import Actor
from services.errors import DomainError
from services.people import person_card
from services.people.leave import (
    Days,
    able_deputy,
    drop_button,
    fault_error,
    front,
    of_person,
    takes_leave,
)
from services.turn import Turn
from services.views import ButtonSpec, View, button

CHOICES: Final = 10


async def begin(turn: Turn, words: str) -> View:
    """``/leave`` and the words after it: how to write it, the question for the deputy, or the preview."""
    said = read_leave(words, turn.today)
    if said.fault is LeaveFault.NO_DATES and not (said.deputy or said.person):
        return await front(turn)
    person = turn.actor.contact if said.person is None else await _person(turn, said, words)
    if isinstance(person, View):
        return person
    return await _continue(turn, person, said)


async def _continue(turn: Turn, person: Contact, said: LeaveWords) -> View:
    if said.first is None or said.last is None:
        if said.fault is LeaveFault.NO_DATES and said.deputy is None and person.id != turn.actor.id:
            return await of_person(turn, ident(person))
        raise fault_error(said.fault or LeaveFault.NO_DATES)
    days = (said.first, said.last)
    if said.deputy is None:
        return await _ask_deputy(turn, person, days)
    # Who is named like the deputy may be the one who is away.
    found = [hit for hit in await _named(turn.session, said.deputy) if hit[0].id != person.id]
    if len(found) == 1:
        return await preview(turn, ident(person), ident(found[0][0]), *days)
    if not found:
        raise DomainError("leave.nobody", name=clip_plain(said.deputy, 40))
    rows = _deputy_rows(turn.actor, person, found, days)
    return View([Text("leave.which_deputy", name=clip_plain(said.deputy, 40))], rows)


async def _person(turn: Turn, said: LeaveWords, everything: str) -> Contact | View:
    """The person who takes leave, or a choice between several; it goes on with ``everything`` that was said.

    Only the office may name somebody else.
    """
    actor, words = turn.actor, said.person or ""
    found = await _named(turn.session, words)
    if [contact.id for contact, _ in found] == [actor.id]:
        return actor.contact
    if not actor.is_office:
        # The words name nobody: they are days that were not understood, such as 下周.
        unread = said.fault if not found else None
        raise fault_error(unread) if unread is not None else DomainError("leave.only_yourself")
    if not found:
        raise DomainError("leave.nobody", name=clip_plain(words, 40))
    if len(found) == 1:
        return found[0][0]
    rows = [
        [person_card.person_button("leave.chosen", contact, unit, contact_id=contact.id, words=everything)]
        for contact, unit in found[:CHOICES]
    ]
    return View([Text("leave.which_person", name=clip_plain(words, 40))], rows)


async def _named(session: Session, words: str) -> list[tuple[Contact, Unit]]:
    """The people in the roster with exactly this name, with the unit before it or in brackets behind it.

    If there are none: those whose unit and name contain the words.
    """
    name, unit_name = read_person(words)
    hits = [hit for hit in await person_card.matching(session, name) if hit[0].state is not ContactState.LEFT]
    if unit_name is not None:
        hits = [hit for hit in hits if unit_name in normalise(hit[1].name)]
    whole = [
        (contact, unit)
        for contact, unit in hits
        if name in {normalise(contact.name), normalise(unit.name + contact.name)}
    ]
    return whole or hits


async def _ask_deputy(turn: Turn, person: Contact, days: Days) -> View:
    """Ask for the deputy: colleagues by button, reachable people and reporters first.

    Anybody else by name.
    """
    unit = await turn.session.get_one(Unit, person.unit_id)
    there = await person_card.colleagues(turn.session, person.unit_id, person.id)
    able = sorted(there, key=lambda contact: not contact.reachable)
    said = {"contact_id": person.id, "first": days[0], "last": days[1]}
    await questions.ask_privately(turn, "away.deputy", said)
    rows = _deputy_rows(turn.actor, person, [(contact, unit) for contact in able], days)
    key = "leave.choose_deputy" if able else "leave.type_deputy"
    return View([Text(key, name=person.name, days=days_text(*days))], rows)


def _deputy_rows(
    actor: Actor, person: Contact, found: Sequence[tuple[Contact, Unit]], days: Days
) -> list[list[ButtonSpec]]:
    said = {"contact_id": person.id, "first": days[0], "last": days[1]}
    rows = [
        [person_card.person_button("leave.deputy", contact, unit, **said, deputy_id=contact.id)]
        for contact, unit in found[:CHOICES]
    ]
    return [*rows, [drop_button(actor)]]


async def deputy_named(turn: Turn, contact_id: int, first: date, last: date, words: str) -> View:
    """Take a typed name of the deputy."""
    person = await takes_leave(turn.session, turn.actor, contact_id)
    said = LeaveWords(None, first, last, words.strip().removeprefix("由").removesuffix("代") or None)
    return await _continue(turn, person, said)


async def days_named(turn: Turn, contact_id: int, words: str) -> View:
    """Take the days, and maybe the deputy, that were typed for somebody whom the office has chosen."""
    person = await takes_leave(turn.session, turn.actor, contact_id)
    return await _continue(turn, person, read_leave(words, turn.today))


async def preview(turn: Turn, contact_id: int, deputy_id: int, first: date, last: date) -> View:
    """Show the leave before it is stored."""
    person = await takes_leave(turn.session, turn.actor, contact_id)
    if (fault := fault_of(first, last, turn.today)) is not None:
        raise fault_error(fault)
    deputy = await able_deputy(turn.session, person, deputy_id, first, last)
    unit = await turn.session.get_one(Unit, deputy.unit_id)
    lines = [
        Text("leave.preview", name=person.name, count=(last - first).days + 1, **_full(first, last)),
        Text("leave.preview_deputy", deputy=Text("common.contact", unit=unit.name, name=deputy.name)),
        Text("leave.preview_means"),
    ]
    replaced = await absences.overlapping(turn.session, contact_id, first, last)
    lines += [Text("leave.replaces", days=days_text(row.first, row.last)) for row in replaced]
    said = {"contact_id": contact_id, "first": first, "last": last}
    await questions.drop(turn.session, turn.account, turn.account)
    confirm_ = button("leave.confirm_button", "leave.confirm", turn.actor.id, **said, deputy_id=deputy_id)
    other = button("leave.other_button", "leave.other", turn.actor.id, **said)
    return View(lines, [[confirm_], [other, drop_button(turn.actor)]])


def _full(first: date, last: date) -> dict[str, Text]:
    """The days with the year, because a typed day may belong to the next one."""
    if first == last:
        return {"days": full_day_text(first)}
    return {"days": Text("leave.days", first=full_day_text(first), last=full_day_text(last))}


async def other_deputy(turn: Turn, contact_id: int, first: date, last: date) -> View:
    person = await takes_leave(turn.session, turn.actor, contact_id)
    return await _ask_deputy(turn, person, (first, last))
