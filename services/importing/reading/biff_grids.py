"""The visible sheets of a workbook of Excel 97 or WPS (.xls, .et), or older.

xlrd reads the records, behind ``biff_records``. What comes of a cell is the same as from .xlsx. Formulas give
the value that was saved. Hidden sheets are not read; hidden rows are read and marked. Macros are ignored.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

import xlrd
from xlrd.book import Book
from xlrd.sheet import Sheet

from services.importing.reading.biff_records import UNCALCULATED, BiffInspector, BiffStream
from services.importing.reading.cells import (
    BLANK,
    Cell,
    CellFault,
    ContentLimits,
    Grid,
    MergedRange,
    build_rows,
    sheet_name,
    sound,
)
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.number_formats import NumberMeaning, shown_value, what_shows


class _NoLog(io.TextIOBase):
    """xlrd prints what it finds odd."""

    def write(self, text: str) -> int:
        return len(text)


def read_biff(stream: bytes, filename: str) -> list[Grid]:
    """Every visible sheet that holds something, in order. Raises ImportFileError."""
    inspected = BiffInspector(stream, filename).inspect()
    try:
        return list(_grids(inspected))
    except ImportFileError:
        raise
    except Exception as error:  # xlrd raises whatever a broken file makes its code do
        raise ImportFileError("corrupt") from error


def _grids(stream: BiffStream) -> Iterator[Grid]:
    book = xlrd.open_workbook(
        file_contents=bytes(stream.content),
        logfile=_NoLog(),
        encoding_override=stream.encoding,
        formatting_info=True,
        on_demand=True,
        ragged_rows=True,
    )
    if book.nsheets != len(stream.visible):
        raise ImportFileError("corrupt")
    reader = _BookReader(book)
    for index, visible in enumerate(stream.visible):
        if not visible:
            continue
        grid = reader.read(book.sheet_by_index(index))
        book.unload_sheet(index)
        if grid.rows:
            yield grid


class _BookReader:
    """The sheets of a workbook one by one, within the limits of one file."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._limits = ContentLimits()
        self._custom = {form.format_key: form.format_str for form in book.format_list}
        self._shows: dict[int, NumberMeaning] = {}

    def read(self, sheet: Sheet) -> Grid:
        name = sheet_name(sheet.name)
        filled: dict[int, dict[int, Cell]] = {}
        for row in range(sheet.nrows):
            cells = self._row(sheet, row) if sheet.row_len(row) else None
            if not cells:
                continue
            self._limits.rows(len(filled) + 1, name)
            self._limits.columns(max(cells) + 1, name)
            filled[row + 1] = cells
        merges = (
            MergedRange(top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells
        )
        hidden = (row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden)
        return Grid(name, build_rows(filled, merges, hidden))

    def _row(self, sheet: Sheet, row: int) -> dict[int, Cell]:
        """The filled cells of a row by column."""
        cells: dict[int, Cell] = {}
        kinds = zip(sheet.row_types(row), sheet.row_values(row), strict=True)
        for column, (kind, value) in enumerate(kinds):
            if kind == xlrd.XL_CELL_TEXT:
                cell = self._limits.text(sound(str(value)))
            elif kind in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
                cell = self._number(float(value), sheet.cell_xf_index(row, column))
            elif kind == xlrd.XL_CELL_BOOLEAN:
                cell = Cell(bool(value))
            elif kind == xlrd.XL_CELL_ERROR:
                cell = Cell(fault=CellFault.FORMULA if int(value) == UNCALCULATED else CellFault.ERROR)
            else:
                cell = BLANK
            if cell.filled:
                cells[column] = cell
        return cells

    def _number(self, number: float, style: int) -> Cell:
        if not math.isfinite(number):
            return Cell(fault=CellFault.ERROR)
        shows = self._shows.get(style)
        if shows is None:
            styles = self._book.xf_list
            form = styles[style].format_key if style < len(styles) else 0
            shows = self._shows[style] = what_shows(form, self._custom)
        return Cell(shown_value(number, shows, from_1904=self._book.datemode == 1))
