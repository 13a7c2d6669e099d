"""The tables of a Word document, each with the paragraphs before it.

Streamed from ``word/document.xml``. Merged cells (gridSpan, vMerge) keep their place. A table inside a cell
is a table of its own, and no text of the cell. Text boxes are left out. Tracked deletions count as deleted,
tracked insertions as made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.importing.reading.archives import OfficeArchive, XmlEventKind, attribute
from services.importing.reading.cells import (
    MAX_COLUMNS,
    Cell,
    ContentLimits,
    Grid,
    MergedRange,
    build_rows,
)
from services.importing.reading.lead_ins import Passage

_UNSEEN: Final = frozenset({"del", "moveFrom", "txbxContent", "instrText"})
_WORDS: Final = {"t": "", "br": "\n", "cr": "\n", "tab": " ", "noBreakHyphen": "-"}
_OFF: Final = frozenset({"0", "false", "off"})


def read_document(archive: OfficeArchive) -> list[Grid]:
    """Every table that holds something, in order. Raises ImportFileError."""
    reader = _DocumentReader()
    for event, tag, attrs in archive.events(archive.main):
        if event is XmlEventKind.START:
            reader.start(tag, attrs)
        elif event is XmlEventKind.END:
            reader.end(tag)
        else:
            reader.text(tag)
    return [grid for grid in reader.grids() if grid.rows]


class _DocxTable:
    """A table while it is being read, with its row and cell that are open."""

    def __init__(self, name: str, lead_in: tuple[str, ...], limits: ContentLimits, *, hidden: bool) -> None:
        self.name = name
        self.lead_in = lead_in
        self.passage = Passage()
        self._limits = limits
        self._cells: dict[int, dict[int, Cell]] = {}
        self._merges: list[MergedRange] = []
        self._open: dict[int, MergedRange] = {}  # vertical merges by first column, as far as they extend now
        self._all_hidden = hidden
        self._hidden: list[int] = []
        self.row = 0
        self.column = 0
        self.in_row_properties = False
        self.row_deleted = False
        self.start_cell()

    @property
    def row_hidden(self) -> bool:
        return self._all_hidden or self._hidden[-1:] == [self.row]

    def start_cell(self) -> None:
        self.span = 1
        self.continues = self.restarts = False
        self.passage = Passage()

    def start_row(self) -> None:
        self.row += 1
        self.column = 0
        self.row_deleted = False
        self._limits.rows(self.row, self.name)

    def drop_row(self) -> None:
        """Remove the row, because its deletion was tracked."""
        self._cells.pop(self.row, None)
        self._merges = [merge for merge in self._merges if merge.top != self.row]
        self.row -= 1

    def hide_row(self) -> None:
        self._hidden.append(self.row)

    def end_cell(self) -> None:
        left, right = self.column, self.column + self.span - 1
        self.column += self.span
        self._limits.columns(self.column, self.name)
        above = self._open.get(left)
        if self.continues and above is not None and above.bottom == self.row - 1:
            self._open[left] = MergedRange(above.top, left, self.row, above.right)
            self._cells.setdefault(self.row, {})
            return
        self._close(left)
        cell = self._limits.text(str(self.passage.text).strip())
        if cell.filled:
            self._cells.setdefault(self.row, {})[left] = cell
        if self.restarts:
            self._open[left] = MergedRange(self.row, left, self.row, right)
        elif self.span > 1:
            self._merges.append(MergedRange(self.row, left, self.row, right))

    def _close(self, left: int) -> None:
        if (merge := self._open.pop(left, None)) is not None:
            self._merges.append(merge)

    def grid(self) -> Grid:
        for left in list(self._open):
            self._close(left)
        hidden = self._cells if self._all_hidden else self._hidden
        return Grid(self.name, build_rows(self._cells, self._merges, hidden), self.lead_in)


@dataclass(slots=True)
class _OpenPlace:
    """An open table, its place among all tables, and that of the first one inside its row."""

    table: _DocxTable
    number: int
    first_inner: int = 0


class _DocumentReader:
    def __init__(self) -> None:
        self._read: list[Grid | None] = []  # in order of appearance; None: still open, or deleted
        self._limits = ContentLimits()
        self._outside = Passage()
        self._places: list[_OpenPlace] = []
        self._table: _DocxTable | None = None  # the innermost that is open
        self._unseen = 0
        self._in_text = False

    def grids(self) -> list[Grid]:
        return [grid for grid in self._read if grid is not None]

    @property
    def _passage(self) -> Passage:
        return self._outside if self._table is None else self._table.passage

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        table = self._table
        if tag == "del" and table is not None and table.in_row_properties:
            table.row_deleted = True
        if tag in _UNSEEN:
            self._unseen += 1
        elif self._unseen:
            return
        elif tag == "tbl":
            self._start_table(table)
        elif tag in _WORDS:
            self._start_words(tag)
        elif table is not None:
            self._start_in_table(self._places[-1], tag, attribute(attrs, "val"))

    def _start_table(self, outer: _DocxTable | None) -> None:
        number = len(self._read)
        lead_in = self._passage.lead_in.take(() if outer is None else outer.lead_in)
        hidden = outer is not None and outer.row_hidden
        table = _DocxTable(str(number + 1), lead_in, self._limits, hidden=hidden)
        self._read.append(None)
        self._places.append(_OpenPlace(table, number))
        self._table = table

    def _start_words(self, tag: str) -> None:
        if tag == "t":
            self._in_text = True
        else:
            self._passage.add(_WORDS[tag])

    def _start_in_table(self, place: _OpenPlace, tag: str, value: str | None) -> None:
        table = place.table
        if tag == "tr":
            table.start_row()
            place.first_inner = len(self._read)
        elif tag == "trPr":
            table.in_row_properties = True
        elif tag == "gridBefore":
            table.column += _span(value, least=0)
        elif tag == "hidden" and value not in _OFF:
            table.hide_row()
        elif tag == "tc":
            table.start_cell()
        elif tag == "gridSpan":
            table.span = _span(value, least=1)
        elif tag == "vMerge":
            table.restarts = value == "restart"
            table.continues = not table.restarts

    def end(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        elif self._unseen:
            return
        elif tag == "t":
            self._in_text = False
        elif tag == "p":
            self._passage.end_paragraph()
        elif self._table is not None:
            self._end_in_table(self._places[-1], tag)

    def _end_in_table(self, place: _OpenPlace, tag: str) -> None:
        table = place.table
        if tag == "trPr":
            table.in_row_properties = False
        elif tag == "tc":
            table.end_cell()
        elif tag == "tr" and table.row_deleted:
            table.drop_row()
            self._read[place.first_inner :] = [None] * (len(self._read) - place.first_inner)
        elif tag == "tbl":
            self._read[place.number] = table.grid()
            self._places.pop()
            self._table = self._places[-1].table if self._places else None

    def text(self, data: str) -> None:
        if self._in_text and not self._unseen:
            self._passage.add(data)


def _span(value: str | None, *, least: int) -> int:
    try:
        return min(max(int(value or least), least), MAX_COLUMNS + 1)
    except ValueError:
        return least
