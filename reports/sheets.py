"""Writes tables as .xlsx files."""

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
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.sheet_tables import SheetCell, SheetTable
from rules.hidden_characters import visible

CELL_LIMIT: Final = 32_767
"""The number of characters that a cell holds at most."""

TITLE_LIMIT: Final = 31
_NOT_IN_TITLES: Final = re.compile(r"[\\/*?:\[\]]")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def sheet(title: str, columns: Sequence[tuple[str, float]], rows: Iterable[Sequence[SheetCell]]) -> bytes:
    """The bytes of a file with one sheet."""
    return workbook([SheetTable(title, columns, rows)])


def workbook(tables: Iterable[SheetTable]) -> bytes:
    """The bytes of a file with these sheets.

    Words stay words: a word that begins like a formula is kept as text, even when somebody edits the cell.
    """
    book = Workbook(write_only=True)
    for table in tables:
        _add(book, table)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _add(book: Workbook, table: SheetTable) -> None:
    made = book.create_sheet(_NOT_IN_TITLES.sub("", table.title)[:TITLE_LIMIT] or None)
    made.freeze_panes = "A2"
    _lie_across(made)
    for number, (_, width) in enumerate(table.columns, 1):
        made.column_dimensions[get_column_letter(number)].width = width
    made.append([_cell(made, head, bold=True) for head, _ in table.columns])
    for row in table.rows:
        made.append([_cell(made, value) for value in row])


def _lie_across(made: Any) -> None:
    """Let a printed page be A4 landscape and as wide as the sheet, with the heads on each page."""
    made.page_setup.orientation = "landscape"
    made.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    made.page_setup.fitToWidth, made.page_setup.fitToHeight = 1, 0
    made.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    made.print_title_rows = "1:1"


def _cell(table: Any, value: SheetCell, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(table)
    fill(cell, value)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if bold:
        cell.font = Font(bold=True)
    return cell


def fill(cell: Any, value: Any) -> None:
    """Put a value into a cell of any sheet. Words stay words."""
    if not isinstance(value, str):
        cell.value = value
        return
    words = visible(ILLEGAL_CHARACTERS_RE.sub("", value))[:CELL_LIMIT]
    cell.value = words
    # The words as written count: a formula may have hidden behind a character that no cell takes.
    if words.startswith(_FORMULA_STARTS):
        cell.data_type = "s"
        cell.quotePrefix = True
