"""``/leave``: a person is away for some days and a deputy stands in; asked, shown, confirmed, ended.

Enrolled people take leave for themselves; the office may enter it for others. Nothing is stored before 确认,
which checks again what was true in the preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from locales import Text
from models import absences
from models.absences import Absence
from models.db import Session
from models.people import Contact, ContactState, Unit
from reports.formats import full_day_text
from rules.delivery import MessageKind
from rules.leave_words import MOST_DAYS, LeaveFault, LeaveWords, fault_of, read_leave, read_person
from rules.names import normalise
from rules.text_parts import clip_plain
from services import audit, outbox, persons, questions
from services.absences import days_text
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.views import ButtonSpec, View

CHOICES: Final = 10
LISTED: Final = 20
_Days = tuple[date, date]


async def begin(session: Session, actor: Actor, words: str, *, now: datetime, campaign: Campaign) -> View:
    """``/leave`` and the words after it: how to write it, the question for the deputy, or the preview."""
    today = campaign.today(now)
    said = read_leave(words, today)
    if said.fault is LeaveFault.NO_DATES and not (said.deputy or said.person):
        return await front(session, actor, now=now, campaign=campaign)
    person = actor.contact if said.person is None else await _person(session, actor, said)
    if isinstance(person, View):
        return person
    return await _continue(session, actor, person, said, today, now)


async def _continue(
    session: Session, actor: Actor, person: Contact, said: LeaveWords, today: date, now: datetime
) -> View:
    if said.first is None or said.last is None:
        if said.fault is LeaveFault.NO_DATES and said.deputy is None and person.id != actor.id:
            return await of_person(session, actor, person.id or 0, now=now, today=today)
        raise fault_error(said.fault or LeaveFault.NO_DATES)
    days = (said.first, said.last)
    if said.deputy is None:
        return await _ask_deputy(session, actor, person, days, now)
    found = await _named(session, said.deputy)
    if len(found) == 1:
        return await preview(session, actor, person.id or 0, found[0][0].id or 0, *days, now=now, today=today)
    if not found:
        raise DomainError("leave.nobody", name=clip_plain(said.deputy, 40))
    rows = _deputy_rows(actor, person, found, days)
    return View([Text("leave.which_deputy", name=clip_plain(said.deputy, 40))], rows)


def fault_error(fault: LeaveFault) -> DomainError:
    return DomainError(f"leave.fault.{fault.value}", most=MOST_DAYS)


async def _person(session: Session, actor: Actor, said: LeaveWords) -> Contact | View:
    """The person who takes leave, or a choice between several. Only the office may name somebody else."""
    words = said.person or ""
    found = await _named(session, words)
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
        [persons.named("leave.person", contact, unit, {"contact_id": contact.id})]
        for contact, unit in found[:CHOICES]
    ]
    return View([Text("leave.which_person", name=clip_plain(words, 40))], rows)


async def _named(session: Session, words: str) -> list[tuple[Contact, Unit]]:
    """The people in the roster with exactly this name, with the unit before it or in brackets behind it.

    If there are none: those whose unit and name contain the words.
    """
    name, unit_name = read_person(words)
    hits = [hit for hit in await persons.matching(session, name) if hit[0].state is not ContactState.LEFT]
    if unit_name is not None:
        hits = [hit for hit in hits if unit_name in normalise(hit[1].name)]
    whole = [
        (contact, unit)
        for contact, unit in hits
        if name in {normalise(contact.name), normalise(unit.name + contact.name)}
    ]
    return whole or hits


# -- who stands in -------------------------------------------------------------------------------------


async def _ask_deputy(session: Session, actor: Actor, person: Contact, days: _Days, now: datetime) -> View:
    """Ask for the deputy: colleagues by button, reachable people and reporters first.

    Anybody else by name.
    """
    unit = await session.get_one(Unit, person.unit_id)
    there = await persons.colleagues(session, person.unit_id, person.id)
    able = sorted(there, key=lambda contact: not contact.reachable)
    said = {"contact_id": person.id, "first": days[0].isoformat(), "last": days[1].isoformat()}
    await _ask(session, actor, "away.deputy", said, now)
    rows = _deputy_rows(actor, person, [(contact, unit) for contact in able], days)
    key = "leave.choose_deputy" if able else "leave.type_deputy"
    return View([Text(key, name=person.name, days=days_text(*days))], rows)


def _deputy_rows(
    actor: Actor, person: Contact, found: Sequence[tuple[Contact, Unit]], days: _Days
) -> list[list[ButtonSpec]]:
    said = {"contact_id": person.id, "first": days[0].isoformat(), "last": days[1].isoformat()}
    rows = [
        [persons.named("leave.deputy", contact, unit, {**said, "deputy_id": contact.id})]
        for contact, unit in found[:CHOICES]
    ]
    return [*rows, [_drop(actor)]]


async def _ask(
    session: Session, actor: Actor, action: str, arguments: Mapping[str, object], now: datetime
) -> None:
    account = actor.contact.telegram_user_id or 0
    await questions.ask(session, account, account, action, now=now, arguments=arguments)


def _drop(actor: Actor) -> ButtonSpec:
    return ButtonSpec(Text("leave.drop_button"), "leave.drop", {}, actor.id)


async def deputy_named(
    session: Session, actor: Actor, contact_id: int, days: _Days, words: str, *, now: datetime, today: date
) -> View:
    """Take a typed name of the deputy."""
    person = await _takes_leave(session, actor, contact_id)
    said = LeaveWords(None, *days, words.strip().removeprefix("由").removesuffix("代") or None)
    return await _continue(session, actor, person, said, today, now)


async def days_named(
    session: Session, actor: Actor, contact_id: int, words: str, *, now: datetime, today: date
) -> View:
    """Take typed days for somebody whom the office has chosen."""
    person = await _takes_leave(session, actor, contact_id)
    return await _continue(session, actor, person, read_leave(words, today), today, now)


# -- confirming ----------------------------------------------------------------------------------------


async def _takes_leave(session: Session, actor: Actor, contact_id: int) -> Contact:
    """The person who takes leave; ``DomainError``: the actor may not say so, or the person has left."""
    if contact_id != actor.id and not actor.is_office:
        raise DomainError("leave.only_yourself")
    contact = await session.get(Contact, contact_id, populate_existing=True)
    if contact is None or contact.state is ContactState.LEFT:
        raise DomainError("people.left", name=contact.name if contact else "")
    return contact


async def _able_deputy(session: Session, person: Contact, deputy_id: int, first: date, last: date) -> Contact:
    """The deputy; ``DomainError`` says why they cannot stand in."""
    deputy = await session.get(Contact, deputy_id, populate_existing=True)
    if deputy is None or deputy.state is ContactState.LEFT:
        raise DomainError("leave.deputy_left", name=deputy.name if deputy else "")
    if deputy.id == person.id:
        raise DomainError("leave.deputy_is_himself")
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


async def preview(
    session: Session,
    actor: Actor,
    contact_id: int,
    deputy_id: int,
    first: date,
    last: date,
    *,
    now: datetime,
    today: date,
) -> View:
    """Show the leave before it is stored."""
    person = await _takes_leave(session, actor, contact_id)
    if (fault := fault_of(first, last, today)) is not None:
        raise fault_error(fault)
    deputy = await _able_deputy(session, person, deputy_id, first, last)
    unit = await session.get_one(Unit, deputy.unit_id)
    lines = [
        Text("leave.preview", name=person.name, count=(last - first).days + 1, **_full(first, last)),
        Text("leave.preview_deputy", deputy=Text("common.contact", unit=unit.name, name=deputy.name)),
        Text("leave.preview_means"),
    ]
    replaced = await absences.overlapping(session, contact_id, first, last)
    lines += [Text("leave.replaces", days=days_text(row.first, row.last)) for row in replaced]
    said = {"contact_id": contact_id, "first": first.isoformat(), "last": last.isoformat()}
    await questions.drop(session, actor.contact.telegram_user_id or 0, actor.contact.telegram_user_id or 0)
    confirm_ = ButtonSpec(
        Text("leave.confirm_button"), "leave.confirm", {**said, "deputy_id": deputy_id}, actor.id
    )
    other = ButtonSpec(Text("leave.other_button"), "leave.other", said, actor.id)
    return View(lines, [[confirm_], [other, _drop(actor)]])


def _full(first: date, last: date) -> dict[str, Text]:
    """The days with the year, because a typed day may belong to the next one."""
    if first == last:
        return {"days": full_day_text(first)}
    return {"days": Text("leave.days", first=full_day_text(first), last=full_day_text(last))}


async def other_deputy(
    session: Session, actor: Actor, contact_id: int, days: _Days, *, now: datetime
) -> View:
    person = await _takes_leave(session, actor, contact_id)
    return await _ask_deputy(session, actor, person, days, now)


async def confirm(
    session: Session,
    actor: Actor,
    contact_id: int,
    deputy_id: int,
    first: date,
    last: date,
    *,
    now: datetime,
    campaign: Campaign,
) -> View:
    """Store the leave in place of those that it overlaps, and tell both people.

    A second press finds it stored.
    """
    person = await _takes_leave(session, actor, contact_id)
    for held in sorted({contact_id, deputy_id}):  # sorted: two who stand in for each other do not deadlock
        # key_share: a scan that is about to nag them does not wait either.
        await session.get(Contact, held, populate_existing=True, with_for_update={"key_share": True})
    if (fault := fault_of(first, last, campaign.today(now))) is not None:
        raise fault_error(fault)
    before = await absences.overlapping(session, contact_id, first, last)
    if [(row.first, row.last, row.deputy_id) for row in before] == [(first, last, deputy_id)]:
        return View([Text("leave.there_already", name=person.name, days=days_text(first, last))])
    deputy = await _able_deputy(session, person, deputy_id, first, last)
    for row in before:
        await _end(session, row, actor.id, now=now)
        if row.deputy_id != deputy_id:
            await _tell_ended(session, row, person, now=now, to=[row.deputy_id])
    made = Absence(
        contact_id=contact_id, deputy_id=deputy_id, first=first, last=last, made_by=actor.id, made_at=now
    )
    session.add(made)
    await session.flush()
    after = _said(made, deputy)
    subject = ("contact", contact_id)
    audit.record(session, "absence", subject, now=now, actor_id=actor.id, before=None, after=after)
    await _tell_made(session, made, person, deputy, now=now)
    values = {"name": person.name, "days": days_text(first, last), "deputy": deputy.name}
    return View([Text("leave.done", **values)], [[_end_button(actor, made, campaign.today(now))]])


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
    button = ButtonSpec(Text("nags.list_button"), "task.list", {}, deputy.id)
    yours = View([Text("leave.you_stand_in", who=who, days=days)], [[button]])
    await outbox.enqueue(session, MessageKind.NOTICE, f"stand-in:{row.id}", yours, now=now, contact=deputy)
    his = View([Text("leave.you_are_away", days=days, deputy=deputy.name)])
    await outbox.enqueue(session, MessageKind.NOTICE, f"away:{row.id}", his, now=now, contact=person)


# -- ending --------------------------------------------------------------------------------------------


async def end(session: Session, actor: Actor, absence_id: int, *, now: datetime, campaign: Campaign) -> View:
    """取消请假 before it begins, 提前销假 after: from now on the duties are the person's own again."""
    row = await session.get(Absence, absence_id, populate_existing=True)
    if row is None or (row.contact_id != actor.id and not actor.is_office):
        raise DomainError("leave.only_yourself")
    if row.last < campaign.today(now) or not await _end(session, row, actor.id, now=now):
        raise DomainError("leave.over")
    person = await session.get_one(Contact, row.contact_id)
    to = [row.deputy_id, *([row.contact_id] if row.contact_id != actor.id else [])]
    await _tell_ended(session, row, person, now=now, to=to)
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
    contact_id = contact.id or 0
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
        await outbox.tell_office(session, f"no-deputy:{row.id}", view, now=now)
        his = View([Text("leave.your_deputy_is_gone", **values)])
        await outbox.enqueue(
            session, MessageKind.NOTICE, f"your-deputy:{row.id}", his, now=now, contact=person
        )


# -- looking -------------------------------------------------------------------------------------------


async def front(session: Session, actor: Actor, *, now: datetime, campaign: Campaign) -> View:
    """How to write ``/leave``, the reader's present and coming leaves, and those in which they stand in."""
    today = campaign.today(now)
    lines, rows = [Text("leave.how")], []
    mine = await absences.absences_of(session, [actor.id], today)
    for row in mine[:LISTED]:
        deputy = await session.get_one(Contact, row.deputy_id)
        lines.append(Text("leave.yours", days=days_text(row.first, row.last), deputy=deputy.name))
        rows.append([_end_button(actor, row, today)])
    for row in (await absences.duties_of_deputy(session, actor.id, today))[:LISTED]:
        person = await session.get_one(Contact, row.contact_id)
        lines.append(Text("leave.standing_in", name=person.name, days=days_text(row.first, row.last)))
    if actor.is_office:
        lines.append(Text("leave.how_office"))
    return View(lines, rows)


def _end_button(actor: Actor, row: Absence, today: date) -> ButtonSpec:
    key = "leave.cancel_button" if row.first > today else "leave.end_button"
    label = Text(key, days=days_text(row.first, row.last))
    return ButtonSpec(label, "leave.end", {"absence_id": row.id}, actor.id)


async def of_person(session: Session, actor: Actor, contact_id: int, *, now: datetime, today: date) -> View:
    """A person's leaves for the office, which may end them or write the days of another one."""
    person = await _takes_leave(session, actor, contact_id)
    lines, rows = [Text("leave.of_person", name=person.name)], []
    for row in (await absences.absences_of(session, [contact_id], today))[:LISTED]:
        deputy = await session.get_one(Contact, row.deputy_id)
        lines.append(
            Text("leave.his", days=days_text(row.first, row.last), deputy=deputy.name, name=person.name)
        )
        rows.append([_end_button(actor, row, today)])
    lines.append(Text("leave.write_days"))
    await _ask(session, actor, "away.days", {"contact_id": contact_id}, now)
    return View(lines, [*rows, [_drop(actor)]])
