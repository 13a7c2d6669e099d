"""From a parsed roster to the database: first a plan to be looked at, then one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import col, select

from locales import Text, plain
from models import people, tasks
from models.db import Session
from models.people import Contact, ContactRole, Unit
from models.tasks import Task
from services import audit
from services.errors import DomainError
from services.importing.roster_rows import ContactRow, ParsedRoster, RefusedRosterRow, UnitRow
from services.importing.task_plan import responsible_contact

Status = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """``missing``: (unit, name) of contacts that the file lacks; they are left alone."""

    units: Sequence[tuple[UnitRow, Status]]
    contacts: Sequence[tuple[ContactRow, Status]]
    refused: Sequence[RefusedRosterRow]
    missing: Sequence[tuple[str, str]]
    notices: Sequence[Text]

    def count(self, status: Status) -> int:
        return sum(found == status for _, found in self.contacts)

    def count_units(self, status: Status) -> int:
        return sum(found == status for _, found in self.units)

    def to_json(self, locale: str) -> dict[str, Any]:
        return {
            "units": [
                {"name": row.name, "tier": row.tier.value, "parent": row.parent, "status": status}
                for row, status in self.units
            ],
            "contacts": [
                {
                    "unit": row.unit,
                    "name": row.name,
                    "post": row.post or None,
                    "roles": [role.value for role in row.roles],
                    "status": status,
                    "warnings": [plain(warning, locale) for warning in row.warnings],
                    "row": row.row,
                }
                for row, status in self.contacts
            ],
            "refused": [
                {
                    "row": row.row,
                    "unit": row.unit,
                    "name": row.name,
                    "reasons": [plain(reason, locale) for reason in row.reasons],
                }
                for row in self.refused
            ],
            "missing": [{"unit": unit, "name": name} for unit, name in self.missing],
        }


async def plan_roster(session: Session, parsed: ParsedRoster) -> RosterPlan:
    """Match the rows with the units and contacts that are there already."""
    units = {unit.name: unit for unit in await people.all_units(session)}
    names = {unit.id: unit.name for unit in units.values()}
    contacts = {(names[c.unit_id], c.name): c for c in await people.all_contacts(session)}
    roles = await people.roles_by_contact(session)
    _refuse_circles(parsed.units, units, names)
    planned_units = [(row, _unit_status(row, units.get(row.name), names)) for row in parsed.units]
    planned = []
    for row in parsed.contacts:
        contact = contacts.get((row.unit, row.name))
        held = roles.get(contact.id or 0, frozenset()) if contact else frozenset()
        planned.append((row, _contact_status(row, contact, held)))
    there = {(row.unit, row.name) for row in parsed.contacts}
    missing = [key for key in contacts if key not in there]
    return RosterPlan(planned_units, planned, parsed.refused, missing, parsed.notices)


def _refuse_circles(rows: Sequence[UnitRow], units: dict[str, Unit], names: dict[int | None, str]) -> None:
    """A file may close a circle through units that are there already: then nothing of it is taken."""
    parents = {unit.name: names.get(unit.parent_id) for unit in units.values()}
    parents |= {row.name: row.parent for row in rows if row.parent is not None}
    for row in rows:
        seen = {row.name}
        above = parents.get(row.name)
        while above is not None:
            if above in seen:
                raise DomainError("importing.reason.parent_circle", unit=row.name)
            seen.add(above)
            above = parents.get(above)


def _unit_status(row: UnitRow, unit: Unit | None, names: dict[int | None, str]) -> Status:
    if unit is None:
        return "new"
    # A blank 上级单位 says nothing about a parent that is known already.
    parent = names[unit.parent_id] if unit.parent_id is not None else None
    same = unit.tier is row.tier and row.parent in {None, parent}
    return "unchanged" if same else "changed"


def _contact_status(row: ContactRow, contact: Contact | None, roles: frozenset[Any]) -> Status:
    if contact is None:
        return "new"
    same = roles == frozenset(row.roles) and not _changes(row, contact)
    return "unchanged" if same else "changed"


def _changes(row: ContactRow, contact: Contact) -> dict[str, str]:
    """Details that the file states and that differ; a blank cell takes nothing away."""
    stated = {"post": row.post[:100], "section": row.section[:100], "phone": row.phone[:40]}
    return {name: value for name, value in stated.items() if value and getattr(contact, name) != value}


async def apply_roster(session: Session, plan: RosterPlan, *, now: datetime) -> None:
    """Write the plan in the caller's transaction: adds and changes, never deletes."""
    units = {unit.name: unit for unit in await people.all_units(session)}
    for row, status in plan.units:
        if status == "new":
            units[row.name] = Unit(name=row.name, tier=row.tier)
            session.add(units[row.name])
    await session.flush()
    for row, status in plan.units:
        if status != "unchanged":
            _place_unit(session, row, units, now)
    await session.flush()
    for contact_row, status in plan.contacts:
        if status != "unchanged":
            await _write_contact(session, contact_row, units[contact_row.unit], now)
    await _link_tasks(session, now)


def _place_unit(session: Session, row: UnitRow, units: dict[str, Unit], now: datetime) -> None:
    unit = units[row.name]
    before = {"tier": unit.tier.value, "parent_id": unit.parent_id}
    unit.tier = row.tier
    if row.parent is not None:
        unit.parent_id = units[row.parent].id
    session.add(unit)
    after = {"tier": unit.tier.value, "parent_id": unit.parent_id}
    audit.record(session, "import", ("unit", unit.id), now=now, before=before, after=after)


async def _write_contact(session: Session, row: ContactRow, unit: Unit, now: datetime) -> None:
    if unit.id is None:
        raise ValueError("the unit was not flushed")
    contact = await people.contact_by_name(session, unit.id, row.name)
    before = None
    if contact is None:
        contact = Contact(unit_id=unit.id, name=row.name)
    else:
        held = sorted(role.value for role in await people.roles_of(session, contact.id or 0))
        before = {"post": contact.post, "section": contact.section, "roles": held}
    for name, value in _changes(row, contact).items():
        setattr(contact, name, value)
    session.add(contact)
    await session.flush()
    if contact.id is None:
        raise ValueError("the contact was not flushed")
    await session.execute(sa.delete(ContactRole).where(col(ContactRole.contact_id) == contact.id))
    session.add_all(ContactRole(contact_id=contact.id, role=role) for role in row.roles)
    await session.flush()
    after = {"post": contact.post, "section": contact.section, "roles": sorted(r.value for r in row.roles)}
    audit.record(session, "import", ("contact", contact.id), now=now, before=before, after=after)


async def _link_tasks(session: Session, now: datetime) -> None:
    """Tasks whose 责任人 was not in the roster until now find theirs."""
    waiting = (await session.exec(select(Task).where(col(Task.responsible_id).is_(None)))).all()
    if not waiting:
        return
    contacts = await people.all_contacts(session)
    assisting = await tasks.assisting_units(session, [task.id for task in waiting if task.id is not None])
    for task in waiting:
        unit_ids = [task.lead_unit_id, *assisting[task.id or 0]]
        found = responsible_contact(task.responsible_person, unit_ids, contacts)
        if found is None:
            continue
        task.responsible_id = found
        session.add(task)
        before, after = {"responsible_id": None}, {"responsible_id": found}
        audit.record(session, "import", ("task", task.id), now=now, before=before, after=after)
    await session.flush()
