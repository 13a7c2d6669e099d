"""Returning refused rows: the same sheet with the same header, and the reasons beside each row.

The corrected sheet must import. So each row brings along what it took from other rows: its groups, 同上, and
the year in the title; and it names the task above it, if that one's row is not returned with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from locales import Text, plain
from reports.returned_sheet import ReturnedSheet, Value, write_sheets
from rules.tasks.deadlines import year_in_title
from services.importing.reading.cells import Cell, GridRow, text_of
from services.importing.reading.headers import SheetSource
from services.importing.rows.line_refs import LineRef
from services.importing.rows.task_cells import says_as_above
from services.importing.rows.task_columns import TaskColumn
from services.importing.rows.unread import REASONS

Reasons = Mapping[LineRef, Sequence[Text]]
_LABEL: Final = Text("importing.returned.column")
_RETURNED: Final = re.compile(r"(?:-退回\d+行|-\d+ rows? returned)$")
_STEM: Final = 100


def returned_name(filename: str, count: int, locale: str) -> str:
    """The returned file's name, such as 任务分解表-退回3行.xlsx; the mark of an earlier return is removed."""
    stem = re.sub(r"\.[A-Za-z]{2,4}$", "", filename.strip())
    stem = _RETURNED.sub("", stem)[:_STEM]
    return plain(Text("importing.returned.file", name=stem, count=count), locale) + ".xlsx"


def returned_sheets(
    sources: Sequence[SheetSource], reasons: Reasons, locale: str, *, whole: bool = False
) -> bytes:
    """An .xlsx of the refused lines, each with its reasons in the last column; a sheet for each table.

    ``whole``: of all lines, for a file that means something only as a whole.
    """
    by_table: dict[int, dict[int, Sequence[Text]]] = {}
    for line, texts in reasons.items():
        by_table.setdefault(line.table, {})[line.row] = texts
    found = [
        _returned(source, by_table.get(number, {}), locale, whole=whole)
        for number, source in enumerate(sources)
        if whole or number in by_table
    ]
    return write_sheets(found)


def _returned(
    source: SheetSource, reasons: Mapping[int, Sequence[Text]], locale: str, *, whole: bool
) -> ReturnedSheet:
    layout = _Layout(source)
    rows: list[list[Value]] = [[title] for title in _titles(source)]
    merges = [(y, 0, y, layout.width - 1) for y in range(len(rows))] if layout.width > 1 else []
    head = source.grid.rows[: source.header.last + 1]
    merges += _merges(head, layout, len(rows))
    rows += [layout.values(row) for row in head]
    first = len(rows) - 1 - (source.header.last - source.header.first)
    rows[first] = [*_padded(rows[first], layout.width), plain(_LABEL, locale)]
    if first < len(rows) - 1:
        merges.append((first, layout.width, len(rows) - 1, layout.width))
    header = len(rows)
    heading = None
    for row in source.grid.rows[source.header.last + 1 :]:
        if row.number not in reasons and not whole:
            continue
        if (opened := _heading(source, row)) not in {None, heading}:
            heading = opened
            merges.append((len(rows), 0, len(rows), layout.width - 1))
            rows.append([heading])
        body = _padded(layout.line(row), layout.width)
        rows.append(
            [*body, _said(row.number, reasons[row.number], locale) if row.number in reasons else None]
        )
    return ReturnedSheet(source.grid.name, rows, header, merges)


def naming_parents(
    sources: Sequence[SheetSource], parents: Mapping[LineRef, Text], locale: str
) -> list[SheetSource]:
    """The tables, with the task above each of these lines by its name: a 序号 would point into nothing."""
    named: dict[int, dict[int, dict[TaskColumn, Value]]] = {}
    for line, parent in parents.items():
        named.setdefault(line.table, {})[line.row] = {TaskColumn.PARENT: plain(parent, locale)}
    return [replace(source, instead=named.get(number, {})) for number, source in enumerate(sources)]


class _Layout:
    """The columns that are copied: all except the reasons of an earlier return."""

    def __init__(self, source: SheetSource) -> None:
        self._source = source
        rows = source.grid.rows
        head = rows[source.header.first : source.header.last + 1]
        ours = {at for row in head for at, cell in enumerate(row.cells) if text_of(cell.value) in REASONS}
        self.columns = [at for at in range(max(len(row.cells) for row in rows)) if at not in ours]
        self.width = len(self.columns)

    def values(self, row: GridRow) -> list[Value]:
        """A row above the table's body; a merged value appears once."""
        return [cell.value if cell.own else None for cell in self._cells(row)]

    def line(self, row: GridRow) -> list[Value]:
        """A row of the body, with what it took from rows above it."""
        meant = self._source.meant.get(row.number, {})
        values: dict[int, Value] = {}
        for column, at in self._source.header.columns.items():
            cell = self._source.header.cell(row, column)
            if meant.get(column) is not None and (not cell.filled or says_as_above(cell.value)):
                values[at] = meant[column]
        instead = self._source.instead.get(row.number, {})
        values |= {self._source.header.columns[column]: value for column, value in instead.items()}
        return [values.get(at, cell.value) for at, cell in zip(self.columns, self._cells(row), strict=False)]

    def _cells(self, row: GridRow) -> list[Cell]:
        return [row.cells[at] for at in self.columns if at < len(row.cells)]

    def place(self, column: int) -> int | None:
        return self.columns.index(column) if column in self.columns else None


def _titles(source: SheetSource) -> list[str]:
    """The first of the paragraphs before a Word table that states its year."""
    return [line for line in source.grid.lead_in if year_in_title([line]) is not None][:1]


def _merges(head: Sequence[GridRow], layout: _Layout, down: int) -> list[tuple[int, int, int, int]]:
    """The merged ranges of the rows above the body, in the places of the new sheet."""
    ys = {row.number: y for y, row in enumerate(head, down)}
    ranges: dict[tuple[int, int], tuple[int, int]] = {}
    for row in head:
        for at, cell in enumerate(row.cells):
            x = layout.place(at)
            if cell.merged_from is not None and x is not None:
                bottom, right = ranges.get(cell.merged_from, (0, 0))
                ranges[cell.merged_from] = (max(bottom, ys[row.number]), max(right, x))
    found = []
    for (number, column), (bottom, right) in ranges.items():
        left = layout.place(column)
        if number in ys and left is not None:
            found.append((ys[number], left, bottom, right))
    return found


def _heading(source: SheetSource, row: GridRow) -> str | None:
    """The heading that named the row's 行动, if no column does."""
    if TaskColumn.ACTION in source.header.columns:
        return None
    action = source.meant.get(row.number, {}).get(TaskColumn.ACTION)
    return str(action) if action else None


def _said(number: int, reasons: Sequence[Text], locale: str) -> str:
    between = plain(Text("common.sentence_separator"), locale)
    joined = between.join(plain(reason, locale) for reason in reasons)
    return plain(Text("importing.returned.reason", row=number, reasons=joined), locale)


def _padded(row: Sequence[Value], width: int) -> list[Value]:
    return [*row, *[None] * (width - len(row))]
