"""A table of a web page while it is being read: cells that span rows and columns find their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from services.importing.reading.cells import (
    MAX_COLUMNS,
    MAX_MERGES,
    Cell,
    ContentLimits,
    Grid,
    MergedRange,
    build_rows,
)
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.lead_ins import Passage

_MOST_ROWS: Final = 65_536
_NUMBER: Final = re.compile(r"\s*(\d{1,7})")


class HtmlCell:
    """A cell that is open. ``veil``: how many hidden elements are around it."""

    def __init__(self, attrs: Mapping[str, str], veil: int, *, left_out: bool) -> None:
        self.columns = min(max(_number(attrs.get("colspan")), 1), MAX_COLUMNS + 1)
        rows = _number(attrs.get("rowspan"), otherwise=1)
        self.rows = min(rows, _MOST_ROWS) if rows else _MOST_ROWS
        self.veil = veil
        self.left_out = left_out
        self._passage: Passage | None = None

    @property
    def passage(self) -> Passage:
        if self._passage is None:
            self._passage = Passage()
        return self._passage

    def text(self) -> str:
        return "" if self._passage is None else _trimmed(str(self._passage.text))


class HtmlTable:
    """The cells so far. A cell takes the first column that no cell above reaches into."""

    def __init__(self, name: str, lead_in: tuple[str, ...], limits: ContentLimits, veil: int) -> None:
        self.name = name
        self.lead_in = lead_in
        self.caption: Passage | None = None
        self.cell: HtmlCell | None = None
        self.row_veil = veil
        self._limits = limits
        self._cells: dict[int, dict[int, Cell]] = {}
        self._merges: list[MergedRange] = []
        self._hidden: list[int] = []
        self._reached: dict[int, int] = {}  # by column, the last row that a cell of it reaches
        self._row = 0
        self._column = 0

    def start_row(self, veil: int) -> None:
        self.end_cell()
        self._row += 1
        if self._row > _MOST_ROWS:
            self._limits.rows(self._row, self.name)
        self._column = 0
        self.row_veil = veil
        if veil:
            self._hidden.append(self._row)

    def start_cell(self, attrs: Mapping[str, str], veil: int) -> None:
        self.end_cell()
        if not self._row:
            self.start_row(veil)
        self.cell = HtmlCell(attrs, veil, left_out=veil > self.row_veil)

    def end_cell(self) -> None:
        cell, self.cell = self.cell, None
        if cell is None or cell.left_out:
            return
        while self._reached.get(self._column, 0) >= self._row:
            self._column += 1
        left = self._column
        self._column += cell.columns
        content = self._limits.text(cell.text())
        if content.filled:
            self._keep(content, left)
        if cell.rows > 1:
            last = self._row + cell.rows - 1
            self._reached.update((column, last) for column in range(left, min(self._column, MAX_COLUMNS + 1)))
        if content.filled and (cell.rows > 1 or cell.columns > 1):
            if len(self._merges) >= MAX_MERGES:
                raise ImportFileError("too_big_inside")
            self._merges.append(MergedRange(self._row, left, self._row + cell.rows - 1, self._column - 1))

    def _keep(self, cell: Cell, column: int) -> None:
        if self._row not in self._cells:
            self._limits.rows(len(self._cells) + 1, self.name)
        self._limits.columns(column + 1, self.name)
        self._cells.setdefault(self._row, {})[column] = cell

    def end_caption(self) -> None:
        if self.caption is not None and (words := _trimmed(str(self.caption.text))):
            self.lead_in = (words, *self.lead_in)
        self.caption = None

    def grid(self) -> Grid:
        self.end_cell()
        return Grid(self.name, build_rows(self._cells, self._merges, self._hidden), self.lead_in)


def _number(text: str | None, otherwise: int = 0) -> int:
    found = _NUMBER.match(text or "")
    return int(found[1]) if found else otherwise


def _trimmed(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n")).strip()
