"""Reading a sheet of categories: which unit remedies what, within what time, and what counts as remedied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from locales import Text
from rules.cases.time_limits import LimitFault, TimeLimit, read_limit
from rules.people.roles import Tier
from rules.people.typed_names import normalise
from rules.working_time import TimeUnit
from services.importing.reading.cells import Grid, text_of
from services.importing.reading.grids import read_grids
from services.importing.reading.headers import Header, SheetSource
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.place_units import AnsweringUnit, answering, take_answer
from services.importing.rows.questions import NO_ANSWERS, Answers
from services.importing.rows.sheet_lines import RefusedLine, SheetLine, lines_of, quoted
from services.importing.rows.table_choice import choose_table
from services.importing.rows.table_headers import CATEGORIES_NEED, CATEGORY_HEADER, CategoryColumn
from services.importing.rows.task_units import Roster
from services.importing.rows.unread import UnreadColumn

__all__ = [
    "CategoryColumn",
    "CategoryRow",
    "ParsedCategories",
    "category_key",
    "parse_categories",
    "read_categories",
]

C = CategoryColumn
NEEDED: Final = CATEGORIES_NEED
_MOST: Final = {C.AREA: 40, C.NAME: 60, C.STANDARD: 500, C.INDICATOR: 200}
_RADII: Final = range(10, 5001)
_RADIUS: Final = re.compile(r"(\d{1,9})(?:\.0+)?(?:米|m)?", re.IGNORECASE)
_WRITTEN: Final = {
    TimeUnit.URGENT_HOUR: "紧急工作时",
    TimeUnit.WORKING_HOUR: "工作时",
    TimeUnit.WORKING_DAY: "工作日",
    TimeUnit.NATURAL_DAY: "自然日",
}
_IN_BRACKETS: Final = re.compile(r"\(([^()]+)\)$")


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """``unit`` or ``tier`` is set.

    ``indicator`` and ``radius_m`` are None if the line does not state them.
    """

    row: int
    area: str
    name: str
    unit: str | None
    tier: Tier | None
    limit: TimeLimit
    standard: str
    indicator: str | None
    radius_m: int | None
    warnings: tuple[Text, ...] = ()

    @property
    def key(self) -> str:
        return category_key(self.area, self.name)


@dataclass(frozen=True, slots=True)
class ParsedCategories:
    rows: list[CategoryRow] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    notices: list[Text] = field(default_factory=list)
    sources: list[SheetSource] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)
    meanings: Interpretations = field(default_factory=Interpretations)


def category_key(area: str, name: str) -> str:
    """What tells one category from another, whatever its spacing."""
    return f"{normalise(area)}\x1f{normalise(name)}"


def parse_categories(data: bytes, filename: str, *, roster: Roster) -> ParsedCategories:
    """The categories of a file. Raises ImportFileError if it cannot be read or holds no such table."""
    return read_categories(read_grids(data, filename), filename, roster=roster)


def read_categories(
    grids: Sequence[Grid], filename: str, *, roster: Roster, answers: Answers = NO_ANSWERS
) -> ParsedCategories:
    """As ``parse_categories``, from the tables of a file that has been opened already."""
    grid, header, beside = choose_table(
        grids, filename, CATEGORY_HEADER, FileKind.CATEGORIES, NEEDED, answers
    )
    parsed = ParsedCategories(
        notices=beside.notices, unread=beside.unread, sources=[SheetSource(grid, header)]
    )
    seen: dict[str, int] = {}
    said_unit = _unit_in_head(grid, header)
    for line in lines_of(grid, header, parsed.meanings, (C.AREA,)):
        _take(line, parsed, seen, roster, said_unit, answers)
    return parsed


def _unit_in_head(grid: Grid, header: Header[CategoryColumn]) -> str:
    """The unit of time in the header, such as 工作日 in 办理时限(工作日)."""
    at = header.columns[C.LIMIT]
    for row in grid.rows[header.first : header.last + 1]:
        label = normalise(text_of(row.cells[at].value)) if at < len(row.cells) else ""
        if found := _IN_BRACKETS.search(label):
            return found[1].removeprefix("单位:")
    return ""


def _take(
    line: SheetLine[CategoryColumn],
    parsed: ParsedCategories,
    seen: dict[str, int],
    roster: Roster,
    said_unit: str,
    answers: Answers,
) -> None:
    area, name = line.name(C.AREA, _MOST[C.AREA]), line.name(C.NAME, _MOST[C.NAME])
    who = _who(line, roster, parsed.meanings, answers)
    limit = _limit(line, said_unit, parsed.meanings)
    standard = line.within(C.STANDARD, line.needed(C.STANDARD), _MOST[C.STANDARD])
    indicator = line.optional(C.INDICATOR, _MOST[C.INDICATOR])
    radius = _radius(line)
    key = category_key(area, name)
    if area and name and key in seen:
        line.reasons.append(Text("importing.reason.same_category", row=seen[key]))
    if line.reasons or limit is None:
        parsed.refused.append(line.refused(name, key))
        return
    seen[key] = line.number
    said = (who.unit, who.tier, limit, standard, indicator, radius)
    parsed.rows.append(CategoryRow(line.number, area, name, *said, tuple(line.warnings)))


def _who(
    line: SheetLine[CategoryColumn], roster: Roster, meanings: Interpretations, answers: Answers
) -> AnsweringUnit:
    said = line.values.get(C.UNIT)
    # Kept as typed, because line breaks separate the names of a list.
    cell = line.needed(C.UNIT) and (said if isinstance(said, str) else text_of(said))
    found = answering(cell, roster) if cell else AnsweringUnit()
    take_answer(line, found, roster, meanings, answers)
    line.warnings.extend([found.warning] if found.warning else [])
    return found


def _limit(line: SheetLine[CategoryColumn], said_unit: str, meanings: Interpretations) -> TimeLimit | None:
    text = line.needed(C.LIMIT)
    unit = text_of(line.values.get(C.LIMIT_UNIT))
    if not text or line.faults.keys() & {C.LIMIT, C.LIMIT_UNIT}:
        return None
    found = read_limit(text, unit)
    if found is LimitFault.NO_UNIT and said_unit and not unit:
        found = read_limit(text, said_unit)
    if isinstance(found, TimeLimit):
        if not normalise(text + unit).endswith(_WRITTEN[found.unit]):
            meant = limit_text(found)
            meanings.add(LineRef(0, line.number), Meaning.LIMIT, said=quoted(f"{text}{unit}"), limit=meant)
        return found
    line.reasons.append(Text(f"importing.reason.limit_{found.value}", text=quoted(f"{text}{unit}")))
    return None


def limit_text(limit: TimeLimit) -> Text:
    """The limit in the words of an office: 3个工作日."""
    amount = limit.amount
    shown = int(amount) if amount == int(amount) else float(amount)
    return Text(f"importing.change.limit.{limit.unit.value}", amount=shown)


def _radius(line: SheetLine[CategoryColumn]) -> int | None:
    text = normalise(text_of(line.values.get(C.RADIUS)))
    if not text:
        return None
    found = _RADIUS.fullmatch(text)
    if found is None or int(found[1]) not in _RADII:
        values = {"text": quoted(text), "least": _RADII.start, "most": _RADII.stop - 1}
        line.reasons.append(Text("importing.reason.bad_radius", **values))
        return None
    return int(found[1])
