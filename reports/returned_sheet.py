"""The sheet with the refused rows, which its sender gets back."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.sheets import fill

Value = str | int | float | bool | date | datetime | None
_NOT_IN_TITLES: Final = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_WIDTH: Final = 18
_REASON_WIDTH: Final = 60
_BOLD: Final = Font(bold=True)
_WRAPPED: Final = Alignment(wrap_text=True, vertical="center")
_MARK: Final = PatternFill("solid", fgColor="FFF2CC")


@dataclass(frozen=True, slots=True)
class ReturnedSheet:
    """A sheet with the reasons in its last column.

    The first ``header`` of its ``rows`` are bold. ``merges`` are (top, left, bottom, right) from 0.
    """

    name: str
    rows: Sequence[Sequence[Value]]
    header: int
    merges: Sequence[tuple[int, int, int, int]] = field(default_factory=list)


def write_sheets(sheets: Sequence[ReturnedSheet]) -> bytes:
    """The bytes of an .xlsx with those sheets, in which nothing is a formula. Names are made different."""
    book = Workbook()
    for empty in book.sheetnames:
        del book[empty]
    for sheet in sheets:
        _write(book.create_sheet(_title(sheet.name)), sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write(page: Worksheet, sheet: ReturnedSheet) -> None:
    width = max(map(len, sheet.rows))
    for y, row in enumerate(sheet.rows, 1):
        for x, value in enumerate(row, 1):
            cell = page.cell(y, x)
            if not isinstance(cell, Cell):
                continue
            fill(cell, value)
            cell.alignment = _WRAPPED
            if y <= sheet.header:
                cell.font = _BOLD
            if x == width:
                cell.fill = _MARK
    for top, left, bottom, right in sheet.merges:
        page.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    for x in range(1, width + 1):
        page.column_dimensions[get_column_letter(x)].width = _REASON_WIDTH if x == width else _WIDTH


def _title(name: str) -> str:
    return _NOT_IN_TITLES.sub(" ", name).strip()[:31] or "1"
