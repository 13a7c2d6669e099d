"""The header of a table: finding it below the title rows, what its columns mean, and the table it heads."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from rules.people.typed_names import normalise
from services.importing.reading.cells import BLANK, Cell, CellValue, Grid, GridRow, line_of, text_of

Column = TypeVar("Column", bound=StrEnum)
_SEARCHED_ROWS: Final = 60
_LONGEST_LABEL: Final = 60
_LONGEST_HEAD: Final = 30
_NO_LABEL: Final = "…"
_BRACKETS: Final = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")
_DECORATION: Final = " :*★☆※"
_CHOSEN: Final = 1_000  # after all words: in another sheet of the file the column may have its own head


def _joined(top: str, below: str) -> str:
    """The label of a column under two header rows."""
    return below if not top or _word(top) == _word(below) else f"{top}·{below}" if below else top


def _word(label: str) -> str:
    """A label in the form in which labels are compared; one that is too long for a header counts as none."""
    return normalise(label).strip(_DECORATION) if len(label) <= _LONGEST_LABEL else _NO_LABEL


@dataclass(frozen=True)
class HeaderWords(Generic[Column]):
    """The header words of a kind of table.

    ``words``: each column's synonyms, the preferred one first. ``below``: words of a second header row, or of
    a remark in brackets, that mean a column only under another one (配合 under 责任单位). ``same``: words
    below that leave the column as it is (姓名 under 责任人). ``besides``: words below that make no column
    (电话). ``whole``: columns whose words below only say how they are filled (序号 under 上级任务).
    ``required``: columns without which it is no such table; ``least``: how many columns must be found in all.
    ``chosen``: labels of this very file (as ``Header.label`` gives them) whose column somebody has stated,
    for tables that have no known head over it.
    """

    words: Mapping[Column, Sequence[str]]
    required: Collection[Column]
    least: int
    below: Mapping[str, Column]
    same: Collection[str] = ()
    besides: Collection[str] = ()
    whole: Collection[Column] = ()
    chosen: Mapping[str, Column] = field(default_factory=dict)

    def choosing(self, chosen: Mapping[str, Column]) -> HeaderWords[Column]:
        """The same words, and these labels of the file for these columns."""
        return replace(self, chosen={normalise(label): column for label, column in chosen.items()})

    def rank(self, label: str) -> tuple[Column, int] | None:
        """The column that a header cell names, and the place of its word (0: preferred).

        None for other labels.
        """
        if self.chosen and (whole := normalise(label)) in self.chosen:
            return self.chosen[whole], _CHOSEN
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
        if self.chosen and (both := normalise(_joined(top, label))) in self.chosen:
            return self.chosen[both], _CHOSEN
        word = _BRACKETS.sub("", _word(label)).strip(_DECORATION)
        above = self.rank(top)
        if not word or _word(label) == _word(top) or (above and word in self.same):
            return above
        if above and above[0] in self.whole:
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

    def label(self, grid: Grid, at: int) -> str:
        """What the header says over the column at index ``at``, on one line; empty if it says nothing."""
        rows = grid.rows[self.first : self.last + 1]
        found = [line_of(row.cells[at].value) for row in rows if at < len(row.cells)]
        return _joined(found[0], found[-1]) if found else ""

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
    """The first row or pair of rows, among the first 60, that is a complete header; else None.

    If the row below names more columns, that is the header.
    """
    found: Header[Column] | None = None
    for index in range(min(len(grid.rows), _SEARCHED_ROWS)):
        header = header_at(grid, index, words)
        if found is not None and (header is None or len(header.columns) <= len(found.columns)):
            return found
        found = header
    return found


def header_at(grid: Grid, index: int, words: HeaderWords[Column]) -> Header[Column] | None:
    """The complete header that begins in the row at that index; None: there is none."""
    header = _single(grid, index, words)
    if not header.columns:
        return None
    pair = _pair(grid, index, words)
    if pair is not None and len(pair.columns) >= len(header.columns):
        header = pair
    complete = len(header.columns) >= words.least and set(words.required) <= set(header.columns)
    return header if complete else None


def _single(grid: Grid, index: int, words: HeaderWords[Column]) -> Header[Column]:
    row = grid.rows[index]
    return Header(index, index, _columns(row, words.rank), words)


def _pair(grid: Grid, index: int, words: HeaderWords[Column]) -> Header[Column] | None:
    """A header of two rows: groups (责任单位) over their parts (牵头, 配合)."""
    if index + 1 >= len(grid.rows):
        return None
    top, under = grid.rows[index], grid.rows[index + 1]
    if not _is_under(top, under, words) or not _columns(top, words.rank):
        return None
    found: dict[Column, tuple[int, int]] = {}
    for at, (above, below) in enumerate(zip(top.cells, under.cells, strict=True)):
        hit = words.rank_below(text_of(above.value), text_of(below.value))
        _offer(found, hit, at)
    return Header(index, index + 1, {column: at for column, (_, at) in found.items()}, words)


def _is_under(top: GridRow, under: GridRow, words: HeaderWords[Column]) -> bool:
    """Whether ``under`` holds labels below those of ``top``.

    All of its cells are known labels; or some are, and all others stand under a label that spans columns.
    """
    own = [(at, text_of(cell.value)) for at, cell in enumerate(under.cells) if cell.own]
    known = [at for at, label in own if words.known_below(label)]
    return bool(known) and all(at in known or _spans(top, at) for at, _ in own)


def _spans(row: GridRow, at: int) -> bool:
    """Whether the cell at index ``at`` is part of a merge over several columns of its row."""
    cell = row.cells[at]
    if cell.merged_from is not None:
        return cell.merged_from[1] != at
    beside = row.cells[at + 1].merged_from if at + 1 < len(row.cells) else None
    return beside == (row.number, at)


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


def tables_of(grids: Sequence[Grid], words: HeaderWords[Column]) -> list[tuple[Grid, Header[Column]]]:
    """The tables with such a header, in the order of the file."""
    return [(grid, header) for grid in grids if (header := find_header(grid, words))]


def best_table(grids: Sequence[Grid], words: HeaderWords[Column]) -> list[tuple[Grid, Header[Column]]]:
    """As ``tables_of``: those that name most columns first, of equals the earlier one first."""
    return sorted(tables_of(grids, words), key=lambda pair: -len(pair[1].columns))


@dataclass(frozen=True, slots=True)
class SeenHeads(Generic[Column]):
    """The row that looks most like a header, where none is complete: its labels, and the columns it names."""

    labels: Sequence[str]
    columns: Collection[Column]


def seen_heads(grids: Sequence[Grid], words: HeaderWords[Column]) -> SeenHeads[Column] | None:
    """The heads of the file as far as they can be told; None: no row looks like a header.

    That is the row of short texts that names most columns; of equals the fullest, then the first.
    """
    best: tuple[tuple[int, int], SeenHeads[Column]] | None = None
    for grid in grids:
        for row in grid.rows[:_SEARCHED_ROWS]:
            own = [cell for cell in row.cells if cell.own]
            labels = list(dict.fromkeys(line_of(c.value) for c in own if isinstance(c.value, str)))
            if len(labels) < 2 or len(labels) < len(own) or any(len(one) > _LONGEST_HEAD for one in labels):
                continue
            columns = frozenset(_columns(row, words.rank))
            weight = len(columns), len(labels)
            if best is None or weight > best[0]:
                best = weight, SeenHeads(labels, columns)
    return None if best is None else best[1]


@dataclass(frozen=True, slots=True)
class SheetSource:
    """``meant``: by row number and column, what a line means, with its groups and 同上 resolved.

    ``instead``: what a line that goes back alone says in the place of what is written in it.
    """

    grid: Grid
    header: Header[Any]
    meant: Mapping[int, Mapping[Any, CellValue]] = field(default_factory=dict)
    instead: Mapping[int, Mapping[Any, CellValue]] = field(default_factory=dict)
