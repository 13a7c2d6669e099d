"""Reading a sheet of days: which are worked and which are not, whatever the published calendar says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from locales import Text
from rules.hidden_characters import readable
from rules.people.typed_names import normalise
from services.importing.reading.cells import MAX_CELL_CHARS, CellValue, Grid, GridRow, line_of
from services.importing.reading.grids import read_grids
from services.importing.reading.headers import Header, SheetSource
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.questions import NO_ANSWERS, Answers, Ask
from services.importing.rows.row_kinds import beginning, is_line
from services.importing.rows.table_choice import choose_table
from services.importing.rows.table_headers import CALENDAR_HEADER, CalendarColumn
from services.importing.rows.unread import UnreadColumn

__all__ = [
    "CalendarColumn",
    "DayRow",
    "ParsedCalendar",
    "RefusedDay",
    "calendar_column_name",
    "parse_calendar",
    "read_calendar",
    "read_day",
]

C = CalendarColumn
NEEDED: Final = (C.DAY, C.WORKING)
_WORKED: Final = {
    **dict.fromkeys(("上班", "是", "班", "补班", "调休上班", "工作日", "true", "1"), True),
    **dict.fromkeys(("休息", "否", "休", "放假", "假", "休息日", "false", "0"), False),
}
_PLAIN: Final = frozenset({"上班", "休息"})
_MAX_NOTE: Final = 100
_QUOTED: Final = 40
_YEARS: Final = range(2000, 2100)
_DATE: Final = re.compile(
    r"(?P<year>\d{4})(?:[年./-](?P<month>\d{1,2})[月./-](?P<day>\d{1,2})[日号]?|(?P<joined>\d{4}))"
    r"(?:\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?"
)
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_SERIALS: Final = range(40_000, 60_000)  # 2009 to 2064: a day in a cell that was not formatted as one


@dataclass(frozen=True, slots=True)
class DayRow:
    row: int
    day: date
    working: bool
    note: str


@dataclass(frozen=True, slots=True)
class RefusedDay:
    """``text``: what the line states as its day."""

    row: int
    text: str
    reasons: tuple[Text, ...]
    asks: tuple[Ask, ...] = ()

    @property
    def line(self) -> LineRef:
        return LineRef(0, self.row)

    @property
    def about(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ParsedCalendar:
    days: list[DayRow] = field(default_factory=list)
    refused: list[RefusedDay] = field(default_factory=list)
    notices: list[Text] = field(default_factory=list)
    sources: list[SheetSource] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)
    meanings: Interpretations = field(default_factory=Interpretations)


def parse_calendar(data: bytes, filename: str) -> ParsedCalendar:
    """The days of a file. Raises ImportFileError if it cannot be read or holds no such table."""
    return read_calendar(read_grids(data, filename), filename)


def read_calendar(grids: Sequence[Grid], filename: str, *, answers: Answers = NO_ANSWERS) -> ParsedCalendar:
    """As ``parse_calendar``, from the tables of a file that has been opened already."""
    grid, header, beside = choose_table(grids, filename, CALENDAR_HEADER, FileKind.CALENDAR, NEEDED, answers)
    source = SheetSource(grid, header)
    parsed = ParsedCalendar(notices=beside.notices, unread=beside.unread, sources=[source])
    _read_table(grid, header, parsed)
    return parsed


def _read_table(grid: Grid, header: Header[CalendarColumn], parsed: ParsedCalendar) -> None:
    lines: dict[date, int] = {}
    for row in grid.rows[header.last + 1 :]:
        if not is_line(row, header):
            parsed.meanings.add(LineRef(0, row.number), Meaning.BESIDE, said=beginning(row)[:20])
            continue
        line, reasons = _read_line(row, header, parsed.meanings)
        if line is not None and line.day in lines:
            reasons.append(Text("importing.reason.same_day", row=lines[line.day]))
        if line is None or reasons:
            text = line_of(header.cell(row, C.DAY).value)[:_QUOTED]
            parsed.refused.append(RefusedDay(row.number, text, tuple(reasons)))
        else:
            lines[line.day] = row.number
            parsed.days.append(line)


def _read_line(
    row: GridRow, header: Header[CalendarColumn], meanings: Interpretations
) -> tuple[DayRow | None, list[Text]]:
    cells = {column: header.cell(row, column) for column in C}
    for column in (column for column, cell in cells.items() if cell.from_above(row.number)):
        meanings.add(LineRef(0, row.number), Meaning.MERGED, column=calendar_column_name(column))
    reasons = [
        Text(
            f"importing.reason.{cell.fault.value}", column=calendar_column_name(column), limit=MAX_CELL_CHARS
        )
        for column, cell in cells.items()
        if cell.fault is not None
    ]
    for column in (C.DAY, C.WORKING):
        if not cells[column].filled:
            reasons.append(Text("importing.reason.missing", column=calendar_column_name(column)))
    said = {column: line_of(cell.value) for column, cell in cells.items()}
    day = read_day(cells[C.DAY].value)
    if day is None and said[C.DAY]:
        reasons.append(Text("importing.reason.unreadable_day", text=said[C.DAY][:_QUOTED]))
    working = _WORKED.get(normalise(said[C.WORKING]).lower())
    if working is None and said[C.WORKING]:
        reasons.append(Text("importing.reason.unreadable_working", text=said[C.WORKING][:_QUOTED]))
    elif working is not None and normalise(said[C.WORKING]) not in _PLAIN:
        meant = Text(f"importing.change.working.{str(working).lower()}")
        meanings.add(LineRef(0, row.number), Meaning.WORKING, said=said[C.WORKING], working=meant)
    if len(said[C.NOTE]) > _MAX_NOTE:
        reasons.append(
            Text("importing.reason.name_too_long", column=calendar_column_name(C.NOTE), limit=_MAX_NOTE)
        )
    if day is None or working is None:
        return None, reasons
    return DayRow(row.number, day, working, said[C.NOTE]), reasons


def read_day(value: CellValue) -> date | None:
    """A day as a date, an Excel serial number, or text with its year; None: it is not reliable."""
    if isinstance(value, datetime | date):
        day = value.date() if isinstance(value, datetime) else value
        return day if day.year in _YEARS else None
    if value is None or isinstance(value, bool):
        return None
    text = "".join(readable(line_of(value)).split())
    if isinstance(value, int | float) and text.isdecimal() and int(text) in _SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(text))
    found = _DATE.fullmatch(text)
    if found is None or int(found["year"]) not in _YEARS:
        return None
    month, day_of = found["month"] or found["joined"][:2], found["day"] or found["joined"][2:]
    try:
        return date(int(found["year"]), int(month), int(day_of))
    except ValueError:
        return None


def calendar_column_name(column: CalendarColumn) -> Text:
    return Text(f"importing.column.{column.value}")
