"""People who cannot be reached: unit and office are told once, when they first miss a nag.

Who misses only nags about children concerns who decides on these, and not the office. The digest counts by
the same rule (``missed_people``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from locales import Text
from models import people
from models.db import Session, ident
from models.nags.pushes import pushes_since
from models.people import LOST, Contact
from rules.delivery.delivery import MessageKind
from rules.nags.levels import Level
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from services import audit, office_notices, outbox
from services.nags.nag_keeper import HeardNag
from services.nags.subject import SomeStanding, TurnDirectory
from services.people.free_hours import free_from
from services.recipients import Directory, OfficeShare
from services.turn import TickTurn
from services.views import View, button

SHOWN: Final = 30
"""So many names are in one message; the office's list has all of them."""


async def escalate(
    turn: TickTurn, heard: Sequence[HeardNag], standing: SomeStanding, everybody: TurnDirectory
) -> None:
    """Tell units which of their responsible people the bot cannot reach, and those above about all of them.

    Nothing is sent if unit and office have been told of everybody. Whose own list names the person at this
    moment gets no notice beside it.
    """
    session, now = turn.session, turn.now
    due = dict.fromkeys(one.due.subject_id for one in heard if one.level is Level.RESPONSIBLE)
    wanted: dict[int, list[int]] = {}
    for subject_id in due:
        if (person_id := standing.answers(subject_id)) is not None:
            wanted.setdefault(person_id, []).append(subject_id)
    if not wanted:
        return
    directory = await everybody.directory()
    missed: dict[int, Contact] = {}
    for contact_id in wanted:
        contact = directory.by_id.get(contact_id)
        if contact is not None and _is_new(contact, directory):
            missed[ident(contact)] = contact
    by_unit: dict[int, list[Contact]] = {}
    still = await people.missing(session, missed.keys())
    missed = {contact_id: contact for contact_id, contact in missed.items() if contact_id in still}
    for contact in missed.values():
        contact.missed_at = now
        session.add(contact)
        audit.record(session, "missed", ("contact", contact.id), now=now)
        by_unit.setdefault(contact.unit_id, []).append(contact)
    await session.flush()
    listed = await _listed_now(turn, heard, standing, missed)
    for unit_id, contacts in by_unit.items():
        await _tell_unit(session, directory, unit_id, contacts, listed, now)
    if missed:
        concerned = {contact_id: wanted[contact_id] for contact_id in missed}
        above = await _Above.of(concerned, standing)
        await _tell_deciders(session, directory, missed, above, listed, now)
        if theirs := [missed[contact_id] for contact_id in above.of_office]:
            await _tell_office(turn, directory, theirs)


async def _listed_now(
    turn: TickTurn, heard: Sequence[HeardNag], standing: SomeStanding, missed: Collection[int]
) -> set[tuple[int, int]]:
    """The missed people with those who hear in their place, where a list says so in this very tick."""
    found: set[tuple[int, int]] = set()
    for one in heard:
        contact, person_id = one.who.contact, standing.answers(one.due.subject_id)
        if contact is None or person_id is None or person_id not in missed:
            continue
        if one.level is not Level.RESPONSIBLE:
            continue
        due = one.due
        free = free_from(contact, turn.now, turn.campaign, daily=due.daily, all_hours=due.all_hours)
        if due.exempt or free <= turn.now:
            found.add((person_id, ident(contact)))
    had = await pushes_since(turn.session, {one for _, one in found}, turn.campaign.midnight(turn.today))
    budget = turn.campaign.policy.budget
    full = {reader for reader, pushes in had.items() if pushes.relayed or pushes.loud >= budget}
    return {(person_id, reader) for person_id, reader in found if reader not in full}


@dataclass(frozen=True, slots=True)
class _Above:
    """Who hears of missed people above their unit: who decides on the children that they miss, or the office.

    ``by_decider``: the missed people's ids, by the id of who decides.
    """

    by_decider: Mapping[int, Sequence[int]]
    of_office: Sequence[int]

    @classmethod
    async def of(cls, concerned: Mapping[int, Sequence[int]], standing: SomeStanding) -> Self:
        """``concerned``: what each missed person has to do, by their ids."""
        by_decider: dict[int, list[int]] = {}
        of_office = []
        for contact_id, subject_ids in concerned.items():
            deciding = [await standing.readers(one, Level.DECIDER) for one in subject_ids]
            for reader_id in dict.fromkeys(who.contact_id for many in deciding for who in many):
                if reader_id is not None:
                    by_decider.setdefault(reader_id, []).append(contact_id)
            if not all(deciding):
                of_office.append(contact_id)
        return cls(by_decider, of_office)


def _is_new(contact: Contact, directory: Directory) -> bool:
    new = contact.state in LOST and contact.missed_at is None
    return new and directory.deputy_of(contact) is None


async def _tell_unit(
    session: Session,
    directory: Directory,
    unit_id: int,
    contacts: Sequence[Contact],
    listed: Collection[tuple[int, int]],
    now: datetime,
) -> None:
    """Tell the 联络员 and the 分管领导 of those whom their own lists do not name."""
    readers = [
        reader
        for role in (Role.LIAISON, Role.LEADER_IN_CHARGE)
        for reader in directory.holders(role, unit_id)
        if reader.reachable
    ]
    for reader in {reader.id: reader for reader in readers}.values():
        news = [contact for contact in contacts if (ident(contact), ident(reader)) not in listed]
        if not news:
            continue
        lines = [Text("nags.missed_unit", unit=directory.unit_names[unit_id], count=len(news))]
        view = View([*lines, *_lines(news, directory)])
        key = f"missed:{unit_id}:{now.isoformat()}:{reader.id}"
        await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, contact=reader)


async def _tell_deciders(
    session: Session,
    directory: Directory,
    missed: Mapping[int, Contact],
    above: _Above,
    listed: Collection[tuple[int, int]],
    now: datetime,
) -> None:
    """Tell who decides on children whose people cannot be reached, as far as their own lists do not."""
    for reader_id, contact_ids in above.by_decider.items():
        news = [missed[one] for one in contact_ids if (one, reader_id) not in listed]
        if news:
            view = View([Text("nags.missed_below", count=len(news)), *_lines(news, directory)])
            key, reader = f"missed:below:{now.isoformat()}:{reader_id}", directory.by_id[reader_id]
            await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, contact=reader)


async def _tell_office(turn: TickTurn, directory: Directory, contacts: Sequence[Contact]) -> None:
    lines = [Text("nags.missed_office", count=len(contacts)), *_lines(contacts, directory)]
    rows = [[button("nags.who_button", "who.front")]]
    key, share = f"missed:{turn.now.isoformat()}", OfficeShare(OfficeSubject.PEOPLE, turn.today)
    await office_notices.tell(turn.session, key, View(lines, rows), now=turn.now, share=share)


def _lines(contacts: Sequence[Contact], directory: Directory) -> list[Text]:
    lines = [
        Text(
            "nags.missed_line",
            number=number,
            unit=directory.unit_names[contact.unit_id],
            name=contact.name,
            state=Text(f"nags.missed_state.{contact.state.value}"),
        )
        for number, contact in enumerate(contacts[:SHOWN], 1)
    ]
    if len(contacts) > SHOWN:
        lines.append(Text("nags.missed_more", count=len(contacts) - SHOWN))
    return lines
