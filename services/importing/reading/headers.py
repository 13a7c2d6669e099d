"""The header of a table: finding it below the title rows, what its columns mean, and the table it heads."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from rules.people.typed_names import normalise
from services.importing.reading.cells import BLANK, Cell, CellValue, Grid, GridRow, text_of

Column = TypeVar("Column", bound=StrEnum)
_SEARCHED_ROWS: Final = 60
_LONGEST_LABEL: Final = 60
_NO_LABEL: Final = "…"
_BRACKETS: Final = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")
_DECORATION: Final = " :*★☆※"


def _word(label: str) -> str:
    """A label in the form in which labels are compared; one that is too long for a header counts as none."""
    return normalise(label).strip(_DECORATION) if len(label) <= _LONGEST_LABEL else _NO_LABEL


@dataclass(frozen=True)
class HeaderWords(Generic[Column]):
    """The header words of a kind of table.

    ``words``: each column's synonyms, the preferred one first. ``below``: words of a second header row, or of
    a remark in brackets, that mean a column only under another one (配合 under 责任单位). ``same``: words
    below that leave the column as it is (姓名 under 责任人). ``besides``: words below that make no column
    (电话). ``required``: columns without which it is no such table; ``least``: how many columns must be found
    in all.
    """

    words: Mapping[Column, Sequence[str]]
    required: Collection[Column]
    least: int
    below: Mapping[str, Column]
    same: Collection[str] = ()
    besides: Collection[str] = ()

    def rank(self, label: str) -> tuple[Column, int] | None:
        """The column that a header cell names, and the place of its word (0: preferred).

        None for other labels.
        """
        text = _word(label)
        remark = "".join(_BRACKETS.findall(text))
        base = _BRACKETS.sub("", text).strip(_DECORATION)
        found = {self._plain(part) for part in re.split(r"[/、]", base)}
        if len({hit and hit[0] for hit in found}) != 1:
            return None
        hit = min((hit for hit in found if hit), key=lambda h: h[1], default=None)
        if hit is not None and remark in self.below:
            return self.below[remark], hit[1]
        return hit

    def _plain(self, word: str) -> tuple[Column, int] | None:
        for column, synonyms in self.words.items():
            if word in synonyms:
                return column, synonyms.index(word)
        return None

    def rank_below(self, top: str, label: str) -> tuple[Column, int] | None:
        """``rank`` of a cell in the second header row, under ``top``."""
        word = _BRACKETS.sub("", _word(label)).strip(_DECORATION)
        above = self.rank(top)
        if not word or _word(label) == _word(top) or (above and word in self.same):
            return above
        if word in self.besides and above:
            return None
        if word in self.below:
            return self.below[word], 0
        return self.rank(label)

    def known_below(self, label: str) -> bool:
        word = _BRACKETS.sub("", _word(label)).strip(_DECORATION)
        return word in {*self.below, *self.same, *self.besides} or self.rank(label) is not None


@dataclass(frozen=True)
class Header(Generic[Column]):
    """Where the header is (indexes into ``grid.rows``, both included), and the index of each column."""

    first: int
    last: int
    columns: Mapping[Column, int]
    words: HeaderWords[Column]

    def cell(self, row: GridRow, column: Column) -> Cell:
        at = self.columns.get(column)
        return BLANK if at is None or at >= len(row.cells) else row.cells[at]

    def is_repeated_by(self, row: GridRow) -> bool:
        """Whether a row only repeats the header, as printed tables do on each page."""
        said = 0
        for column, at in self.columns.items():
            cell = row.cells[at] if at < len(row.cells) else BLANK
            if not cell.own:
                continue
            label = text_of(cell.value)
            hit = self.words.rank(label)
            below = self.words.below.get(_word(label))
            if (hit is None or hit[0] is not column) and below is not column:
                return False
            said += 1
        return said >= 2  # one cell alone may be a task with the name 任务


def find_header(grid: Grid, words: HeaderWords[Column]) -> Header[Column] | None:
    """The row or pair of rows, among the first 60, that names most columns; of equals the upper.

    Else None.
    """
    best: Header[Column] | None = None
    for index in range(min(len(grid.rows), _SEARCHED_ROWS)):
        header = _single(grid, index, words)
        pair = _pair(grid, index, words)
        if pair is not None and len(pair.columns) >= len(header.columns):
            header = pair
        if best is None or len(header.columns) > len(best.columns):
            best = header
    if best is None or len(best.columns) < words.least or not set(words.required) <= set(best.columns):
        return None
    return best


def _single(grid: Grid, index: int, words: HeaderWords[Column]) -> Header[Column]:
    row = grid.rows[index]
    return Header(index, index, _columns(row, words.rank), words)


def _pair(grid: Grid, index: int, words: HeaderWords[Column]) -> Header[Column] | None:
    """A header of two rows: groups (责任单位) over their parts (牵头, 配合)."""
    if index + 1 >= len(grid.rows):
        return None
    top, under = grid.rows[index], grid.rows[index + 1]
    own = [text_of(cell.value) for cell in under.cells if cell.own]
    if not own or not all(map(words.known_below, own)) or not _columns(top, words.rank):
        return None
    found: dict[Column, tuple[int, int]] = {}
    for at, (above, below) in enumerate(zip(top.cells, under.cells, strict=True)):
        hit = words.rank_below(text_of(above.value), text_of(below.value))
        _offer(found, hit, at)
    return Header(index, index + 1, {column: at for column, (_, at) in found.items()}, words)


def _columns(row: GridRow, rank: Callable[[str], tuple[Column, int] | None]) -> dict[Column, int]:
    found: dict[Column, tuple[int, int]] = {}
    for at, cell in enumerate(row.cells):
        if isinstance(cell.value, str):
            _offer(found, rank(cell.value), at)
    return {column: at for column, (_, at) in found.items()}


def _offer(found: dict[Column, tuple[int, int]], hit: tuple[Column, int] | None, at: int) -> None:
    """Record a column.

    Of two with one meaning (任务, 目标任务), the preferred word wins, else the left one.
    """
    if hit is not None and (hit[0] not in found or (hit[1], at) < found[hit[0]]):
        found[hit[0]] = (hit[1], at)


def best_table(grids: Sequence[Grid], words: HeaderWords[Column]) -> list[tuple[Grid, Header[Column]]]:
    """The tables with such a header: those that name most columns first, of equals the earlier one first."""
    found = [(grid, header) for grid in grids if (header := find_header(grid, words))]
    return sorted(found, key=lambda pair: -len(pair[1].columns))


@dataclass(frozen=True, slots=True)
class SheetSource:
    """``meant``: by row number and column, what a line means, with its groups and 同上 resolved."""

    grid: Grid
    header: Header[Any]
    meant: Mapping[int, Mapping[Any, CellValue]] = field(default_factory=dict)
