"""Which lines of a file something is about, as their author sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from locales import Text

_SHOWN: Final = 8
_TABLE: Final = 1 << 21


@dataclass(frozen=True, slots=True, order=True)
class LineRef:
    """A line of a table. ``sheet``: the table's name, if the file has several that are read; else empty.

    ``table``: its number among these, from 0.
    """

    table: int
    row: int
    sheet: str = ""

    @property
    def place(self) -> int:
        """The line's place in the file, rising from table to table; in the first it is the row's number."""
        return self.table * _TABLE + self.row

    @property
    def text(self) -> Text:
        """第5行, or “责任清单”第5行."""
        if self.sheet:
            return Text("importing.line.of_sheet", sheet=self.sheet, row=self.row)
        return Text("importing.line.row", row=self.row)

    def to_json(self) -> list[object]:
        return [self.table, self.row, self.sheet]

    @classmethod
    def from_json(cls, data: Sequence[object]) -> LineRef:
        table, row, sheet = data
        return cls(int(str(table)), int(str(row)), str(sheet))


def lines_text(lines: Iterable[LineRef]) -> Text:
    """第3–5、9行: the lines with runs joined, the first few of them by name."""
    by_sheet: dict[tuple[int, str], list[int]] = {}
    for line in sorted(set(lines)):
        by_sheet.setdefault((line.table, line.sheet), []).append(line.row)
    room, parts = _SHOWN, []
    cut = False
    for (_, sheet), rows in by_sheet.items():
        runs = _runs(rows)
        cut = cut or len(runs) > room
        if shown := runs[:room]:
            key = "importing.line.rows_of_sheet" if sheet else "importing.line.rows"
            parts.append(Text(key, sheet=sheet, rows=shown))
        room -= len(shown)
    return Text("importing.line.several_and_more" if cut else "importing.line.several", parts=parts)


def _runs(rows: Sequence[int]) -> list[str]:
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return [str(first) if first == last else f"{first}–{last}" for first, last in runs]
