"""``/leave``: a person is away for some days and a deputy stands in; asked, shown, confirmed, ended.

Enrolled people take leave for themselves; the office may enter it for others. Nothing is stored before 确认,
which checks again what was true in the preview.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from locales import Text
from models import people
from models.db import Session, ident
from models.people import Contact, ContactState, Unit, absences
from models.people.absences import Absence
from rules.delivery.delivery import MessageKind
from rules.leave_words import MOST_DAYS, LeaveFault, fault_of
from rules.people.office_subjects import OfficeSubject
from services import audit, office_notices, outbox, questions
from services.absences import days_text
from services.access import Actor
from services.errors import DomainError
from services.recipients import OfficeShare
from services.task_wording import list_button
from services.turn import Turn
from services.views import ButtonSpec, View, button

LISTED: Final = 20
Days = tuple[date, date]


def fault_error(fault: LeaveFault) -> DomainError:
    return DomainError(f"leave.fault.{fault.value}", most=MOST_DAYS)


# -- who stands in -------------------------------------------------------------------------------------


def drop_button(actor: Actor) -> ButtonSpec:
    return button("leave.drop_button", "leave.drop", actor.id)


# -- confirming ----------------------------------------------------------------------------------------


async def takes_leave(session: Session, actor: Actor, contact_id: int) -> Contact:
    """The person who takes leave; ``DomainError``: the actor may not say so, or the person has left."""
    if contact_id != actor.id and not actor.is_office:
        raise DomainError("leave.only_yourself")
    contact = await session.get(Contact, contact_id, populate_existing=True)
    if contact is None or contact.state is ContactState.LEFT:
        raise DomainError("people.left", name=contact.name if contact else "")
    return contact


async def able_deputy(session: Session, person: Contact, deputy_id: int, first: date, last: date) -> Contact:
    """The deputy; ``DomainError`` says why they cannot stand in."""
    deputy = await session.get(Contact, deputy_id, populate_existing=True)
    if deputy is None or deputy.state is ContactState.LEFT:
        raise DomainError("leave.deputy_left", name=deputy.name if deputy else "")
    if deputy.id == person.id:
        raise DomainError("leave.deputy_is_the_same")
    if not deputy.reachable:
        enrolled = deputy.state is not ContactState.NOT_ENROLLED
        raise DomainError(
            "leave.deputy_unreachable" if enrolled else "leave.deputy_not_enrolled", name=deputy.name
        )
    away = await absences.overlapping(session, deputy_id, first, last)
    if away:
        days = days_text(away[0].first, away[0].last)
        raise DomainError("leave.deputy_away", name=deputy.name, days=days)
    return deputy


async def confirm(turn: Turn, contact_id: int, deputy_id: int, first: date, last: date) -> View:
    """Store the leave in place of those that it overlaps, and tell both people.

    A second press finds it stored.
    """
    person = await takes_leave(turn.session, turn.actor, contact_id)
    for held in sorted({contact_id, deputy_id}):  # sorted: two who stand in for each other do not deadlock
        # key_share: a scan that is about to nag them does not wait either.
        await turn.session.get(Contact, held, populate_existing=True, with_for_update={"key_share": True})
    if (fault := fault_of(first, last, turn.today)) is not None:
        raise fault_error(fault)
    before = await absences.overlapping(turn.session, contact_id, first, last)
    if [(row.first, row.last, row.deputy_id) for row in before] == [(first, last, deputy_id)]:
        return View([Text("leave.there_already", name=person.name, days=days_text(first, last))])
    deputy = await able_deputy(turn.session, person, deputy_id, first, last)
    for row in before:
        await _end(turn.session, row, turn.actor.id, now=turn.now)
        if row.deputy_id != deputy_id:
            await _tell_ended(turn.session, row, person, now=turn.now, to=[row.deputy_id])
    made = Absence(
        contact_id=contact_id,
        deputy_id=deputy_id,
        first=first,
        last=last,
        made_by=turn.actor.id,
        made_at=turn.now,
    )
    turn.session.add(made)
    await turn.session.flush()
    audit.note(turn, "absence", ("contact", contact_id), after=_said(made, deputy))
    await _tell_made(turn.session, made, person, deputy, now=turn.now)
    name, stand_in = await _told_apart(turn.session, person, deputy)
    done = Text("leave.done", name=name, days=days_text(first, last), deputy=stand_in)
    return View([done], [[_end_button(turn.actor, made, turn.today)]])


async def _told_apart(session: Session, person: Contact, deputy: Contact) -> tuple[str | Text, str | Text]:
    """Their names, with their units where both have one name: who has two posts stands in for themselves."""
    if person.name != deputy.name:
        return person.name, deputy.name
    units = await people.unit_names(session, {person.unit_id, deputy.unit_id})
    first, second = (
        Text("common.contact", unit=units[one.unit_id], name=one.name) for one in (person, deputy)
    )
    return first, second


def _said(row: Absence, deputy: Contact) -> dict[str, object]:
    return {
        "absence_id": row.id,
        "first": row.first.isoformat(),
        "last": row.last.isoformat(),
        "deputy": deputy.name,
        "deputy_id": row.deputy_id,
    }


async def _tell_made(
    session: Session, row: Absence, person: Contact, deputy: Contact, *, now: datetime
) -> None:
    days = days_text(row.first, row.last)
    unit = await session.get_one(Unit, person.unit_id)
    who = Text("common.contact", unit=unit.name, name=person.name)
    yours = View([Text("leave.you_stand_in", who=who, days=days)], [[list_button(deputy.id)]])
    await outbox.enqueue(session, MessageKind.NOTICE, f"stand-in:{row.id}", yours, now=now, contact=deputy)
    view = View([Text("leave.you_are_away", days=days, deputy=deputy.name)])
    await outbox.enqueue(session, MessageKind.NOTICE, f"away:{row.id}", view, now=now, contact=person)


# -- ending --------------------------------------------------------------------------------------------


async def end(turn: Turn, absence_id: int) -> View:
    """取消请假 before it begins, 提前销假 after: from now on the duties are the person's own again."""
    row = await turn.session.get(Absence, absence_id, populate_existing=True)
    if row is None or (row.contact_id != turn.actor.id and not turn.actor.is_office):
        raise DomainError("leave.only_yourself")
    if row.last < turn.today or not await _end(turn.session, row, turn.actor.id, now=turn.now):
        raise DomainError("leave.over")
    person = await turn.session.get_one(Contact, row.contact_id)
    to = [row.deputy_id, *([row.contact_id] if row.contact_id != turn.actor.id else [])]
    await _tell_ended(turn.session, row, person, now=turn.now, to=to)
    return View([Text("leave.ended", name=person.name, days=days_text(row.first, row.last))])


async def _end(session: Session, row: Absence, actor_id: int | None, *, now: datetime) -> bool:
    if row.id is None or not await absences.end(session, row.id, now):
        return False
    await session.refresh(row)
    deputy = await session.get_one(Contact, row.deputy_id)
    before, subject = _said(row, deputy), ("contact", row.contact_id)
    audit.record(
        session, "absence_end", subject, now=now, actor_id=actor_id, before=before, after={"deputy": None}
    )
    await session.flush()
    return True


async def _tell_ended(
    session: Session, row: Absence, person: Contact, *, now: datetime, to: Sequence[int]
) -> None:
    for contact_id in to:
        reader = await session.get_one(Contact, contact_id)
        key = "leave.your_leave_ended" if contact_id == row.contact_id else "leave.you_stand_in_no_more"
        view = View([Text(key, name=person.name, days=days_text(row.first, row.last))])
        await outbox.enqueue(
            session, MessageKind.NOTICE, f"away-over:{row.id}:{contact_id}", view, now=now, contact=reader
        )


async def end_all_of(
    session: Session, contact: Contact, actor_id: int, *, now: datetime, today: date
) -> None:
    """End the contact's own leaves and those in which they stand in, because they leave or change units.

    A person who loses their deputy is told, and so is the office, for the duties are their own again.
    """
    contact_id = ident(contact)
    for row in await absences.absences_of(session, [contact_id], today):
        if await _end(session, row, actor_id, now=now):
            await _tell_ended(session, row, contact, now=now, to=[row.deputy_id])
    for row in await absences.duties_of_deputy(session, contact_id, today):
        if not await _end(session, row, actor_id, now=now):
            continue
        person = await session.get_one(Contact, row.contact_id)
        unit = await session.get_one(Unit, person.unit_id)
        who = Text("common.contact", unit=unit.name, name=person.name)
        values = {"days": days_text(row.first, row.last), "deputy": contact.name}
        view = View([Text("leave.deputy_is_gone", who=who, **values)])
        share = OfficeShare(OfficeSubject.PEOPLE, today)
        await office_notices.tell(session, f"no-deputy:{row.id}", view, now=now, share=share)
        view = View([Text("leave.your_deputy_is_gone", **values)])
        await outbox.enqueue(
            session, MessageKind.NOTICE, f"your-deputy:{row.id}", view, now=now, contact=person
        )


# -- looking -------------------------------------------------------------------------------------------


async def front(turn: Turn) -> View:
    """How to write ``/leave``, the reader's present and coming leaves, and those in which they stand in."""
    today = turn.today
    lines, rows = [Text("leave.how")], []
    mine = await absences.absences_of(turn.session, [turn.actor.id], today)
    for row in mine[:LISTED]:
        deputy = await turn.session.get_one(Contact, row.deputy_id)
        lines.append(Text("leave.yours", days=days_text(row.first, row.last), deputy=deputy.name))
        rows.append([_end_button(turn.actor, row, today)])
    for row in (await absences.duties_of_deputy(turn.session, turn.actor.id, today))[:LISTED]:
        person = await turn.session.get_one(Contact, row.contact_id)
        lines.append(Text("leave.standing_in", name=person.name, days=days_text(row.first, row.last)))
    if turn.actor.is_office:
        lines.append(Text("leave.how_office"))
    return View(lines, rows)


def _end_button(actor: Actor, row: Absence, today: date) -> ButtonSpec:
    key = "leave.cancel_button" if row.first > today else "leave.end_button"
    label = Text(key, days=days_text(row.first, row.last))
    return button(label, "leave.end", actor.id, absence_id=row.id)


async def of_person(turn: Turn, contact_id: int) -> View:
    """A person's leaves for the office, which may end them or write the days of another one."""
    person = await takes_leave(turn.session, turn.actor, contact_id)
    lines, rows = [Text("leave.of_person", name=person.name)], []
    for row in (await absences.absences_of(turn.session, [contact_id], turn.today))[:LISTED]:
        deputy = await turn.session.get_one(Contact, row.deputy_id)
        lines.append(
            Text("leave.theirs", days=days_text(row.first, row.last), deputy=deputy.name, name=person.name)
        )
        rows.append([_end_button(turn.actor, row, turn.today)])
    lines.append(Text("leave.write_days"))
    await questions.ask_privately(turn, "away.days", {"contact_id": contact_id})
    return View(lines, [*rows, [drop_button(turn.actor)]])
