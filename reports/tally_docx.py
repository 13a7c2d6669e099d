"""The tally of a period as a Word file: a title, what it is about, and the tables of its workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Final

from docx import Document
from docx.document import Document as Page
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm

from reports.official_page import (
    BODY_FONT,
    BODY_SIZE,
    HEAD_FONT,
    TEXT_WIDTH,
    TITLE_FONT,
    set_up,
    timeless,
)
from reports.official_writing import TITLE_SIZE, add_line, fill, mark_row, number_pages, plain_style
from reports.sheet_tables import SheetCell, SheetTable

WIDEST: Final = 26.0
"""No column is wider, in the characters of a sheet: a page has less room."""


def tally_docx(title: str, about: Sequence[str], tables: Sequence[SheetTable], made_at: datetime) -> bytes:
    """The file. ``about``: lines below the title; the widths of the columns are shares of the page."""
    page = Document()
    set_up(page, author="", title=title, made_at=made_at)
    plain_style(page)
    add_line(page, title, TITLE_FONT, TITLE_SIZE, align=WD_ALIGN_PARAGRAPH.CENTER, indent=False)
    for line in about:
        add_line(page, line, BODY_FONT, BODY_SIZE)
    for table in tables:
        add_line(page, table.title, HEAD_FONT, BODY_SIZE, with_next=True)
        _add_table(page, _without_empty_columns(table))
    number_pages(page)
    content = BytesIO()
    page.save(content)
    return timeless(content)


def _without_empty_columns(table: SheetTable) -> SheetTable:
    """The table without columns in which nothing stands: a page has less room than a sheet."""
    rows = list(table.rows)
    kept = [at for at in range(len(table.columns)) if not rows or any(row[at] != "" for row in rows)]
    return SheetTable(
        table.title, [table.columns[at] for at in kept], [[row[at] for at in kept] for row in rows]
    )


def _add_table(page: Page, table: SheetTable) -> None:
    rows = [[head for head, _ in table.columns], *table.rows]
    shares = [min(width, WIDEST) for _, width in table.columns]
    widths = [Mm(TEXT_WIDTH * share / sum(shares)) for share in shares]
    made = page.add_table(rows=len(rows), cols=len(widths))
    made.style = "Table Grid"
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for at, (row, words) in enumerate(zip(made.rows, rows, strict=True)):
        for cell, value, width in zip(row.cells, words, widths, strict=True):
            cell.width = width
            fill(cell, _shown(value), BODY_FONT if at else HEAD_FONT)
            if not isinstance(value, str):
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        mark_row(made, at, "cantSplit")
    mark_row(made, 0, "tblHeader")


def _shown(value: SheetCell) -> str:
    """A cell as people read it: 11,600; 12.5; — where there is nothing."""
    return value or "—" if isinstance(value, str) else f"{value:,}"
