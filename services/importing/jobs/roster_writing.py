"""From a plan of a roster to the database, a part at a time: adds and changes, never deletes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from models import people
from models.db import Session, ident
from models.people import Contact, ContactRole, ContactState, Unit, retirement
from rules.people.roles import Role
from services import audit
from services.importing.jobs import task_links
from services.importing.plans.roster_plan import RosterPlan, details_changed
from services.importing.rows.roster_rows import ContactRow, UnitRow
from services.unit_use import require_in_use


async def apply_roster(session: Session, plan: RosterPlan, *, now: datetime) -> None:
    """Write the whole plan in the caller's transaction."""
    await write_units(session, plan.units_to_write(), now=now)
    await write_contacts(session, plan.contacts_to_write(), now=now)
    await task_links.write_links(session, await task_links.links(session), now=now)


async def write_units(
    session: Session, part: Sequence[UnitRow], *, now: datetime, actor_id: int | None = None
) -> None:
    """Write some units of a plan; the units above them are written before or with them."""
    names = {row.name for row in part} | {row.parent for row in part if row.parent is not None}
    units = await people.units_named(session, names, retired=True)
    before = {name: _placed(unit) for name, unit in units.items()}
    retired = [row.name for row in part if row.name in units and units[row.name].retired_at is not None]
    new = {row.name: Unit(name=row.name, tier=row.tier) for row in part if row.name not in units}
    session.add_all(new.values())
    await session.flush()
    units |= new
    for row in part:
        unit = units[row.name]
        unit.tier, unit.retired_at = row.tier, None
        if row.parent is not None:
            unit.parent_id = units[row.parent].id
    await session.flush()
    await _leave_retired(session, [units[name] for name in retired])
    for row in part:
        about, was, after = ("unit", units[row.name].id), before.get(row.name), _placed(units[row.name])
        if was != after:
            audit.record(session, "import", about, now=now, actor_id=actor_id, before=was, after=after)
        if row.name in retired:
            was, after = {"retired": True}, {"retired": False}
            audit.record(session, "revive", about, now=now, actor_id=actor_id, before=was, after=after)
    await session.flush()
    # All of them must be in use by now, also those under which the others are placed.
    await require_in_use(session, {one for unit in units.values() for one in (unit.id, unit.parent_id)})


async def _leave_retired(session: Session, revived: Sequence[Unit]) -> None:
    """A unit that comes back without one above it that is in use stands alone."""
    above = {unit.parent_id for unit in revived if unit.parent_id is not None}
    used = await retirement.in_use(session, above) if above else frozenset()
    for unit in revived:
        if unit.parent_id not in used:
            unit.parent_id = None
    await session.flush()


def _placed(unit: Unit) -> dict[str, object]:
    return {"tier": unit.tier.value, "parent_id": unit.parent_id}


async def write_contacts(
    session: Session, part: Sequence[ContactRow], *, now: datetime, actor_id: int | None = None
) -> None:
    """Write some contacts of a plan, whose units are written already."""
    units = await people.units_named(session, {row.unit for row in part}, retired=True)
    await require_in_use(session, [unit.id for unit in units.values()])
    keys = [(ident(units[row.unit]), row.name) for row in part]
    there = await people.contacts_named(session, keys)
    held = await people.roles_of_all(session, [one.id for one in there.values() if one.id is not None])
    before = {key: _described(one, held.get(ident(one), ())) for key, one in there.items()}
    new = {key: Contact(unit_id=key[0], name=key[1]) for key in keys if key not in there}
    contacts = there | new
    for row, key in zip(part, keys, strict=True):
        _fill_in(contacts[key], row)
    session.add_all(contacts.values())
    await session.flush()
    for row, key in zip(part, keys, strict=True):
        contact = contacts[key]
        now_held = held.get(ident(contact), frozenset())
        wanted = set(row.roles)
        if contact.id == actor_id:
            # Nobody loses their own place in the office by their own import: somebody must always be able to
            # give it.
            wanted |= now_held & {Role.OFFICE}
        await _set_roles(session, ident(contact), now_held, wanted)
        was, after = before.get(key), _described(contact, wanted)
        if was != after:
            audit.record(
                session,
                "import",
                ("contact", contact.id),
                now=now,
                actor_id=actor_id,
                before=was,
                after=after,
            )
    await session.flush()


def _fill_in(contact: Contact, row: ContactRow) -> None:
    for name, value in details_changed(row, contact).items():
        setattr(contact, name, value)
    if contact.state is ContactState.LEFT:
        contact.state = ContactState.NOT_ENROLLED


def _described(contact: Contact, roles: Collection[Role]) -> dict[str, object]:
    return {
        "post": contact.post,
        "section": contact.section,
        "phone": contact.phone,
        "state": contact.state.value,
        "roles": sorted(role.value for role in roles),
    }


async def _set_roles(
    session: Session, contact_id: int, held: Collection[Role], wanted: Collection[Role]
) -> None:
    if gone := set(held) - set(wanted):
        await session.execute(
            sa.delete(ContactRole).where(
                col(ContactRole.contact_id) == contact_id, col(ContactRole.role).in_(gone)
            )
        )
    session.add_all(ContactRole(contact_id=contact_id, role=role) for role in sorted(set(wanted) - set(held)))
