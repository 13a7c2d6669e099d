"""Writes a workbook row by row to a file, so that a hundred thousand rows need little memory.

Cells have types: words, numbers, days, moments, hours. Every sheet has filters, its heads stay in view and
come again on each printed page, which is A4 across.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from rules.hidden_characters import visible
from rules.tasks.lamps import Lamp

MOST_ROWS: Final = 1_000_000
"""A sheet has at most so many lines; further ones go to a second sheet of that name."""
_CELL_LIMIT: Final = 32_767
_TITLE_LIMIT: Final = 31
_A4: Final = 9
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_FILLS: Final[Mapping[Lamp, str]] = {Lamp.GREEN: "#C6E0B4", Lamp.YELLOW: "#FFE699", Lamp.RED: "#F4B084"}


class CellStyle(StrEnum):
    """How a cell is shown."""

    WORDS = "words"
    RISKY = "risky"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    HOURS = "hours"
    HEAD = "head"


_STYLES: Final[Mapping[CellStyle, Mapping[str, Any]]] = {
    CellStyle.WORDS: {"text_wrap": True},
    # Somebody may edit the cell: what begins like a formula stays words.
    CellStyle.RISKY: {"text_wrap": True, "quote_prefix": True},
    CellStyle.NUMBER: {"num_format": "#,##0.####"},
    CellStyle.DAY: {"num_format": "yyyy-mm-dd"},
    CellStyle.MOMENT: {"num_format": "yyyy-mm-dd hh:mm"},
    CellStyle.HOURS: {"num_format": "0.00"},
    CellStyle.HEAD: {"bold": True, "text_wrap": True, "bg_color": "#D9E1F2"},
}


@dataclass(frozen=True, slots=True)
class LampCell:
    """Words on the colour of a lamp."""

    words: str
    lamp: Lamp


@dataclass(frozen=True, slots=True)
class Hours:
    """A duration in working hours."""

    minutes: int


LedgerCell = str | int | Decimal | date | datetime | Hours | LampCell | None
Columns = Sequence[tuple[str, float]]


@dataclass
class LedgerSheet:
    """A sheet that grows row by row. ``written``: how many lines it has, further sheets included."""

    book: LedgerBook
    title: str
    columns: Columns
    written: int = 0
    _sheet: Any = None
    _row: int = 0
    _parts: int = 0

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._parts += 1
        suffix = "" if self._parts == 1 else str(self._parts)
        self._sheet, self._row = self.book.new_sheet(self.title[: _TITLE_LIMIT - len(suffix)] + suffix), 0
        for column, (head, width) in enumerate(self.columns):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, head, self.book.style(CellStyle.HEAD))

    def add(self, cells: Iterable[LedgerCell]) -> None:
        """Write one line below the last one."""
        if self._row == MOST_ROWS:
            self.end()
            self._begin()
        self._row += 1
        self.written += 1
        for column, cell in enumerate(cells):
            self.book.write(self._sheet, self._row, column, cell)

    def end(self) -> None:
        """Give the sheet its filters, once its last line is written."""
        self._sheet.autofilter(0, 0, self._row, len(self.columns) - 1)


@dataclass
class LedgerBook:
    """The workbook at ``path``. Moments are shown in ``zone``. As a context it is closed, and so written.

    ``OSError``: it cannot be written, for the disk is full.
    """

    path: Path
    zone: ZoneInfo
    _styles: dict[object, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        options = {"constant_memory": True, "tmpdir": str(self.path.parent), "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(str(self.path), options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._let_go()
            return
        try:
            self._book.close()
        except XlsxWriterException as failed:
            self._let_go()
            # The library's own exception is no OSError, but holds the one that it caught.
            cause = failed.args[0] if failed.args else failed
            raise (cause if isinstance(cause, OSError) else OSError(str(cause))) from None

    def _let_go(self) -> None:
        """Close the files of rows of a workbook that is not written."""
        for sheet in self._book.worksheets():
            with suppress(OSError):  # what could not be written is lost anyway
                sheet.row_data_fh.close()

    def new_sheet(self, title: str) -> Any:
        made = self._book.add_worksheet(title)
        made.freeze_panes(1, 0)
        made.set_landscape()
        made.set_paper(_A4)
        made.fit_to_pages(1, 0)
        made.repeat_rows(0)
        return made

    def style(self, of: CellStyle | Lamp) -> Any:
        """The style of a cell, or that of words on the colour of a lamp."""
        if of not in self._styles:
            shown = {
                "valign": "top",
                **(_STYLES[of] if isinstance(of, CellStyle) else {"bg_color": _FILLS[of]}),
            }
            self._styles[of] = self._book.add_format(shown)
        return self._styles[of]

    def write(self, sheet: Any, row: int, column: int, cell: LedgerCell) -> None:
        """Write a cell by its type. An empty one is left out."""
        match cell:
            case None | "":
                return
            case LampCell():
                style = self.style(cell.lamp) if cell.lamp in _FILLS else self.style(CellStyle.WORDS)
                sheet.write_string(row, column, cell.words, style)
            case str():
                self._write_words(sheet, row, column, cell)
            case Hours():
                sheet.write_number(row, column, cell.minutes / 60, self.style(CellStyle.HOURS))
            case datetime():
                local = cell.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
                sheet.write_datetime(row, column, local, self.style(CellStyle.MOMENT))
            case date():
                sheet.write_datetime(row, column, cell, self.style(CellStyle.DAY))
            case _:
                sheet.write_number(row, column, cell, self.style(CellStyle.NUMBER))

    def _write_words(self, sheet: Any, row: int, column: int, words: str) -> None:
        shown = visible(_CONTROLS.sub("", words))[:_CELL_LIMIT]
        risky = shown.startswith(_FORMULA_STARTS)
        sheet.write_string(row, column, shown, self.style(CellStyle.RISKY if risky else CellStyle.WORDS))
