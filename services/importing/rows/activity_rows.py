"""Reading a sheet of the activity log (工作纪实): day, title, unit, words and numbers of each entry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from locales import Text
from rules.activities.activity_kinds import ActivityKind, kind_named
from rules.activities.activity_words import TITLE_LIMIT, named_day
from rules.hidden_characters import readable
from rules.people.typed_names import normalise
from rules.progress.metric_likeness import likeness_key
from services.activities.activity_numbers import ActivityNumber, NumberChoice, numbers_in
from services.importing.reading.cells import Grid, line_of, text_of
from services.importing.reading.grids import read_grids
from services.importing.reading.headers import SheetSource
from services.importing.rows.calendar_rows import read_day
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.interpretations import Interpretations
from services.importing.rows.place_units import AnsweringUnit, take_answer
from services.importing.rows.questions import NO_ANSWERS, Answers
from services.importing.rows.sheet_lines import RefusedLine, SheetLine, column_name, lines_of, quoted
from services.importing.rows.table_choice import choose_table
from services.importing.rows.table_headers import ACTIVITIES_NEED, ACTIVITY_HEADER, ActivityColumn
from services.importing.rows.task_units import Roster, unknown_unit
from services.importing.rows.unread import UnreadColumn

C = ActivityColumn
_WORDS_LIMIT: Final = 3000
# What a column of numbers adds to the words of an entry, from which all of its numbers are read. A bare
# number has the unit of measure; of 经费 the cell or the head has to say which.
_SAID: Final[Mapping[ActivityColumn, tuple[str, str]]] = {
    C.ATTENDANCE: ("参加人数", "人"),
    C.COPIES: ("印发文件", "份"),
    C.TIMES: ("开展活动", "场"),
    C.FUNDS: ("投入经费", ""),
    C.FUNDS_YUAN: ("投入经费", "元"),
    C.FUNDS_WAN: ("投入经费", "万元"),
}
# 320, 约300, 300多: the unit of measure goes behind it.
_BARE: Final = re.compile(r"(?:大约|约|近)?[\d,.]+[余多]?")
# People are counted in either word: 320名干部职工 in the words, 320人 in the column.
_PEOPLE: Final = frozenset({"人", "名", "位"})


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A line of the sheet. ``kind`` None: not stated.

    ``text``: the words of the entry with what its columns of numbers say. ``replaced``: by the key of a
    number of the words that of the column's number which takes its place.
    """

    row: int
    day: date
    title: str
    text: str
    unit: str
    kind: ActivityKind | None
    warnings: tuple[Text, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)

    @property
    def choices(self) -> dict[str, str]:
        """What is chosen for the numbers of a new entry: one that a column has as well is recorded once."""
        return dict.fromkeys(self.replaced, NumberChoice.DROPPED.value)

    @property
    def key(self) -> str:
        """The same for two lines about one entry."""
        return activity_key(self.day, self.unit, self.title)


def activity_key(day: date, unit: str, title: str) -> str:
    """By day, unit and title a sheet finds the entry again that it brought before."""
    return f"{day.isoformat()}|{unit}|{normalise(title)}"


@dataclass(frozen=True, slots=True)
class ParsedActivities:
    rows: list[ActivityRow] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    notices: list[Text] = field(default_factory=list)
    sources: list[SheetSource] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)
    meanings: Interpretations = field(default_factory=Interpretations)


def parse_activities(data: bytes, filename: str, *, roster: Roster, today: date) -> ParsedActivities:
    """The entries of a file. Raises ImportFileError if it cannot be read or holds no such table."""
    return read_activities(read_grids(data, filename), filename, roster=roster, today=today)


def read_activities(
    grids: Sequence[Grid], filename: str, *, roster: Roster, today: date, answers: Answers = NO_ANSWERS
) -> ParsedActivities:
    """As ``parse_activities``, from the tables of a file that has been opened already."""
    grid, header, beside = choose_table(
        grids, filename, ACTIVITY_HEADER, FileKind.ACTIVITIES, ACTIVITIES_NEED, answers
    )
    parsed = ParsedActivities(
        notices=beside.notices, unread=beside.unread, sources=[SheetSource(grid, header)]
    )
    reader = _LineReader(parsed, roster, today, answers)
    for line in lines_of(grid, header, parsed.meanings):
        reader.take(line)
    return parsed


@dataclass(frozen=True, slots=True)
class _LineReader:
    """Reads line after line. ``seen``: in which row each entry stands."""

    parsed: ParsedActivities
    roster: Roster
    today: date
    answers: Answers
    seen: dict[str, int] = field(default_factory=dict)

    def take(self, line: SheetLine[ActivityColumn]) -> None:
        title = line.name(C.TITLE, TITLE_LIMIT)
        day, unit, kind = self._day(line), self._unit(line), _kind(line)
        text, replaced = _text(line, title)
        key = "" if day is None else activity_key(day, unit, title)
        if key and not line.reasons and key in self.seen:
            line.reasons.append(Text("importing.reason.same_activity", row=self.seen[key]))
        if day is None or line.reasons:
            self.parsed.refused.append(line.refused(title, key))
            return
        self.seen[key] = line.number
        row = ActivityRow(line.number, day, title, text, unit, kind, tuple(line.warnings), replaced)
        self.parsed.rows.append(row)

    def _day(self, line: SheetLine[ActivityColumn]) -> date | None:
        said = line.needed(C.DAY)
        if not said:
            return None
        day = read_day(line.values.get(C.DAY)) or named_day(said, self.today)
        if day is None:
            line.reasons.append(Text("importing.reason.unreadable_day", text=quoted(said)))
        elif day > self.today:
            line.reasons.append(Text("importing.reason.activity_ahead", day=day.isoformat()))
        return day

    def _unit(self, line: SheetLine[ActivityColumn]) -> str:
        cell = line.needed(C.UNIT)
        if not cell:
            return ""
        known = self.roster.unit(cell)
        reason = None if known is not None else unknown_unit(cell, self.roster)
        found = AnsweringUnit(unit=known, reason=reason, said=normalise(cell))
        take_answer(line, found, self.roster, self.parsed.meanings, self.answers)
        return known or ""


def _kind(line: SheetLine[ActivityColumn]) -> ActivityKind | None:
    said = line_of(line.values.get(C.KIND))
    found = kind_named(said)
    if said and found is None:
        line.warnings.append(Text("importing.warning.unknown_activity_kind", said=quoted(said, 20)))
    return found


def _text(line: SheetLine[ActivityColumn], title: str) -> tuple[str, Mapping[str, str]]:
    """The words, or the title, with what the columns of numbers say; and which numbers these replace."""
    words = line.within(C.WORDS, text_of(line.values.get(C.WORDS)), _WORDS_LIMIT) or title
    stated = {one.key for one in numbers_in(words, {}) if not one.is_asked}
    said = {
        number.key: (piece, number)
        for column in _SAID
        if (piece := _piece(line, column)) and (number := numbers_in(piece, {})[0]).key not in stated
    }
    if not said:
        return words, {}
    text = "，".join([words.rstrip("。；;，, "), *(piece for piece, _ in said.values())])
    return text, _replaced(text, {key: number for key, (_, number) in said.items()})


def _replaced(text: str, columns: Mapping[str, ActivityNumber]) -> Mapping[str, str]:
    """召开动员大会，320人参加 with the column 参加人数 320 states one number twice: the column's stands.

    Of several such numbers it is the one that counts the like, else the first.
    """
    found: dict[str, str] = {}
    others = [one for one in numbers_in(text, {}) if one.key not in columns]
    for key, number in columns.items():
        same = [one for one in others if one.key not in found and _is_same(one, number)]
        like = likeness_key(number.item, number.unit)
        if same:
            best = min(same, key=lambda one: likeness_key(one.item, one.unit) != like)
            found[best.key] = key
    return found


def _is_same(one: ActivityNumber, other: ActivityNumber) -> bool:
    return one.amount == other.amount and (one.unit == other.unit or {one.unit, other.unit} <= _PEOPLE)


def _piece(line: SheetLine[ActivityColumn], column: ActivityColumn) -> str:
    """参加人数320人; "" if the cell says nothing. A cell that is no number is refused with its line."""
    cell = readable(line_of(line.values.get(column))).strip()
    if not cell:
        return ""
    item, measure = _SAID[column]
    piece = f"{item}{cell}{measure}" if _BARE.fullmatch(cell) else f"{item}{cell}"
    numbers = numbers_in(piece, {})
    if len(numbers) == 1 and not numbers[0].is_asked:
        return piece
    values = {"column": column_name(column), "text": quoted(cell)}
    if column is C.FUNDS and _BARE.fullmatch(cell):
        line.reasons.append(Text("importing.reason.funds_without_unit", **values))
    else:
        line.reasons.append(Text("importing.reason.unreadable_number", **values))
    return ""
