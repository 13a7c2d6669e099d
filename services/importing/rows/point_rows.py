"""Reading a sheet of known places (点位): the unit and the position of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from locales import Text
from rules.cases.coordinates import Position, position, read_degrees, read_pair
from rules.people.typed_names import normalise
from services.importing.reading.cells import Grid, line_of
from services.importing.reading.grids import read_grids
from services.importing.reading.headers import SheetSource
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.interpretations import Interpretations
from services.importing.rows.place_units import AnsweringUnit, holder, take_answer
from services.importing.rows.questions import NO_ANSWERS, Answers
from services.importing.rows.sheet_lines import RefusedLine, SheetLine, lines_of, quoted
from services.importing.rows.table_choice import choose_table
from services.importing.rows.table_headers import POINT_HEADER, PointColumn
from services.importing.rows.task_units import Roster
from services.importing.rows.unread import UnreadColumn

__all__ = ["ParsedPoints", "PointColumn", "PointRow", "parse_points", "read_points"]

C = PointColumn
NEEDED: Final = (C.NAME, C.UNIT)
_MOST: Final = {C.NAME: 100, C.ADDRESS: 255}
_MAP: Final = (C.COORDINATES, C.LONGITUDE, C.LATITUDE)


@dataclass(frozen=True, slots=True)
class PointRow:
    """``address`` and ``place`` are None if the line does not state them."""

    row: int
    name: str
    unit: str
    address: str | None
    place: Position | None
    warnings: tuple[Text, ...] = ()

    @property
    def key(self) -> str:
        return normalise(self.name)


@dataclass(frozen=True, slots=True)
class ParsedPoints:
    rows: list[PointRow] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    notices: list[Text] = field(default_factory=list)
    sources: list[SheetSource] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)
    meanings: Interpretations = field(default_factory=Interpretations)


def parse_points(data: bytes, filename: str, *, roster: Roster) -> ParsedPoints:
    """The places of a file. Raises ImportFileError if it cannot be read or holds no such table."""
    return read_points(read_grids(data, filename), filename, roster=roster)


def read_points(
    grids: Sequence[Grid], filename: str, *, roster: Roster, answers: Answers = NO_ANSWERS
) -> ParsedPoints:
    """As ``parse_points``, from the tables of a file that has been opened already."""
    grid, header, beside = choose_table(grids, filename, POINT_HEADER, FileKind.POINTS, NEEDED, answers)
    parsed = ParsedPoints(notices=beside.notices, unread=beside.unread, sources=[SheetSource(grid, header)])
    seen: dict[str, int] = {}
    for line in lines_of(grid, header, parsed.meanings):
        _take(line, parsed, seen, roster, answers)
    return parsed


def _take(
    line: SheetLine[PointColumn],
    parsed: ParsedPoints,
    seen: dict[str, int],
    roster: Roster,
    answers: Answers,
) -> None:
    name = line.name(C.NAME, _MOST[C.NAME])
    unit = _unit(line, roster, parsed.meanings, answers)
    address = line.optional(C.ADDRESS, _MOST[C.ADDRESS])
    place = _place(line)
    key = normalise(name)
    if name and key in seen:
        line.reasons.append(Text("importing.reason.same_point", row=seen[key]))
    if line.reasons:
        parsed.refused.append(line.refused(name, key))
        return
    seen[key] = line.number
    parsed.rows.append(PointRow(line.number, name, unit, address, place, tuple(line.warnings)))


def _unit(line: SheetLine[PointColumn], roster: Roster, meanings: Interpretations, answers: Answers) -> str:
    cell = line.needed(C.UNIT)
    found = holder(cell, roster) if cell else AnsweringUnit()
    take_answer(line, found, roster, meanings, answers)
    return found.unit or ""


def _place(line: SheetLine[PointColumn]) -> Position | None:
    """The position from 经度 and 纬度, else from 坐标; None: the line states none, or is refused."""
    if line.faults.keys() & set(_MAP):
        return None
    both, east, north = (line_of(line.values.get(column)) for column in _MAP)
    if not both and not east and not north:
        return None
    said = f"{east},{north}" if east or north else both
    pair = (read_degrees(east), read_degrees(north)) if east or north else read_pair(both)
    if pair is None or pair[0] is None or pair[1] is None:
        line.reasons.append(Text("importing.reason.unreadable_coordinates", text=quoted(said)))
        return None
    found = position(pair[0], pair[1])
    if found is None:
        line.reasons.append(Text("importing.reason.nowhere", text=quoted(said)))
    elif found.swapped:
        values = {"longitude": found.longitude, "latitude": found.latitude}
        line.warnings.append(Text("importing.warning.swapped", **values))
    return found
