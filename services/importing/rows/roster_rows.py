"""Reading a roster sheet: units with tier and parent, and their contacts.

Each person has one line; a line without a person is only about the unit. A unit's tier needs to be stated on
only one of its lines. 单位 inherits through merged cells, never from an unmerged blank. Two lines with the
same unit and name are one person, who gets the roles of both, unless their details show that they are two
people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from locales import Text
from rules.people.roles import Role, Tier
from rules.people.typed_names import normalise
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.grids import Grid, read_grids
from services.importing.reading.headers import SheetSource, best_table
from services.importing.rows.roster_lines import (
    PERSONAL,
    ROSTER_HEADER,
    RosterColumn,
    RosterLine,
    read_line,
    roster_column_name,
)
from services.importing.rows.roster_units import RosterUnits, UnitRow
from services.importing.rows.row_kinds import is_line

__all__ = ["ContactRow", "ParsedRoster", "RefusedRosterRow", "UnitRow", "parse_roster", "read_roster"]

R = RosterColumn


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person of a unit with one role or several; missing details are empty."""

    row: int
    unit: str
    name: str
    post: str
    section: str
    phone: str
    roles: tuple[Role, ...]
    warnings: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRosterRow:
    row: int
    unit: str
    name: str
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class ParsedRoster:
    units: list[UnitRow]
    contacts: list[ContactRow]
    refused: list[RefusedRosterRow]
    notices: list[Text] = field(default_factory=list)
    source: SheetSource | None = None


def parse_roster(
    data: bytes, filename: str, *, known_units: Mapping[str, Tier] | None = None
) -> ParsedRoster:
    """The units and contacts of a roster file.

    ``known_units`` are those of the roster so far: their tier may be left out, and they may be parents.
    Raises ImportFileError if the file cannot be read or holds no such table.
    """
    return read_roster(read_grids(data, filename), filename, known_units=known_units)


def read_roster(
    grids: Sequence[Grid], filename: str, *, known_units: Mapping[str, Tier] | None = None
) -> ParsedRoster:
    """As ``parse_roster``, from the tables of a file that has been opened already."""
    tables = best_table(grids, ROSTER_HEADER)
    if not tables:
        raise ImportFileError("no_header", file=filename, columns=wanted_roster_columns())
    grid, header = tables[0]
    lines = [read_line(row, header) for row in grid.rows[header.last + 1 :] if is_line(row, header)]
    units = RosterUnits(known_units or {})
    for line in lines:
        units.add(line)
    units.settle()
    contacts = _contacts(lines, units)
    refused = [
        RefusedRosterRow(line.row, line.said[R.UNIT], line.said[R.NAME], tuple(line.reasons))
        for line in lines
        if line.reasons
    ]
    notices = [Text("importing.notice.other_table", name=other.name) for other, _ in tables[1:]]
    return ParsedRoster(units.rows(), contacts, refused, notices, SheetSource(grid, header))


def wanted_roster_columns() -> list[Text]:
    """The columns that a roster should have."""
    return [roster_column_name(column) for column in (R.UNIT, R.TIER, R.PARENT, *PERSONAL[:-1])]


def _contacts(lines: Iterable[RosterLine], units: RosterUnits) -> list[ContactRow]:
    found: dict[tuple[str, str], ContactRow] = {}
    for line in lines:
        unit = units.name(line.unit)
        if line.reasons or not line.has_person or unit is None:
            continue
        said = line.said
        contact = ContactRow(
            line.row,
            unit,
            said[R.NAME],
            said[R.POST],
            said[R.SECTION],
            line.phone,
            line.roles,
            tuple(line.warnings),
        )
        key = (line.unit, normalise(contact.name))
        first = found.setdefault(key, contact)
        if _are_two_people(first, contact):
            values = {"unit": unit, "name": contact.name, "row": first.row}
            line.reasons.append(Text("importing.reason.namesake", **values))
        elif first is not contact:
            found[key] = _merged(first, contact)
    return list(found.values())


def _are_two_people(first: ContactRow, second: ContactRow) -> bool:
    if first.phone and second.phone:
        return first.phone != second.phone
    return bool(first.post and second.post) and first.post != second.post


def _merged(first: ContactRow, second: ContactRow) -> ContactRow:
    return replace(
        first,
        post=first.post or second.post,
        section=first.section or second.section,
        phone=first.phone or second.phone,
        roles=tuple(dict.fromkeys((*first.roles, *second.roles))),
        warnings=(*first.warnings, *second.warnings),
    )
