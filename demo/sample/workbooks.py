"""Writes the sample's sheets as offices make them: titles over the head, merged cells, notes below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from demo.sample.data import (
    Breakdown,
    DayLine,
    Register,
    SampleCategory,
    SampleEntry,
    SamplePoint,
    SampleRoster,
    SampleTask,
)

_THIN: Final = Side(style="thin")
_GRID: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_MIDDLE: Final = Alignment(horizontal="center", vertical="center", wrap_text=True)
_TITLE: Final = Font(size=18, bold=True)
_HEAD: Final = Font(bold=True)
_FIRST: Final = 3  # the row of a register's first line


def write_roster(path: Path, roster: SampleRoster) -> None:
    """Write an .xlsx with a line for each person; cells that a unit's lines share are merged."""
    book, sheet = _book(roster.title)
    width = len(roster.columns)
    _full_width(sheet, 1, roster.title, width)
    _line(sheet, 2, roster.columns, head=True)
    row = 3
    for unit in roster.units:
        first = row
        for person in unit.people:
            _line(sheet, row, [unit.name, unit.tier, unit.parent, person.name, person.post, person.roles, ""])
            row += 1
        for column in (1, 2, 3):
            _merge(sheet, first, row - 1, column)
    _notes(sheet, row, roster.notes, width)
    _widths(sheet, [14, 8, 14, 26, 18, 18, 14])
    book.save(path)


def write_tasks(path: Path, breakdown: Breakdown) -> None:
    """Write an .xlsx with a head of two rows, in which the units stand side by side under one word."""
    book, sheet = _book(breakdown.titles[0])
    fields = list(breakdown.columns)
    width = len(fields)
    for row, title in enumerate(breakdown.titles, 1):
        _full_width(sheet, row, title, width)
    head = len(breakdown.titles) + 1
    _two_row_head(sheet, head, breakdown)
    first = head + 2
    for number, task in enumerate(breakdown.tasks, 1):
        _line(sheet, first + number - 1, [_cell(task, field, number) for field in fields])
    for field in ("focus", "action"):
        for top, bottom in groups(breakdown.tasks, field):
            _merge(sheet, first + top, first + bottom, fields.index(field) + 1)
    _notes(sheet, first + len(breakdown.tasks), breakdown.notes, width)
    _widths(sheet, [6, 12, 14, 34, 40, 12, 14, 14, 10, 16, 14, 12])
    book.save(path)


def write_categories(path: Path, register: Register[SampleCategory]) -> None:
    """Write an .xlsx in which the lines of an area share one merged cell."""
    book, sheet = _register(register, [6, 12, 20, 14, 14, 46, 28, 12])
    starts = [at for at, line in enumerate(register.lines) if line.area]
    column = list(register.columns).index("area") + 1
    for first, following in zip(starts, [*starts[1:], len(register.lines)], strict=True):
        _merge(sheet, first + _FIRST, following - 1 + _FIRST, column)
    book.save(path)


def write_points(path: Path, register: Register[SamplePoint]) -> None:
    """Write an .xlsx with a line for each place."""
    book, _ = _register(register, [6, 24, 14, 40, 22])
    book.save(path)


def write_log(path: Path, register: Register[SampleEntry]) -> None:
    """Write an .xlsx with a line for each entry of the activity log."""
    book, _ = _register(register, [6, 14, 10, 44, 16, 12, 12, 14])
    book.save(path)


def write_calendar(path: Path, register: Register[DayLine]) -> None:
    """Write an .xlsx with a line for each day."""
    book, _ = _register(register, [14, 12, 20])
    book.save(path)


def _register(register: Register[Any], widths: Sequence[int]) -> tuple[Workbook, Worksheet]:
    book, sheet = _book(register.title)
    _full_width(sheet, 1, register.title, len(register.columns))
    _line(sheet, _FIRST - 1, list(register.columns.values()), head=True)
    for number, line in enumerate(register.lines, 1):
        said = [number if field == "serial" else getattr(line, field) for field in register.columns]
        _line(sheet, _FIRST + number - 1, said)
    _notes(sheet, _FIRST + len(register.lines), register.notes, len(register.columns))
    _widths(sheet, widths)
    return book, sheet


def groups(tasks: Sequence[SampleTask], field: str) -> Iterator[tuple[int, int]]:
    """Indexes (first, last) of the lines that share a merged cell; a new 重点 also begins a new 行动."""
    starts = [at for at, task in enumerate(tasks) if getattr(task, field) or task.focus]
    for first, following in zip(starts, [*starts[1:], len(tasks)], strict=True):
        yield first, following - 1


def _cell(task: SampleTask, field: str, number: int) -> str | int | date:
    value: str | date = "" if field == "serial" else getattr(task, field)
    return number if field == "serial" else value


def _book(title: str) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.create_sheet(title[:31], 0)
    del book[book.sheetnames[1]]
    return book, sheet


def _two_row_head(sheet: Worksheet, row: int, breakdown: Breakdown) -> None:
    columns, below = breakdown.columns, breakdown.below
    _line(sheet, row, list(columns.values()), head=True)
    _line(sheet, row + 1, [below.get(field, "") for field in columns], head=True)
    pair = [at for at, field in enumerate(columns, 1) if field in below]
    for at in range(1, len(columns) + 1):
        if at not in pair:
            _merge(sheet, row, row + 1, at)
    sheet.merge_cells(start_row=row, start_column=pair[0], end_row=row, end_column=pair[-1])


def _line(sheet: Worksheet, row: int, values: Sequence[str | int | date], *, head: bool = False) -> None:
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row, column, value if value != "" else None)
        cell.border = _GRID
        cell.alignment = _MIDDLE
        if head:
            cell.font = _HEAD


def _merge(sheet: Worksheet, first: int, last: int, column: int) -> None:
    if last > first:
        sheet.merge_cells(start_row=first, start_column=column, end_row=last, end_column=column)


def _full_width(sheet: Worksheet, row: int, text: str, width: int) -> None:
    cell = sheet.cell(row, 1, text)
    cell.alignment = _MIDDLE
    cell.font = _TITLE
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)


def _notes(sheet: Worksheet, row: int, notes: Sequence[str], width: int) -> None:
    for at, note in enumerate(notes, row):
        sheet.cell(at, 1, note)
        sheet.merge_cells(start_row=at, start_column=1, end_row=at, end_column=width)


def _widths(sheet: Worksheet, widths: Sequence[int]) -> None:
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
