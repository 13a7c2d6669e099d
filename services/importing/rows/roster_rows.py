"""Reading a roster sheet: units with tier and parent, and their contacts.

Each person has one line; a line without a person is only about the unit. A unit's tier needs to be stated on
only one of its lines. 单位 inherits through merged cells, never from an unmerged blank. Two lines with the
same unit and name are one person, who gets the roles of both, unless their details show that they are two
people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from locales import Text
from rules.people.roles import Role, Tier
from rules.people.typed_names import normalise
from services.importing.reading.grids import Grid, GridRow, read_grids
from services.importing.reading.headers import Header, SheetSource
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.questions import NO_ANSWERS, Answers, Ask
from services.importing.rows.roster_lines import ROSTER_HEADER, RosterColumn, RosterLine, read_line
from services.importing.rows.roster_units import RosterUnits, UnitRow
from services.importing.rows.row_kinds import beginning, is_line
from services.importing.rows.sheet_lines import quoted
from services.importing.rows.table_choice import choose_table
from services.importing.rows.unread import UnreadColumn

__all__ = ["ContactRow", "ParsedRoster", "RefusedRosterRow", "UnitRow", "parse_roster", "read_roster"]

R = RosterColumn
NEEDED: Final = (R.UNIT, R.NAME, R.ROLE)


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

    @property
    def line(self) -> LineRef:
        return LineRef(0, self.row)


@dataclass(frozen=True, slots=True)
class RefusedRosterRow:
    """A refused line; ``asks`` as for a line of tasks."""

    row: int
    unit: str
    name: str
    reasons: tuple[Text, ...]
    asks: tuple[Ask, ...] = ()

    @property
    def line(self) -> LineRef:
        return LineRef(0, self.row)

    @property
    def about(self) -> str:
        return self.name or self.unit


@dataclass(frozen=True, slots=True)
class ParsedRoster:
    units: list[UnitRow]
    contacts: list[ContactRow]
    refused: list[RefusedRosterRow]
    notices: list[Text] = field(default_factory=list)
    sources: list[SheetSource] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)
    meanings: Interpretations = field(default_factory=Interpretations)


def parse_roster(
    data: bytes,
    filename: str,
    *,
    known_units: Mapping[str, Tier] | None = None,
    aliases: Mapping[str, str] | None = None,
) -> ParsedRoster:
    """The units and contacts of a roster file.

    ``known_units`` are those of the roster so far: their tier may be left out, and they may be parents.
    ``aliases``: other names of theirs. Raises ImportFileError if the file cannot be read or holds no such
    table.
    """
    return read_roster(read_grids(data, filename), filename, known_units=known_units, aliases=aliases)


def read_roster(
    grids: Sequence[Grid],
    filename: str,
    *,
    known_units: Mapping[str, Tier] | None = None,
    aliases: Mapping[str, str] | None = None,
    answers: Answers = NO_ANSWERS,
) -> ParsedRoster:
    """As ``parse_roster``, from the tables of a file that has been opened already."""
    grid, header, found = choose_table(grids, filename, ROSTER_HEADER, FileKind.ROSTER, NEEDED, answers)
    meanings = Interpretations()
    lines = list(_lines(grid, header, meanings))
    units = RosterUnits(known_units or {}, aliases, answers)
    for line in lines:
        own = units.own_name(line.unit)
        if own != line.unit:
            meanings.add(line.ref, Meaning.ALIAS, said=line.said[R.UNIT], unit=units.name(own) or own)
        line.unit = own
        units.add(line)
    units.settle()
    contacts = _contacts(lines, units, meanings)
    refused = [
        RefusedRosterRow(
            line.row, line.said[R.UNIT], line.said[R.NAME], tuple(line.reasons), tuple(line.asks)
        )
        for line in lines
        if line.reasons
    ]
    source = SheetSource(grid, header)
    return ParsedRoster(units.rows(), contacts, refused, found.notices, [source], found.unread, meanings)


def _lines(grid: Grid, header: Header[RosterColumn], meanings: Interpretations) -> Iterator[RosterLine]:
    """The lines below the header; headings, totals and notes are named."""
    for row in grid.rows[header.last + 1 :]:
        if is_line(row, header) or _names_a_person(row, header):
            yield read_line(row, header, meanings)
        else:
            meanings.add(LineRef(0, row.number), Meaning.BESIDE, said=quoted(beginning(row), 20))


def _names_a_person(row: GridRow, header: Header[RosterColumn]) -> bool:
    """Whether the row has a unit, a name and a role; then it is a line even if it begins like a note."""
    own = header.cell(row, R.NAME).own and header.cell(row, R.ROLE).own
    return own and header.cell(row, R.UNIT).filled and not header.is_repeated_by(row)


def _contacts(lines: Iterable[RosterLine], units: RosterUnits, meanings: Interpretations) -> list[ContactRow]:
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
            meanings.add(line.ref, Meaning.SAME_PERSON)
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
