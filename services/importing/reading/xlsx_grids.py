"""The visible sheets of a workbook.

openpyxl either loads a workbook whole or forgets its merged cells, and it fills up a sheet that claims to be
16,384 columns wide. This reader takes only the filled cells, in one pass, and stops at the limits. Formulas
give the value that Excel saved. Hidden sheets are not read; hidden rows are read and marked. Macros are
ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from openpyxl.utils.escape import unescape

from services.importing.reading.archives import Event, OfficeArchive, XmlEventKind, attribute
from services.importing.reading.cells import (
    BLANK,
    MAX_CELL_CHARS,
    MAX_MERGES,
    Cell,
    CellFault,
    CellValue,
    ContentLimits,
    Grid,
    MergedRange,
    build_rows,
    sheet_name,
    sound,
)
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.number_formats import NumberMeaning, shown_value, what_shows

_MAX_SHARED_STRINGS: Final = 400_000
_SHEET_ROWS: Final = 1_048_576
_SHEET_COLUMNS: Final = 16_384
_REFERENCE: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_TRUE: Final = frozenset({"1", "true"})


@dataclass(slots=True)
class _Workbook:
    """What the sheets share."""

    sheets: list[tuple[str, str | None]] = field(default_factory=list)  # name, relationship id; None: hidden
    from_1904: bool = False
    strings: list[Cell] = field(default_factory=list)
    formats: list[NumberMeaning] = field(default_factory=list)


def read_workbook(archive: OfficeArchive) -> list[Grid]:
    """Every visible sheet that holds something, in order. Raises ImportFileError."""
    workbook = _read_contents(archive)
    limits = ContentLimits()
    targets = {}
    for key, relation in archive.relations(archive.main).items():
        if relation.kind == "sharedStrings":
            workbook.strings = list(_shared_strings(archive.events(relation.target)))
        elif relation.kind == "styles":
            workbook.formats = _formats(archive.events(relation.target))
        elif relation.kind == "worksheet":
            targets[key] = relation.target
    grids = [
        Grid(name, (), hidden=True)
        if key is None
        else _SheetReader(name, workbook, limits).read(archive.events(targets[key]))
        for name, key in workbook.sheets
        if key is None or key in targets
    ]
    return [grid for grid in grids if grid.rows or grid.hidden]


def _read_contents(archive: OfficeArchive) -> _Workbook:
    workbook = _Workbook()
    for event, tag, attrs in archive.events(archive.main):
        if event is not XmlEventKind.START:
            continue
        if tag == "workbookPr":
            workbook.from_1904 = attrs.get("date1904", "0") in _TRUE
        elif tag == "sheet":
            shown = attrs.get("state", "visible") == "visible"
            key = (attribute(attrs, "id") or "") if shown else None
            workbook.sheets.append((sheet_name(attrs.get("name", "")), key))
    return workbook


def _shared_strings(events: Iterator[Event]) -> Iterator[Cell]:
    count = 0
    collector = _TextCollector()
    for event, tag, _ in events:
        if event is XmlEventKind.START and tag == "si":
            count += 1
            if count > _MAX_SHARED_STRINGS:
                raise ImportFileError("too_big_inside")
            collector = _TextCollector()
        elif event is XmlEventKind.END and tag == "si":
            yield collector.cell()
        else:
            collector.take(event, tag)


def _formats(events: Iterator[Event]) -> list[NumberMeaning]:
    custom: dict[int, str] = {}
    formats: list[NumberMeaning] = []
    inside = False
    for event, tag, attrs in events:
        if tag == "cellXfs" and event is not XmlEventKind.TEXT:
            inside = event is XmlEventKind.START
        elif event is XmlEventKind.START and tag == "numFmt":
            custom[_whole(attrs.get("numFmtId"))] = attrs.get("formatCode", "")
        elif event is XmlEventKind.START and tag == "xf" and inside:
            formats.append(what_shows(_whole(attrs.get("numFmtId")), custom))
    return formats


class _TextCollector:
    """The text of ``t`` elements, without phonetic guides; text beyond a cell's limit is dropped."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._in_text = False
        self._in_guide = False

    def take(self, event: XmlEventKind, tag: str) -> None:
        if event is XmlEventKind.TEXT:
            if self._in_text and not self._in_guide and self._size <= MAX_CELL_CHARS:
                self._parts.append(tag)
                self._size += len(tag)
        elif tag in {"t", "v"}:
            self._in_text = event is XmlEventKind.START
        elif tag == "rPh":
            self._in_guide = event is XmlEventKind.START

    def text(self) -> str:
        return "".join(self._parts)

    def cell(self) -> Cell:
        text = self.text()
        if "_x" in text:
            text = sound(unescape(text))  # _xD800_ brings in what XML itself cannot hold
        if len(text) > MAX_CELL_CHARS:
            return Cell(fault=CellFault.TOO_LONG)
        return Cell(text) if text.strip() else BLANK


class _SheetReader:
    def __init__(self, name: str, workbook: _Workbook, limits: ContentLimits) -> None:
        self._name = name
        self._workbook = workbook
        self._limits = limits
        self._cells: dict[int, dict[int, Cell]] = {}
        self._merges: list[MergedRange] = []
        self._hidden: list[int] = []
        self._row = 0
        self._column = -1

    def read(self, events: Iterator[Event]) -> Grid:
        for event, tag, attrs in events:
            if event is not XmlEventKind.START:
                continue
            if tag == "row":
                self._start_row(attrs.get("r"), hidden=attrs.get("hidden", "0") in _TRUE)
            elif tag == "c":
                self._read_cell(attrs.get("r"), attrs.get("t", "n"), _whole(attrs.get("s")), events)
            elif tag == "mergeCell":
                self._add_merge(attrs.get("ref", ""))
        return Grid(self._name, build_rows(self._cells, self._merges, self._hidden))

    def _add_merge(self, ref: str) -> None:
        if len(self._merges) >= MAX_MERGES:
            raise ImportFileError("too_big_inside")
        self._merges.append(_merge(ref))

    def _start_row(self, number: str | None, *, hidden: bool) -> None:
        self._row = _whole(number) if number else self._row + 1
        self._column = -1
        if hidden:
            self._hidden.append(self._row)

    def _read_cell(self, reference: str | None, kind: str, style: int, events: Iterator[Event]) -> None:
        self._column += 1
        if reference:
            self._row, self._column = _position(reference)
        if self._row > _SHEET_ROWS or self._column >= _SHEET_COLUMNS:
            raise ImportFileError("corrupt")
        collector: _TextCollector | None = None
        formula = False
        for event, tag, _ in events:
            if event is XmlEventKind.END and tag == "c":
                break
            formula = formula or (event is XmlEventKind.START and tag == "f")
            collector = collector or _TextCollector()
            collector.take(event, tag)
        if collector is None:  # only formatted, as whole columns often are
            return
        cell = self._cell(collector, kind, style)
        if not cell.filled and formula and kind != "str":
            cell = Cell(fault=CellFault.FORMULA)
        if cell.filled:
            self._keep(cell)

    def _keep(self, cell: Cell) -> None:
        if self._row not in self._cells:
            self._limits.rows(len(self._cells) + 1, self._name)
        self._limits.columns(self._column + 1, self._name)
        self._cells.setdefault(self._row, {})[self._column] = cell

    def _cell(self, collector: _TextCollector, kind: str, style: int) -> Cell:
        text = collector.text()
        if kind == "s":
            return self._shared(text)
        if kind == "e":
            return Cell(fault=CellFault.ERROR)
        if kind in {"str", "inlineStr", "d"}:
            cell = collector.cell()
            return self._limits.text(cell.value) if isinstance(cell.value, str) else cell
        if not text.strip():
            return BLANK
        if kind == "b":
            return Cell(text.strip() in _TRUE)
        return Cell(self._number(text, style))

    def _shared(self, index: str) -> Cell:
        place = _whole(index)
        if not index.strip() or place >= len(self._workbook.strings):
            return BLANK
        cell = self._workbook.strings[place]
        return self._limits.text(cell.value) if isinstance(cell.value, str) else cell

    def _number(self, text: str, style: int) -> CellValue:
        try:
            number = float(text)
        except ValueError as error:
            raise ImportFileError("corrupt") from error
        if number != number or abs(number) == float("inf"):
            return text
        shows = self._workbook.formats[style] if style < len(self._workbook.formats) else NumberMeaning.NUMBER
        return shown_value(number, shows, from_1904=self._workbook.from_1904)


def _whole(text: str | None) -> int:
    """A non-negative whole number of the file; 0 if it is missing. Raises ImportFileError."""
    if not text or not text.strip():
        return 0
    try:
        number = int(text)
    except ValueError as error:
        raise ImportFileError("corrupt") from error
    if not 0 <= number <= 10_000_000:
        raise ImportFileError("corrupt")
    return number


def _position(reference: str) -> tuple[int, int]:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ImportFileError("corrupt")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column - 1


def _merge(ref: str) -> MergedRange:
    first, _, last = ref.partition(":")
    top, left = _position(first)
    bottom, right = _position(last or first)
    return MergedRange(top, left, bottom, right)
