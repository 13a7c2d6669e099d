"""A contact's card for the office: the person, and their post, roles and unit, whose changes are recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from locales import Text
from models import people, tasks
from models.db import Session, ident
from models.people import Contact, ContactState, Unit, absences
from reports.formats import full_day_text
from rules.people.roles import REPORTERS, Role
from rules.people.typed_names import normalise, tidy
from rules.text_parts import clip_plain
from services import audit, questions
from services.absences import away_text
from services.access import Actor, require_office
from services.campaign import Campaign
from services.errors import DomainError
from services.people.enrolment import office_contact
from services.turn import Turn
from services.unit_use import require_in_use
from services.views import ButtonSpec, View, button, in_rows

HITS: Final = 8
MOST_CHARS: Final = 100


async def find(turn: Turn, words: str) -> View:
    """``/person 姓名``: the contact's card, or a choice among those whose unit and name hold the words."""
    require_office(turn.actor)
    wanted = normalise(words).casefold()
    if not wanted:
        raise DomainError("people.name_whom")
    hits = await matching(turn.session, wanted)
    if not hits:
        raise DomainError("people.nobody", text=clip_plain(words, 40))
    if len(hits) == 1:
        return await card(turn, ident(hits[0][0]))
    rows = [
        [person_button("person.card", contact, unit, contact_id=contact.id)] for contact, unit in hits[:HITS]
    ]
    key = "people.several" if len(hits) <= HITS else "people.too_many"
    return View([Text(key, count=len(hits))], rows)


async def matching(session: Session, words: str) -> list[tuple[Contact, Unit]]:
    """Contacts whose unit and name hold the words: exact names first, people who have left last."""
    wanted = normalise(words).casefold()
    units = {unit.id: unit for unit in await people.all_units(session, retired=True)}
    found = []
    for contact in await people.all_contacts(session):
        unit = units[contact.unit_id]
        if wanted in normalise(unit.name + contact.name).casefold():
            found.append((contact, unit))

    def order(hit: tuple[Contact, Unit]) -> tuple[bool, bool, bool]:
        name = normalise(hit[0].name).casefold()
        return hit[0].state is ContactState.LEFT, name != wanted, wanted not in name

    return sorted(found, key=order)


async def colleagues(session: Session, unit_id: int, but: int | None) -> list[Contact]:
    """The people who are still in the unit, except ``but``; those who report first."""
    there = await people.contacts_of_unit(session, unit_id)
    roles = await people.roles_of_all(session, [c.id for c in there if c.id is not None])
    left = [c for c in there if c.state is not ContactState.LEFT and c.id != but]
    return sorted(left, key=lambda c: not roles.get(ident(c), frozenset()) & REPORTERS)


def person_button(action: str, contact: Contact, unit: Unit, **arguments: object) -> ButtonSpec:
    """A button with a person's unit and name on it."""
    left = contact.state is ContactState.LEFT
    key = "people.left_label" if left else "common.contact"
    return button(
        Text(key, unit=clip_plain(unit.name, 30), name=clip_plain(contact.name, 24)), action, **arguments
    )


async def card(turn: Turn, contact_id: int) -> View:
    """The contact, their state, and what the office may change about them."""
    require_office(turn.actor)
    contact = await turn.session.get(Contact, contact_id, populate_existing=True)
    if contact is None:
        raise DomainError("buttons.expired")
    away = await absences.absences_of(turn.session, [contact_id], turn.today)
    leaves = [await away_text(turn.session, row) for row in away]
    return View(await _lines(turn.session, contact, turn.campaign, leaves), _rows(contact))


async def _lines(session: Session, contact: Contact, campaign: Campaign, away: Sequence[Text]) -> list[Text]:
    unit = await session.get_one(Unit, contact.unit_id)
    roles = sorted(await people.roles_of(session, ident(contact)))
    held = [Text(f"common.role.{role.value}") for role in roles]
    duties = await tasks.open_tasks_of_contact(session, [ident(contact)])
    lines = [Text("people.card.title", unit=unit.name, name=contact.name)]
    details = (("post", contact.post), ("section", contact.section), ("phone", contact.phone))
    lines += [Text(f"people.card.{name}", value=value) for name, value in details if value]
    lines.append(Text("people.card.roles", value=held) if held else Text("people.card.no_role"))
    lines.append(Text("people.card.state", value=_state(contact, campaign)))
    lines += [Text("people.card.leave", value=text) for text in away]
    lines.append(Text("people.card.duties", count=len(duties)))
    return lines


def _state(contact: Contact, campaign: Campaign) -> Text:
    if contact.enrolled_at is not None and contact.state is ContactState.ENROLLED:
        since = full_day_text(contact.enrolled_at.astimezone(campaign.zone).date())
        return Text("people.enrolled_since", since=since)
    return Text(f"people.state.{contact.state.value}")


def _rows(contact: Contact) -> list[list[ButtonSpec]]:
    about = partial(button, contact_id=contact.id)
    history = about("people.history_button", "person.history")
    if contact.state is ContactState.LEFT:
        return [[about("people.restore_button", "person.restore"), history]]
    link = "people.invite_button" if contact.telegram_user_id is None else "people.reinvite_button"
    return [
        [
            about("people.post_button", "person.ask_post"),
            about("people.roles_button", "person.roles"),
            about("people.unit_button", "person.ask_unit"),
        ],
        [about(link, "person.invite"), about("people.handover_button", "person.hand_over")],
        [about("leave.person_button", "leave.person"), about("people.leave_button", "person.ask_leave")],
        [history],
    ]


def back(contact_id: int) -> ButtonSpec:
    return button("people.back_button", "person.card", contact_id=contact_id)


# -- post ----------------------------------------------------------------------------------------------


async def ask_post(turn: Turn, contact_id: int) -> View:
    return await _ask(turn, contact_id, "person.post", "people.ask_post")


async def _ask(turn: Turn, contact_id: int, action: str, key: str) -> View:
    contact = await office_contact(turn.session, turn.actor, contact_id)
    await questions.ask_privately(turn, action, {"contact_id": contact_id})
    return View([Text(key, name=contact.name)], [[back(contact_id)]])


async def set_post(turn: Turn, contact_id: int, words: str) -> View:
    """Set the contact's post to what was written; returns their new card."""
    contact = await office_contact(turn.session, turn.actor, contact_id)
    post = tidy(words)
    if not post:
        raise DomainError("people.ask_post", name=contact.name)
    if len(post) > MOST_CHARS:
        raise DomainError("joining.post_too_long", limit=MOST_CHARS)
    before = contact.post
    if post != before:
        contact.post = post
        _record(turn, contact, "post", {"post": before}, {"post": post})
        await turn.session.flush()
    return await card(turn, contact_id)


def _record(
    turn: Turn, contact: Contact, event: str, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    turn.session.add(contact)
    audit.note(turn, event, ("contact", contact.id), before=before, after=after)


# -- roles ---------------------------------------------------------------------------------------------


async def show_roles(session: Session, actor: Actor, contact_id: int) -> View:
    """The contact's roles, each a button that gives or takes it."""
    contact = await office_contact(session, actor, contact_id)
    held = await people.roles_of(session, contact_id)

    def choice(role: Role) -> ButtonSpec:
        key = "people.role_held" if role in held else "people.role_open"
        said = {"contact_id": contact_id, "role": role, "holds": role not in held}
        return button(Text(key, role=Text(f"common.role.{role.value}")), "person.role", **said)

    rows = in_rows([choice(role) for role in Role], 2)
    return View([Text("people.choose_roles", name=contact.name)], [*rows, [back(contact_id)]])


async def set_role(turn: Turn, contact_id: int, role: Role, *, holds: bool) -> View:
    """Give the contact a role or take it away.

    ``DomainError``: it is their last role, or the actor's own place in the office.
    """
    contact = await office_contact(turn.session, turn.actor, contact_id)
    await turn.session.refresh(contact, with_for_update=True)
    held = await people.roles_of(turn.session, contact_id)
    wanted = held | {role} if holds else held - {role}
    if not wanted:
        raise DomainError("people.last_role")
    if role is Role.OFFICE and not holds:
        # Somebody must always be left who can give that role.
        not_himself(turn.actor, contact_id)
    if wanted != held:
        await people.set_roles(turn.session, contact_id, wanted)
        before, after = sorted(r.value for r in held), sorted(r.value for r in wanted)
        _record(turn, contact, "roles", {"roles": before}, {"roles": after})
    return await show_roles(turn.session, turn.actor, contact_id)


def not_himself(actor: Actor, contact_id: int) -> None:
    """Raise ``DomainError`` if members of the office would shut themselves out."""
    if contact_id == actor.id:
        raise DomainError("people.not_yourself")


# -- unit ----------------------------------------------------------------------------------------------


async def ask_unit(turn: Turn, contact_id: int) -> View:
    return await _ask(turn, contact_id, "person.unit", "people.ask_unit")


async def choose_unit(turn: Turn, contact_id: int, words: str) -> View:
    """The units whose names hold the words, each a button."""
    contact = await office_contact(turn.session, turn.actor, contact_id)
    wanted = normalise(words).casefold()
    hits = [
        unit
        for unit in await people.all_units(turn.session)
        if wanted in normalise(unit.name).casefold() and unit.id != contact.unit_id
    ]
    hits.sort(key=lambda unit: (normalise(unit.name).casefold() != wanted, len(unit.name)))
    await questions.ask_privately(turn, "person.unit", {"contact_id": contact_id})
    if not hits:
        return View([Text("people.no_such_unit")], [[back(contact_id)]])

    def choice(unit: Unit) -> ButtonSpec:
        said = {"contact_id": contact_id, "unit_id": unit.id}
        return button(Text("common.as_is", text=clip_plain(unit.name, 50)), "person.unit", **said)

    return View(
        [Text("people.which_unit", name=contact.name)],
        [*([choice(u)] for u in hits[:HITS]), [back(contact_id)]],
    )


async def preview_move(session: Session, actor: Actor, contact_id: int, unit_id: int) -> View:
    """Show what a move to another unit means for the contact's open duties."""
    contact = await office_contact(session, actor, contact_id)
    old, new = await session.get_one(Unit, contact.unit_id), await session.get_one(Unit, unit_id)
    duties = await tasks.open_tasks_of_contact(session, [contact_id])
    lines = [Text("people.move_preview", name=contact.name, old=old.name, new=new.name)]
    if duties:
        lines.append(Text("people.move_keeps", count=len(duties)))
    said = {"contact_id": contact_id, "unit_id": unit_id, "from_id": contact.unit_id}
    confirm = button("people.confirm_button", "person.move", **said)
    return View(lines, [[confirm, back(contact_id)]])


async def move(turn: Turn, contact_id: int, unit_id: int, from_id: int) -> View:
    """Move the contact to another unit; returns their new card."""
    contact = await office_contact(turn.session, turn.actor, contact_id)
    await turn.session.refresh(contact, with_for_update=True)
    if contact.unit_id == from_id and unit_id != from_id:
        if await people.contact_by_name(turn.session, unit_id, contact.name) is not None:
            raise DomainError("people.name_taken", name=contact.name)
        await require_in_use(turn.session, [unit_id])
        old, new = await turn.session.get_one(Unit, from_id), await turn.session.get_one(Unit, unit_id)
        contact.unit_id = unit_id
        before, after = {"unit": old.name}, {"unit": new.name}
        _record(turn, contact, "unit", before, after)
        await turn.session.flush()
    await questions.drop(turn.session, turn.account, turn.account)
    return await card(turn, contact_id)


# -- marked as left by mistake -------------------------------------------------------------------------


async def restore(turn: Turn, contact_id: int) -> View:
    """Put a contact who was marked as having left back into the roster; roles must be given again."""
    require_office(turn.actor)
    left = await turn.session.get_one(Contact, contact_id)
    await require_in_use(turn.session, [left.unit_id])
    old, new = ContactState.LEFT, ContactState.NOT_ENROLLED
    if await people.move_state(turn.session, contact_id, old, new):
        contact = await turn.session.get_one(Contact, contact_id, populate_existing=True)
        before, after = {"state": old.value}, {"state": new.value}
        _record(turn, contact, "restore", before, after)
    return await card(turn, contact_id)
