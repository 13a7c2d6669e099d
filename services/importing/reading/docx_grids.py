"""The tables of a Word document, each with the paragraphs before it.

Streamed from ``word/document.xml``. Merged cells (gridSpan, vMerge) keep their place. Tables inside cells and
text boxes are left out. Tracked deletions count as deleted, tracked insertions as made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from services.importing.reading.archives import OfficeArchive, XmlEventKind, attribute
from services.importing.reading.cells import (
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    Cell,
    ContentLimits,
    Grid,
    MergedRange,
    build_rows,
)

_LEAD_IN_PARAGRAPHS: Final = 12
_LEAD_IN_CHARS: Final = 200
_UNSEEN: Final = frozenset({"del", "moveFrom", "txbxContent", "instrText"})
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
    return [grid for grid in reader.grids if grid.rows]


class _CollectedText:
    """Text that is being collected. Beyond a cell's limit it is dropped.

    The length shows that there was more.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        if self._size <= MAX_CELL_CHARS:
            self._parts.append(text)
            self._size += len(text)

    def __str__(self) -> str:
        return "".join(self._parts)


class _DocxTable:
    """The outermost table, while it is being read."""

    def __init__(self, name: str, lead_in: tuple[str, ...], limits: ContentLimits) -> None:
        self.name = name
        self._lead_in = lead_in
        self._limits = limits
        self._cells: dict[int, dict[int, Cell]] = {}
        self._merges: list[MergedRange] = []
        self._open: dict[int, MergedRange] = {}  # vertical merges by first column, as far as they extend now
        self._hidden: list[int] = []
        self.row = 0
        self.column = 0

    def start_row(self) -> None:
        self.row += 1
        self.column = 0
        self._limits.rows(self.row, self.name)

    def drop_row(self) -> None:
        """Remove the row, because its deletion was tracked."""
        self._cells.pop(self.row, None)
        self._merges = [merge for merge in self._merges if merge.top != self.row]
        self.row -= 1

    def hide_row(self) -> None:
        self._hidden.append(self.row)

    def add_cell(self, text: str, span: int, *, continues: bool, restarts: bool) -> None:
        left, right = self.column, self.column + span - 1
        self.column += span
        self._limits.columns(self.column, self.name)
        above = self._open.get(left)
        if continues and above is not None and above.bottom == self.row - 1:
            self._open[left] = MergedRange(above.top, left, self.row, above.right)
            self._cells.setdefault(self.row, {})
            return
        self._close(left)
        cell = self._limits.text(text)
        if cell.filled:
            self._cells.setdefault(self.row, {})[left] = cell
        if restarts:
            self._open[left] = MergedRange(self.row, left, self.row, right)
        elif span > 1:
            self._merges.append(MergedRange(self.row, left, self.row, right))

    def _close(self, left: int) -> None:
        if (merge := self._open.pop(left, None)) is not None:
            self._merges.append(merge)

    def grid(self) -> Grid:
        for left in list(self._open):
            self._close(left)
        return Grid(self.name, build_rows(self._cells, self._merges, self._hidden), self._lead_in)


class _DocumentReader:
    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self._limits = ContentLimits()
        self._lead_in: deque[str] = deque(maxlen=_LEAD_IN_PARAGRAPHS)
        self._table: _DocxTable | None = None
        self._depth = 0
        self._unseen = 0
        self._in_text = False
        self._text = _CollectedText()
        self._in_row_properties = False
        self._row_deleted = False
        self._reset_cell()

    def _reset_cell(self) -> None:
        self._span = 1
        self._continues = self._restarts = False
        self._text = _CollectedText()

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        if tag == "del" and self._in_row_properties and self._depth == 1:
            self._row_deleted = True
        if tag in _UNSEEN:
            self._unseen += 1
        elif self._unseen:
            return
        elif tag == "tbl":
            self._start_table()
        elif self._depth <= 1:
            self._start_inside(tag, attrs)

    def _start_table(self) -> None:
        self._depth += 1
        if self._depth == 1:
            number = str(len(self.grids) + 1)
            self._table = _DocxTable(number, tuple(reversed(self._lead_in)), self._limits)
            self._lead_in.clear()

    def _start_inside(self, tag: str, attrs: Mapping[str, str]) -> None:
        if tag == "t":
            self._in_text = True
        elif tag in {"br", "cr"}:
            self._text.add("\n")
        elif tag == "tab":
            self._text.add(" ")
        elif tag == "noBreakHyphen":
            self._text.add("-")
        elif self._table is not None:
            self._start_in_table(self._table, tag, attribute(attrs, "val"))

    def _start_in_table(self, table: _DocxTable, tag: str, value: str | None) -> None:
        if tag == "tr":
            table.start_row()
            self._row_deleted = False
        elif tag == "trPr":
            self._in_row_properties = True
        elif tag == "gridBefore":
            table.column += _span(value, least=0)
        elif tag == "hidden" and value not in _OFF:
            table.hide_row()
        elif tag == "tc":
            self._reset_cell()
        elif tag == "gridSpan":
            self._span = _span(value, least=1)
        elif tag == "vMerge":
            self._restarts = value == "restart"
            self._continues = not self._restarts

    def end(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        elif self._unseen:
            return
        elif tag == "tbl":
            self._end_table()
        elif self._depth <= 1:
            self._end_inside(tag)

    def _end_table(self) -> None:
        self._depth -= 1
        if self._depth == 0 and self._table is not None:
            self.grids.append(self._table.grid())
            self._table = None
            self._text = _CollectedText()

    def _end_inside(self, tag: str) -> None:
        if tag == "t":
            self._in_text = False
        elif tag == "trPr":
            self._in_row_properties = False
        elif tag == "p" and self._table is None:
            if paragraph := str(self._text).strip():
                self._lead_in.append(paragraph[:_LEAD_IN_CHARS])
            self._text = _CollectedText()
        elif tag == "p":
            self._text.add("\n")
        elif tag == "tc" and self._table is not None:
            text = str(self._text).strip()
            self._table.add_cell(text, self._span, continues=self._continues, restarts=self._restarts)
        elif tag == "tr" and self._table is not None and self._row_deleted:
            self._table.drop_row()

    def text(self, data: str) -> None:
        if self._in_text and self._depth <= 1 and not self._unseen:
            self._text.add(data)


def _span(value: str | None, *, least: int) -> int:
    try:
        return min(max(int(value or least), least), MAX_COLUMNS + 1)
    except ValueError:
        return least
