"""The contents of a sheet or a Word table, before anything is known of their meaning."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from services.importing.reading.file_errors import ImportFileError

CellValue = str | int | float | bool | date | datetime | None
MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 100
MAX_CELL_CHARS: Final = 4_000
MAX_CHARS: Final = 8_000_000
MAX_MERGES: Final = 100_000
_NAME: Final = 31  # characters of a sheet's name, Excel's own limit; a forged name would fill the chat
# Characters that XML cannot hold and databases refuse.
_UNSOUND: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class CellFault(StrEnum):
    """Why a cell that is not blank has no value."""

    FORMULA = "formula"
    ERROR = "error"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Cell:
    """``merged_from`` is (row number, column index) of the cell that this one inherits from, if merged."""

    value: CellValue = None
    merged_from: tuple[int, int] | None = None
    fault: CellFault | None = None

    @property
    def filled(self) -> bool:
        return self.value is not None or self.fault is not None

    @property
    def own(self) -> bool:
        """Whether the cell is filled by itself, not through a merge."""
        return self.filled and self.merged_from is None

    def from_above(self, row: int) -> bool:
        """Whether the cell, which is in that row, has its content from a row above it through a merge."""
        return self.filled and self.merged_from is not None and self.merged_from[0] != row


BLANK: Final = Cell()


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row with at least one filled cell of its own. ``number`` is the one that its author sees, from 1."""

    number: int
    cells: tuple[Cell, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet or a Word table. ``lead_in``: paragraphs before a Word table, the nearest first."""

    name: str
    rows: tuple[GridRow, ...]
    lead_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedRange:
    """A merged range; rows as numbers, columns as indexes from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


class ContentLimits:
    """The limits for the contents of one file. Raises ImportFileError if it holds more."""

    def __init__(self) -> None:
        self._chars = 0

    def text(self, text: str) -> Cell:
        if not text.strip():
            return BLANK
        if len(text) > MAX_CELL_CHARS:
            return Cell(fault=CellFault.TOO_LONG)
        self._chars += len(text)
        if self._chars > MAX_CHARS:
            raise ImportFileError("too_much_text", limit=MAX_CHARS)
        return Cell(text)

    @staticmethod
    def rows(count: int, name: str) -> None:
        if count > MAX_ROWS:
            raise ImportFileError("too_many_rows", name=name, limit=MAX_ROWS)

    @staticmethod
    def columns(count: int, name: str) -> None:
        if count > MAX_COLUMNS:
            raise ImportFileError("too_many_columns", name=name, limit=MAX_COLUMNS)


def sound(text: str) -> str:
    """The text without the characters that cannot be kept."""
    return _UNSOUND.sub("", text)


def sheet_name(text: str) -> str:
    """A name as it is shown to people."""
    return sound(text)[:_NAME]


def build_rows(
    filled: dict[int, dict[int, Cell]], merges: Iterable[MergedRange], hidden: Iterable[int] = ()
) -> tuple[GridRow, ...]:
    """Rows from cells by row number and column index; merged cells inherit from their first cell."""
    numbers = sorted(filled)
    width = max((column + 1 for cells in filled.values() for column in cells), default=0)
    room = 2 * width * len(numbers)  # merged ranges must not overlap, so all together they fit in the sheet
    for merge in merges:
        covered = numbers[bisect_left(numbers, merge.top) : bisect_right(numbers, merge.bottom)]
        columns = range(merge.left, min(merge.right, width - 1) + 1)
        room -= len(covered) * len(columns)
        if room < 0:
            raise ImportFileError("corrupt")
        _inherit(filled, merge, covered, columns)
    unseen = set(hidden)
    rows = (
        GridRow(number, tuple(filled[number].get(column, BLANK) for column in range(width)), number in unseen)
        for number in numbers
    )
    return tuple(row for row in rows if any(cell.own for cell in row.cells))


def _inherit(filled: dict[int, dict[int, Cell]], merge: MergedRange, rows: list[int], columns: range) -> None:
    anchor = filled.get(merge.top, {}).get(merge.left, BLANK)
    heir = replace(anchor, merged_from=(merge.top, merge.left)) if anchor.filled else BLANK
    for row in rows:
        for column in columns:
            if (row, column) != (merge.top, merge.left):
                filled[row][column] = heir


def text_of(value: CellValue) -> str:
    """A cell's text as it reads: numbers without a useless .0, dates in ISO form, no invisible characters.

    Line breaks that separate sentences or list items stay; those that only wrap Chinese text are removed.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date):
        return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()
    text = "\n".join(str(value).splitlines())
    visible = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf"})
    lines = [" ".join(line.split()) for line in visible.split("\n")]
    return _WRAPPED.sub("", "\n".join(line for line in lines if line))


_HAN: Final = r"[㐀-䶿一-鿿\uff0c、]"
_WRAPPED: Final = re.compile(rf"(?<={_HAN})\n(?={_HAN})")


def line_of(value: CellValue) -> str:
    """``text_of`` on one line."""
    return text_of(value).replace("\n", " ")
