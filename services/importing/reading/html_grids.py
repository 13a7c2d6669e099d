"""The tables of a web page, which many systems call .xls, each with the words before it.

lxml reports the elements one by one and no tree is built. A table inside a cell is a table of its own, and no
text of the cell. Rows that the page hides are read and marked; hidden cells and words are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from services.importing.reading.cells import ContentLimits, Grid, sound
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.html_tables import HtmlTable
from services.importing.reading.lead_ins import Passage

_MAX_EVENTS: Final = 1_000_000
_MAX_DEPTH: Final = 1_000  # an end tag that closes nothing is compared with all that is open
_CHUNK: Final = 64 * 1024
# Often never closed; then every cell would stand inside the one before it.
_DRESSING: Final = re.compile(r"</?(?:font|b|i|u|s|strong|em|small|big|tt)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_UNREAD: Final = frozenset({"script", "style", "title", "xml"})
_LINES: Final = frozenset({"br", "p", "div", "li", "center", "h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")


def read_web_page(text: str) -> list[Grid]:
    """Every table that holds something, in order of appearance. Raises ImportFileError."""
    reader = _PageReader()
    parser = etree.HTMLParser(target=reader, encoding="utf-8")
    content = _DRESSING.sub("", sound(text)).encode()
    try:
        for at in range(0, len(content), _CHUNK):
            parser.feed(content[at : at + _CHUNK])
        parser.close()
    except etree.LxmlError as error:
        raise ImportFileError("corrupt") from error
    return [grid for grid in reader.grids() if grid.rows]


class _PageReader:
    """Takes the events of lxml, which closes every element."""

    def __init__(self) -> None:
        self._read: list[Grid | None] = []  # in order of appearance; None while a table is open
        self._limits = ContentLimits()
        self._outside = Passage()
        self._tables: list[tuple[int, HtmlTable]] = []
        self._hides: list[bool] = []  # of each open element
        self._veil = 0
        self._unread = 0
        self._events = 0

    def grids(self) -> list[Grid]:
        return [grid for grid in self._read if grid is not None]

    @property
    def _table(self) -> HtmlTable | None:
        return self._tables[-1][1] if self._tables else None

    @property
    def _passage(self) -> Passage | None:
        """What the words belong to. None for words that belong to nothing that is read."""
        table = self._table
        if table is None:
            return self._outside
        if table.caption is not None:
            return table.caption
        cell = table.cell
        return None if cell is None or cell.left_out or self._veil > cell.veil else cell.passage

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        self._count()
        hides = bool(attrs) and ("hidden" in attrs or bool(_HIDDEN.search(attrs.get("style", ""))))
        self._hides.append(hides)
        self._veil += hides
        if len(self._hides) > _MAX_DEPTH:
            raise ImportFileError("corrupt")
        if tag in _UNREAD:
            self._unread += 1
        elif tag == "table":
            self._start_table()
        elif tag in _LINES:
            self._end_line()
        elif (table := self._table) is not None:
            self._start_in_table(table, tag, attrs)

    def _start_table(self) -> None:
        self._end_line()
        passage, outer = self._passage, self._table
        around = () if outer is None else outer.lead_in
        lead_in = around if passage is None else passage.lead_in.take(around)
        number = len(self._read)
        self._read.append(None)
        self._tables.append((number, HtmlTable(str(number + 1), lead_in, self._limits, self._veil)))

    def _start_in_table(self, table: HtmlTable, tag: str, attrs: Mapping[str, str]) -> None:
        if tag == "tr":
            table.start_row(self._veil)
        elif tag in {"td", "th"}:
            table.start_cell(attrs, self._veil)
        elif tag == "caption":
            table.caption = Passage()

    def end(self, tag: str) -> None:
        self._count()
        self._veil -= self._hides.pop()
        if tag in _UNREAD:
            self._unread -= 1
        elif tag in _LINES and tag != "br":
            self._end_line()
        elif self._tables:
            self._end_in_table(*self._tables[-1], tag)

    def _end_in_table(self, number: int, table: HtmlTable, tag: str) -> None:
        if tag in {"td", "th", "tr"}:
            table.end_cell()
        elif tag == "caption":
            table.end_caption()
        elif tag == "table":
            self._read[number] = table.grid()
            self._tables.pop()

    def data(self, text: str) -> None:
        self._count()
        if not self._unread and (passage := self._passage) is not None:
            passage.add(_BLANKS.sub(" ", text))

    def close(self) -> None:
        """lxml calls it at the end."""

    def _end_line(self) -> None:
        if (passage := self._passage) is not None:
            passage.end_paragraph()

    def _count(self) -> None:
        self._events += 1
        if self._events > _MAX_EVENTS:
            raise ImportFileError("too_big_inside")
