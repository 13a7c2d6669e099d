"""A table as an .xlsx file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

CELL_LIMIT: Final = 32_767
"""Characters that a cell holds."""

TITLE_LIMIT: Final = 31
_NOT_IN_TITLES: Final = re.compile(r"[\\/*?:\[\]]")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def sheet(title: str, columns: Sequence[tuple[str, float]], rows: Iterable[Sequence[str | int]]) -> bytes:
    """The file's bytes. ``columns``: the heads and their widths in characters. Words stay words: what begins
    like a formula is kept as text, also when somebody edits the cell."""
    book = Workbook(write_only=True)
    table = book.create_sheet(_NOT_IN_TITLES.sub("", title)[:TITLE_LIMIT] or None)
    table.freeze_panes = "A2"
    for number, (_, width) in enumerate(columns, 1):
        table.column_dimensions[get_column_letter(number)].width = width
    table.append([_cell(table, head, bold=True) for head, _ in columns])
    for row in rows:
        table.append([_cell(table, value) for value in row])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(table: Any, value: str | int, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(table)
    fill(cell, value)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if bold:
        cell.font = Font(bold=True)
    return cell


def fill(cell: Any, value: Any) -> None:
    """Put a value into a cell of any sheet; words stay words."""
    if not isinstance(value, str):
        cell.value = value
        return
    words = ILLEGAL_CHARACTERS_RE.sub("", value)[:CELL_LIMIT]
    cell.value = words
    # As it is written: a formula may have hidden behind a character that no cell takes.
    if words.startswith(_FORMULA_STARTS):
        cell.data_type = "s"
        cell.quotePrefix = True
