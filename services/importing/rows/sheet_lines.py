"""The lines of a sheet in which every row is one thing: a category or a place.

Merged cells have inherited already. A blank cell inherits from above only in the ``groups`` columns. 同上
means the same as above, "/" and 无 mean nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic

from locales import Text, plain
from rules.people.typed_names import tidy
from services.importing.reading.cells import (
    MAX_CELL_CHARS,
    CellFault,
    CellValue,
    Grid,
    GridRow,
    line_of,
    text_of,
)
from services.importing.reading.headers import Column, Header
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.questions import Ask
from services.importing.rows.row_kinds import beginning, is_beside
from services.importing.rows.task_cells import says_as_above, says_nothing


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A refused line, with every reason.

    ``key``: the key that it would have, as far as the line states it. ``asks`` as for a line of tasks.
    """

    row: int
    name: str
    key: str
    reasons: tuple[Text, ...]
    asks: tuple[Ask, ...] = ()

    @property
    def line(self) -> LineRef:
        return LineRef(0, self.row)

    @property
    def about(self) -> str:
        return self.name

    def to_json(self, locale: str) -> dict[str, object]:
        """The line with its reasons as a plan shows them on the command line."""
        reasons = [plain(reason, locale) for reason in self.reasons]
        return {"row": self.row, "name": self.name, "reasons": reasons}


@dataclass(frozen=True, slots=True)
class SheetLine(Generic[Column]):
    """A line with the values that are meant. ``reasons`` and ``warnings`` grow while it is read."""

    number: int
    values: Mapping[Column, CellValue]
    faults: Mapping[Column, CellFault]
    reasons: list[Text]
    warnings: list[Text]
    asks: list[Ask] = field(default_factory=list)

    def refused(self, name: str, key: str) -> RefusedLine:
        return RefusedLine(self.number, name, key, tuple(self.reasons), tuple(self.asks))

    def name(self, column: Column, most: int) -> str:
        """A required name on one line, with at most ``most`` characters."""
        return self.within(column, tidy(self.needed(column)), most)

    def needed(self, column: Column) -> str:
        text = line_of(self.values.get(column))
        if not text and column not in self.faults:
            self.reasons.append(Text("importing.reason.missing", column=column_name(column)))
        return text

    def optional(self, column: Column, most: int) -> str | None:
        """The text of the column; None: the line does not state it."""
        return self.within(column, text_of(self.values.get(column)), most) or None

    def within(self, column: Column, text: str, most: int) -> str:
        if len(text) > most:
            reason = Text("importing.reason.name_too_long", column=column_name(column), limit=most)
            self.reasons.append(reason)
        return text


def column_name(column: Column) -> Text:
    return named_column(column.value)


def named_column(value: str) -> Text:
    """The name of the column with that value."""
    return Text(f"importing.column.{value}")


def lines_of(
    grid: Grid,
    header: Header[Column],
    meanings: Interpretations,
    groups: Collection[Column] = (),
    *,
    table: int = 0,
    sheet: str = "",
) -> Iterator[SheetLine[Column]]:
    """The lines below the header; repeated headers, headings, notes and prepared lines are left out.

    ``meanings`` takes these, and what a line has from others. ``table`` and ``sheet``: as its lines name it.
    """
    above: dict[Column, CellValue] = {}
    for row in grid.rows[header.last + 1 :]:
        ref = LineRef(table, row.number, sheet)
        if is_beside(row, header):
            meanings.add(ref, Meaning.BESIDE, said=quoted(beginning(row), 20))
            continue
        values = {
            column: _said(header, row, column, above, groups, (meanings, ref)) for column in header.columns
        }
        above = values
        if any(header.cell(row, column).own for column in header.columns if column not in groups):
            yield _line(row, header, values)


def _said(
    header: Header[Column],
    row: GridRow,
    column: Column,
    above: Mapping[Column, CellValue],
    groups: Collection[Column],
    taken_by: tuple[Interpretations, LineRef],
) -> CellValue:
    cell = header.cell(row, column)
    meanings, ref = taken_by
    if says_as_above(cell.value) or (column in groups and not cell.filled):
        if above.get(column) is not None:
            meanings.add(
                ref, Meaning.GROUP_ABOVE if column in groups else Meaning.AS_ABOVE, column=column_name(column)
            )
        return above.get(column)
    if says_nothing(cell.value):
        meanings.add(ref, Meaning.NOTHING, said=line_of(cell.value), column=column_name(column))
        return None
    if cell.from_above(row.number):
        meanings.add(ref, Meaning.MERGED, column=column_name(column))
    return cell.value


def _line(row: GridRow, header: Header[Column], values: Mapping[Column, CellValue]) -> SheetLine[Column]:
    faults = {
        column: fault for column in header.columns if (fault := header.cell(row, column).fault) is not None
    }
    reasons = [
        Text(f"importing.reason.{fault.value}", column=column_name(column), limit=MAX_CELL_CHARS)
        for column, fault in faults.items()
    ]
    warnings = [Text("importing.warning.hidden_row")] if row.hidden else []
    return SheetLine(row.number, values, faults, reasons, warnings)


def quoted(text: str, most: int = 40) -> str:
    """The part of a cell's text that a reason repeats."""
    return text if len(text) <= most else text[:most] + "…"
