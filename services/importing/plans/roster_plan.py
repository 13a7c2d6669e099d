"""From a parsed roster to a plan: what importing it would do. ``roster_writing`` carries it out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from locales import Text, plain
from models import people
from models.db import Session, ident
from models.people import Contact, ContactState, Unit
from rules.people.roles import Role
from rules.people.typed_names import normalise
from services.directory_names import tier_text
from services.errors import DomainError
from services.importing.plans.remarks import Remark, change_text
from services.importing.rows.line_refs import LineRef
from services.importing.rows.roster_lines import RosterColumn, phone_numbers, roster_column_name
from services.importing.rows.roster_rows import ContactRow, ParsedRoster, RefusedRosterRow, UnitRow

R = RosterColumn
Status = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """``missing``: (unit, name) of contacts that the file lacks; they are left alone."""

    units: Sequence[tuple[UnitRow, Status]]
    contacts: Sequence[tuple[ContactRow, Status]]
    refused: Sequence[RefusedRosterRow]
    missing: Sequence[tuple[str, str]]
    notices: Sequence[Text]
    changes: Sequence[Remark] = ()

    @property
    def added(self) -> list[Remark]:
        """The units and then the people that come to the roster, each with what the file says of them."""
        units = [
            Remark(LineRef(0, row.row), row.name, _added_unit(row))
            for row, status in self.units
            if status == "new"
        ]
        people = [
            Remark(row.line, row.name, [_added_person(row)])
            for row, status in self.contacts
            if status == "new"
        ]
        return [*units, *people]

    @property
    def warned(self) -> list[Remark]:
        return [Remark(row.line, row.name, row.warnings) for row, _ in self.contacts if row.warnings]

    @property
    def absent(self) -> list[Remark]:
        """The people whom the file lacks; they are left alone."""
        return [Remark(None, name, [Text("common.as_is", text=unit)]) for unit, name in self.missing]

    def count(self, status: Status) -> int:
        return sum(found == status for _, found in self.contacts)

    def count_units(self, status: Status) -> int:
        return sum(found == status for _, found in self.units)

    def units_to_write(self) -> list[UnitRow]:
        """Units that are new or changed; each comes after the unit above it."""
        rows = {row.name: row for row, _ in self.units}
        ordered: dict[str, UnitRow] = {}
        for row in rows.values():
            chain: list[UnitRow] = []
            above: UnitRow | None = row
            while above is not None and above.name not in ordered:
                chain.append(above)
                above = rows.get(above.parent or "")
            ordered.update((one.name, one) for one in reversed(chain))
        statuses = {row.name: status for row, status in self.units}
        return [row for row in ordered.values() if statuses[row.name] != "unchanged"]

    def contacts_to_write(self, after: int = 0) -> list[ContactRow]:
        """Contacts that are new or changed below the row ``after``, from top to bottom."""
        return [row for row, status in self.contacts if status != "unchanged" and row.row > after]

    def to_json(self, locale: str) -> dict[str, object]:
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
    """Match the rows with the units and contacts that are stored already, also those out of use."""
    units = {unit.name: unit for unit in await people.all_units(session, retired=True)}
    names = {unit.id: unit.name for unit in units.values()}
    parsed = _with_own_names(parsed, units.values())
    contacts = {(names[c.unit_id], c.name): c for c in await people.all_contacts(session)}
    roles = await people.roles_by_contact(session)
    _refuse_circles(parsed.units, units, names)
    planned_units = [(row, _unit_status(row, units.get(row.name), names)) for row in parsed.units]
    holders = _holders(contacts.items())
    planned = []
    for row in parsed.contacts:
        contact = contacts.get((row.unit, row.name))
        held = roles.get(ident(contact), frozenset()) if contact else frozenset()
        if contact is not None and contact.state is ContactState.LEFT:
            row = replace(row, warnings=(*row.warnings, Text("importing.warning.left")))
        if Role.OFFICE in held and Role.OFFICE not in row.roles:
            row = replace(row, warnings=(*row.warnings, Text("importing.warning.loses_office")))
        if contact is None:
            row = replace(row, warnings=(*row.warnings, *_same_phone(row, holders)))
        planned.append((row, _contact_status(row, contact, held)))
    there = {(row.unit, row.name) for row in parsed.contacts}
    missing = [
        key for key, one in contacts.items() if key not in there and one.state is not ContactState.LEFT
    ]
    named = {row.name for row in parsed.units}
    changes = [
        *(_unit_changes(row, units, names, named) for row, status in planned_units if status == "changed"),
        *(
            _contact_changes(row, contacts[row.unit, row.name], roles)
            for row, status in planned
            if status == "changed"
        ),
    ]
    return RosterPlan(planned_units, planned, parsed.refused, missing, parsed.notices, changes)


def _with_own_names(parsed: ParsedRoster, units: Collection[Unit]) -> ParsedRoster:
    """The rows with the own spelling of units out of use, which the reading of the file did not know."""
    used = {normalise(unit.name) for unit in units if unit.retired_at is None}
    own = {normalise(unit.name): unit.name for unit in units if normalise(unit.name) not in used}
    if not own:
        return parsed

    def named(name: str) -> str:
        return own.get(normalise(name), name)

    rows = [
        replace(row, name=named(row.name), parent=row.parent and named(row.parent)) for row in parsed.units
    ]
    return replace(
        parsed, units=rows, contacts=[replace(row, unit=named(row.unit)) for row in parsed.contacts]
    )


def _unit_changes(
    row: UnitRow, units: Mapping[str, Unit], names: Mapping[int | None, str], named: Collection[str]
) -> Remark:
    unit = units[row.name]
    found = [] if unit.retired_at is None else [Text("importing.change.revived")]
    if unit.tier is not row.tier:
        found.append(change_text(roster_column_name(R.TIER), tier_text(unit.tier), tier_text(row.tier)))
    above = None if unit.parent_id is None else names[unit.parent_id]
    if row.parent not in {None, above}:
        found.append(change_text(roster_column_name(R.PARENT), above, row.parent))
    elif above is not None and units[above].retired_at is not None and above not in named:
        # It comes back alone: what stood above it is still out of use.
        found.append(change_text(roster_column_name(R.PARENT), above, None))
    return Remark(LineRef(0, row.row), row.name, found)


def _contact_changes(row: ContactRow, contact: Contact, roles: Mapping[int, frozenset[Role]]) -> Remark:
    columns = {"post": R.POST, "section": R.SECTION, "phone": R.PHONE}
    found = [
        change_text(roster_column_name(columns[field]), getattr(contact, field), value)
        for field, value in details_changed(row, contact).items()
    ]
    held = roles.get(ident(contact), frozenset())
    if held != frozenset(row.roles):
        old, new = (Text("common.as_is", text=_role_names(one)) for one in (held, row.roles))
        found.append(change_text(roster_column_name(R.ROLE), old, new))
    if contact.state is ContactState.LEFT:
        found.append(Text("importing.change.returns"))
    return Remark(row.line, row.name, found)


def _added_unit(row: UnitRow) -> list[Text]:
    said = [Text("importing.added.unit", tier=tier_text(row.tier))]
    return [*said, Text("importing.added.above", unit=row.parent)] if row.parent else said


def _added_person(row: ContactRow) -> Text:
    return Text("importing.added.person", unit=row.unit, roles=_role_names(row.roles))


def _holders(contacts: Iterable[tuple[tuple[str, str], Contact]]) -> dict[str, tuple[str, str]]:
    """By number, the first person in office with that telephone: their unit and name."""
    found: dict[str, tuple[str, str]] = {}
    for key, contact in contacts:
        if contact.state is not ContactState.LEFT:
            for number in phone_numbers(contact.phone or ""):
                found.setdefault(number, key)
    return found


def _same_phone(row: ContactRow, holders: Mapping[str, tuple[str, str]]) -> list[Text]:
    """The warnings that people of the roster have a number of the row's person, each person once."""
    same = dict.fromkeys(holders[number] for number in phone_numbers(row.phone) if number in holders)
    return [Text("importing.warning.same_phone", unit=unit, person=name) for unit, name in same]


def _role_names(roles: Collection[Role]) -> list[Text]:
    return [Text(f"common.role.{role.value}") for role in Role if role in roles]


def _refuse_circles(rows: Sequence[UnitRow], units: dict[str, Unit], names: dict[int | None, str]) -> None:
    """Refuse the whole file if it closes a circle through units that are stored already."""
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
    # A blank 上级单位 says nothing about a parent that is stored already.
    parent = names[unit.parent_id] if unit.parent_id is not None else None
    same = unit.retired_at is None and unit.tier is row.tier and row.parent in {None, parent}
    return "unchanged" if same else "changed"


def _contact_status(row: ContactRow, contact: Contact | None, roles: frozenset[Role]) -> Status:
    if contact is None:
        return "new"
    same = roles == frozenset(row.roles) and not details_changed(row, contact)
    return "unchanged" if same and contact.state is not ContactState.LEFT else "changed"


def details_changed(row: ContactRow, contact: Contact) -> dict[str, str]:
    """Details that the file states and that differ; a blank cell deletes nothing."""
    stated: Mapping[str, str] = {
        "post": row.post[:100],
        "section": row.section[:100],
        "phone": row.phone[:40],
    }
    return {name: value for name, value in stated.items() if value and getattr(contact, name) != value}
