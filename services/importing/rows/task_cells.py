"""From the rows below the header to the lines that are tasks, each with the values that count for it.

Merged cells have inherited already. An unmerged blank inherits from above only in the grouping columns (行动,
重点; a new 行动 ends its 重点); in any other column it is missing. A line that names the task above it has
blank ones from that task. 同上 means the same as above, "/" and 无 mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rules.people.typed_names import normalise
from services.importing.reading.cells import CellFault, CellValue, Grid, GridRow, line_of, text_of
from services.importing.reading.headers import Header
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.row_kinds import beginning, heading_of, is_empty_line, is_note
from services.importing.rows.task_columns import GROUPING, TaskColumn, task_column_name

_NOTHING: Final = frozenset({"/", "\\", "-", "--", "—", "——", "无", "暂无", "空"})
_QUOTED: Final = 20  # characters of a line that is no task
_DITTO: Final = frozenset({"同上", "〃", "″", '"'})


def says_as_above(value: CellValue) -> bool:
    """Whether a cell only refers to the one above it."""
    return isinstance(value, str) and normalise(value) in _DITTO


def says_nothing(value: CellValue) -> bool:
    """Whether a cell is only filled so as not to be blank: "/", 无."""
    return isinstance(value, str) and normalise(value) in _NOTHING


@dataclass(frozen=True, slots=True)
class TaskTableLine:
    """A line of the table that is meant as a task. ``grouped``: the columns that it has from lines above."""

    ref: LineRef
    hidden: bool
    values: Mapping[TaskColumn, CellValue]
    faults: Mapping[TaskColumn, CellFault]
    grouped: frozenset[TaskColumn] = frozenset()

    def line(self, column: TaskColumn) -> str:
        """The text on one line; empty if there is none."""
        return line_of(self.values.get(column))

    def text(self, column: TaskColumn) -> str:
        """The text with the line breaks that separate its sentences."""
        return text_of(self.values.get(column))

    def entries(self, column: TaskColumn) -> str:
        """The text as typed, with every line break: lists of units and people use them as separators."""
        value = self.values.get(column)
        return value if isinstance(value, str) else text_of(value)


class TableWalk:
    """Goes through a table from top to bottom and remembers what lower lines inherit.

    ``meanings`` takes what lines inherit, and the lines that are no tasks.
    """

    def __init__(
        self, header: Header[TaskColumn], meanings: Interpretations, table: int = 0, sheet: str = ""
    ) -> None:
        self._header = header
        self._meanings = meanings
        self._table = table
        self._sheet = sheet
        self._groups: dict[TaskColumn, str] = {}
        self._above: dict[TaskColumn, CellValue] = {}
        self._after_note = False

    def lines(self, grid: Grid) -> Iterator[TaskTableLine]:
        """The lines below the header; repeated headers, headings, notes and empty lines are left out."""
        for row in grid.rows[self._header.last + 1 :]:
            ref = LineRef(self._table, row.number, self._sheet)
            if self._header.is_repeated_by(row):
                self._meanings.add(ref, Meaning.HEADER_AGAIN)
                continue
            if is_note(row, self._header, after_note=self._after_note):
                self._after_note = True
                self._meanings.add(ref, Meaning.NOTE, said=_cut(beginning(row)))
                continue
            heading = heading_of(row, self._header)
            if heading is not None:
                self._open_part(row, ref, heading)
            elif is_empty_line(row, self._header):
                self._take_groups(row, ref)
                self._meanings.add(ref, Meaning.EMPTY_LINE)
            else:
                self._after_note = False
                yield self._line(row, ref)

    def _open_part(self, row: GridRow, ref: LineRef, heading: str) -> None:
        """Let a heading name the 行动 if no column does, or if it stands over that column."""
        if TaskColumn.ACTION not in self._header.columns or self._header.cell(row, TaskColumn.ACTION).filled:
            self._groups = {TaskColumn.ACTION: heading}
            self._meanings.add(ref, Meaning.HEADING, said=_cut(heading))
        else:
            self._meanings.add(ref, Meaning.HEADING_UNUSED, said=_cut(heading))

    def _take_groups(self, row: GridRow, ref: LineRef) -> None:
        for column in GROUPING:
            text = line_of(self._header.cell(row, column).value)
            if not text or normalise(text) in _DITTO:
                if column in self._header.columns and column in self._groups and not self._is_below(row):
                    self._meanings.add(ref, Meaning.GROUP_ABOVE, column=task_column_name(column))
                continue
            if column is TaskColumn.ACTION and text != self._groups.get(column):
                self._groups = {}
            self._groups[column] = text

    def _is_below(self, row: GridRow) -> bool:
        """Whether a line says which task is above it."""
        cell = self._header.cell(row, TaskColumn.PARENT)
        return cell.filled and not says_nothing(cell.value)

    def _line(self, row: GridRow, ref: LineRef) -> TaskTableLine:
        self._take_groups(row, ref)
        blank = (one for one in GROUPING if not self._header.cell(row, one).filled)
        grouped = frozenset(one for one in blank if one in self._header.columns)
        values: dict[TaskColumn, CellValue] = {}
        faults: dict[TaskColumn, CellFault] = {}
        for column in self._header.columns:
            cell = self._header.cell(row, column)
            if cell.fault is not None:
                faults[column] = cell.fault
            if cell.from_above(row.number):
                self._meanings.add(ref, Meaning.MERGED, column=task_column_name(column))
            values[column] = self._said(ref, column, cell.value)
        self._above = values
        return TaskTableLine(ref, row.hidden, {**values, **self._groups}, faults, grouped)

    def _said(self, ref: LineRef, column: TaskColumn, value: CellValue) -> CellValue:
        if says_as_above(value):
            if column not in GROUPING:
                self._meanings.add(ref, Meaning.AS_ABOVE, column=task_column_name(column))
            return self._above.get(column)
        if says_nothing(value):
            self._meanings.add(ref, Meaning.NOTHING, said=text_of(value), column=task_column_name(column))
            return None
        return value


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"
