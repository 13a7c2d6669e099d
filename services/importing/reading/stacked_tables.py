"""Tables below each other in one sheet: a lower header with other columns holds for the lines below it.

The lower lines are moved to the columns of the first header, so that the sheet reads as one table. Columns
that only a lower header has come after those of the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from services.importing.reading.cells import BLANK, Cell, Grid, GridRow
from services.importing.reading.headers import Column, Header, HeaderWords, find_header, header_at


@dataclass(frozen=True, slots=True)
class JoinedSheet:
    """``headers``: the numbers of the rows with a lower header; they are no rows of ``grid`` any more."""

    grid: Grid
    headers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part(Generic[Column]):
    """The lines under one header."""

    header: Header[Column]
    rows: list[GridRow]


def joined(grid: Grid, words: HeaderWords[Column]) -> JoinedSheet:
    """The sheet with all lines under its first header; unchanged if no lower header has other columns."""
    first = find_header(grid, words)
    if first is None:
        return JoinedSheet(grid)
    parts = list(_parts(grid, first))
    if len(parts) == 1:
        return JoinedSheet(grid)
    layout = _Layout(grid, first)
    moved = [(row, move) for part in parts[1:] for move in [layout.move(grid, part)] for row in part.rows]
    head = list(grid.rows[: first.last + 1])
    head[first.first] = layout.headed(head[first.first])
    rows = [*head, *parts[0].rows, *(_moved(row, move) for row, move in moved)]
    shown = {row.number for row in rows}
    lost = tuple(row.number for row in grid.rows if row.number not in shown)
    return JoinedSheet(replace(grid, rows=tuple(layout.padded(row) for row in rows)), lost)


def _parts(grid: Grid, first: Header[Column]) -> Iterator[_Part[Column]]:
    part = _Part(first, [])
    index = first.last + 1
    while index < len(grid.rows):
        row = grid.rows[index]
        lower = header_at(grid, index, first.words) if _may_be_header(row) else None
        if lower is None or (part.header is first and _repeats(lower, row, first)):
            part.rows.append(row)
            index += 1
            continue
        index = lower.last + 1
        if not _repeats(lower, row, part.header):
            yield part
            part = _Part(lower, [])
    yield part


def _may_be_header(row: GridRow) -> bool:
    """Whether the row holds texts alone; most lines of a table hold a number or a date, too."""
    return all(isinstance(cell.value, str) for cell in row.cells if cell.own)


def _repeats(lower: Header[Column], row: GridRow, header: Header[Column]) -> bool:
    """Whether a lower header has the same columns as ``header``, or some of them, in the same places."""
    if not lower.columns.items() <= header.columns.items():
        return False
    return lower.first != lower.last or header.is_repeated_by(row)


class _Layout(Generic[Column]):
    """The places of all columns of the sheet: those of the first header, then what lower ones add."""

    def __init__(self, grid: Grid, first: Header[Column]) -> None:
        self._width = max(len(row.cells) for row in grid.rows)
        self._places: dict[Column, int] = dict(first.columns)
        used = frozenset(first.columns.values())
        labels = ((first.label(grid, at), at) for at in range(self._width) if at not in used)
        self._beside = {label: at for label, at in labels if label}
        self._added: dict[int, str] = {}

    def move(self, grid: Grid, part: _Part[Column]) -> Mapping[int, int]:
        """The place of each column of the part that holds something."""
        header = part.header
        found = {at: self._place(column, header) for column, at in header.columns.items()}
        filled = {at for row in part.rows for at, cell in enumerate(row.cells) if cell.filled}
        for at in sorted(filled - found.keys()):
            label = header.label(grid, at)
            hit = header.words.rank(label) if label else None
            if hit is not None:  # no column but a twin of one; its label must not become the header's
                label = f"{grid.rows[header.first].number}·{label}"
            found[at] = self._place_beside(label, at, set(found.values()))
        return found

    def _place(self, column: Column, header: Header[Column]) -> int:
        if column not in self._places:
            self._places[column] = self._add(header.words.words[column][0])
        return self._places[column]

    def _place_beside(self, label: str, at: int, taken: set[int]) -> int:
        place = self._beside.get(label)
        if place is not None and place not in taken:
            return place
        free = {*self._places.values(), *self._beside.values(), *taken}
        if not label and at not in free:
            return at
        place = self._add(label)
        if label:
            self._beside[label] = place
        return place

    def _add(self, label: str) -> int:
        self._width += 1
        self._added[self._width - 1] = label
        return self._width - 1

    def headed(self, row: GridRow) -> GridRow:
        """The first row of the header, with the labels of the columns that lower headers add."""
        cells = _padded(row.cells, self._width)
        for at, label in self._added.items():
            cells[at] = Cell(label) if label else BLANK
        return replace(row, cells=tuple(cells))

    def padded(self, row: GridRow) -> GridRow:
        return replace(row, cells=tuple(_padded(row.cells, self._width)))


def _padded(cells: Sequence[Cell], width: int) -> list[Cell]:
    return [*cells, *[BLANK] * (width - len(cells))]


def _moved(row: GridRow, move: Mapping[int, int]) -> GridRow:
    cells = [BLANK] * (max(move.values(), default=-1) + 1)
    for at, place in move.items():
        cell = row.cells[at] if at < len(row.cells) else BLANK
        if cell.merged_from is not None:
            above, left = cell.merged_from
            cell = replace(cell, merged_from=(above, move.get(left, left)))
        cells[place] = cell
    return replace(row, cells=tuple(cells))
