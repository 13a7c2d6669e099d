"""What a file holds that is not imported: columns, tables and lines, so that a preview can name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from locales import LOCALES, Text, plain
from rules.people.typed_names import normalise
from services.importing.reading.cells import CellValue, Grid, GridRow, line_of
from services.importing.reading.headers import Column, Header, HeaderWords
from services.importing.reading.stacked_tables import joined
from services.importing.rows.file_kinds import FileKind, kind_name
from services.importing.rows.line_refs import LineRef, lines_text
from services.importing.rows.row_kinds import is_beside, only_text
from services.importing.rows.sheet_lines import column_name, quoted
from services.importing.rows.table_headers import kind_of_table
from services.importing.rows.task_columns import TaskColumn

_FIRST_WORDS: Final = 60
_LINE_CELLS: Final = 3  # a title and who fills a sheet in take fewer
_SERIALS: Final = frozenset({"序号", "编号", "序", "No", "NO", "№"})
_COUNTS: Final = re.compile(r"[(第]?(?:\d{1,4}(?:[-.]\d{1,3}){0,2}|[一二三四五六七八九十百]{1,5})[).、]*")
REASONS: Final = frozenset(plain(Text("importing.returned.column"), locale) for locale in LOCALES)
"""The labels of the column of reasons in the sheets that are returned, in all languages."""


@dataclass(frozen=True, slots=True)
class UnreadColumn:
    """A filled column that is not imported.

    ``label``: what its header says; empty if it has none. ``cells``: how many of its cells are filled.
    ``twin``: the column of that meaning that is imported in its place.
    """

    label: str
    letter: str
    cells: int
    sheet: str = ""
    twin: Text | None = None

    @property
    def notice(self) -> Text:
        """What becomes of the column."""
        name = Text("importing.unread.unlabelled", letter=self.letter)
        if self.label:
            name = Text("importing.unread.labelled", label=self.label)
        values = {"name": name, "count": self.cells}
        said = Text("importing.unread.column", **values)
        if self.twin is not None:
            said = Text("importing.unread.twin", **values, other=self.twin)
        return Text("importing.unread.of_sheet", sheet=self.sheet, said=said) if self.sheet else said


def unread_columns(grid: Grid, header: Header[Column], sheet: str = "") -> list[UnreadColumn]:
    """The columns that hold something and are not imported, from left to right.

    A 序号 that only counts the lines holds nothing, nor do the reasons of an earlier return.
    """
    # Where a column says what is below what, 序号 tells the lines apart.
    unused = set() if TaskColumn.PARENT in header.columns else {TaskColumn.SERIAL}
    used = frozenset(at for column, at in header.columns.items() if column not in unused)
    filled: dict[int, list[GridRow]] = {}
    for row in grid.rows[header.last + 1 :]:
        for at, cell in enumerate(row.cells):
            if at not in used and cell.own:
                filled.setdefault(at, []).append(row)
    found = []
    for at, rows in sorted(filled.items()):
        label = header.label(grid, at)
        if label in REASONS or (_is_serial(label) and all(_only_counts(row.cells[at].value) for row in rows)):
            continue
        lines = [row for row in rows if not is_beside(row, header) and not _is_heading(row, header)]
        values = [row.cells[at].value for row in lines]
        if not values or (_is_serial(label) and all(map(_only_counts, values))):
            continue
        hit = header.words.rank(label) if label else None
        twin = column_name(hit[0]) if hit is not None and header.columns.get(hit[0], at) != at else None
        found.append(UnreadColumn(label, letters(at), len(values), sheet, twin))
    return found


def _is_heading(row: GridRow, header: Header[Any]) -> bool:
    """Whether the row holds nothing but a text where the serial numbers stand."""
    at = header.columns.get(TaskColumn.SERIAL)
    return at is not None and row.cells[at].own and only_text(row) is not None


def _is_serial(label: str) -> bool:
    return normalise(label).strip(".") in _SERIALS


def _only_counts(value: CellValue) -> bool:
    """Whether a cell under 序号 is a small whole number, as 12, (3), 一、 or 1-2; or has no value."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = normalise(line_of(value))
    return not text or _COUNTS.fullmatch(text) is not None


def letters(at: int) -> str:
    """The name that a spreadsheet gives to the column at index ``at``: A, B, … Z, AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


def unread_tables(grids: Sequence[Grid], read: Sequence[Grid]) -> list[Text]:
    """The notices that name the tables of the file that are not read; none if all are."""
    left = [grid for grid in grids if all(grid is not one for one in read)]
    by_kind: dict[FileKind | None, list[Text]] = {}
    for grid in left:
        if not grid.hidden:
            by_kind.setdefault(kind_of_table(grid), []).append(_table_name(grid))
    unknown = by_kind.pop(None, [])
    found = [
        Text("importing.unread.other_kind", kind=kind_name(kind), names=names)
        for kind, names in by_kind.items()
        if kind is not None
    ]
    if unknown:
        found.append(Text("importing.unread.tables", names=unknown))
    if names := [_table_name(grid) for grid in left if grid.hidden]:
        found.append(Text("importing.unread.hidden_tables", names=names))
    return found


def _table_name(grid: Grid) -> Text:
    """A sheet's name; a table of a document has none but its number, so its first words tell it apart."""
    if grid.rows and grid.name.isdecimal():
        words = (line_of(cell.value) for row in grid.rows for cell in row.cells if cell.own)
        said = quoted(" ".join(words), _FIRST_WORDS)
        return Text("importing.unread.table_number", number=grid.name, said=said)
    return Text("common.as_is", text=grid.name)


def lines_above(grid: Grid, header: Header[Any], sheet: str = "") -> list[Text]:
    """The notice that names the lines above the header that look like a table's; none if there are none."""
    rows = [row for row in grid.rows[: header.first] if sum(cell.own for cell in row.cells) >= _LINE_CELLS]
    if not rows:
        return []
    said = Text("importing.unread.lines_above", lines=lines_text(LineRef(0, row.number) for row in rows))
    return [Text("importing.unread.of_sheet", sheet=sheet, said=said) if sheet else said]


def join_stacked(grids: Sequence[Grid], words: HeaderWords[Column]) -> tuple[list[Grid], list[Text]]:
    """The tables with the lines of each under its first header, and the notices that name lower headers."""
    found = [joined(grid, words) for grid in grids]
    notices = [
        Text("importing.notice.stacked", name=one.grid.name, rows=list(map(str, one.headers)))
        for one in found
        if one.headers
    ]
    return [one.grid for one in found], notices


def notices_of(
    grids: Sequence[Grid], read: Sequence[tuple[Grid, Header[Any]]], unread: Sequence[UnreadColumn]
) -> list[Text]:
    """What a preview says of all that the file holds beside what is imported; ``unread``: its columns."""
    several = len(read) > 1
    above = [
        text for grid, header in read for text in lines_above(grid, header, grid.name if several else "")
    ]
    columns = (one.notice for one in unread)
    return [*above, *columns, *unread_tables(grids, [grid for grid, _ in read])]
