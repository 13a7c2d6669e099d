"""Writes a 督办单 as a Word file, in the layout of an official paper: one page where it fits, else more.

Its page is that of ``official_page``. The same paper always makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Final

from docx import Document
from docx.document import Document as Page
from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from locales import Text, plain
from reports.official_page import (
    BODY_FONT,
    HEAD_FONT,
    TEXT_WIDTH,
    TITLE_FONT,
    add_page_number,
    set_up,
    timeless,
)
from reports.order_layout import (
    GRID,
    LINE_SIZE,
    MM_PER_POINT,
    PADDING,
    UNSPLIT,
    OrderCell,
    OrderLayout,
    OrderPaper,
    OrderPhoto,
    clean_paper,
    ems,
    lay_out,
    width,
)
from reports.order_photos import add_annex
from reports.order_writing import write

RED: Final = RGBColor(0xE6, 0x00, 0x00)


def order_docx(paper: OrderPaper, locale: str, photos: Sequence[OrderPhoto] = ()) -> bytes:
    """The bytes of the order's .docx file. ``photos``: its annex, which begins a page."""
    paper = clean_paper(replace(paper, with_photos=bool(photos)))
    page = Document()
    set_up(page, author=paper.office, title=paper.number, made_at=paper.issued_at)
    _head(page, paper, locale)
    layout = lay_out(paper, locale)
    for words in layout.before:
        _line(page, words)
    _table(page, layout)
    _signature(page, paper, layout)
    if photos:
        add_annex(page, photos, locale)
    if photos or layout.spread:
        _page_numbers(page, paper)
    content = BytesIO()
    page.save(content)
    return timeless(content)


def _head(page: Page, paper: OrderPaper, locale: str) -> None:
    """Write the office in red, the number, a red rule, and the title."""
    size = min(36.0, TEXT_WIDTH / MM_PER_POINT / max(ems(paper.office), 1.0))
    name = page.add_paragraph()
    write(name, paper.office, TITLE_FONT, size, colour=RED)
    number = page.add_paragraph()
    write(number, paper.number, BODY_FONT, 16)
    number.paragraph_format.space_before = Pt(6)
    _rule(number)
    title = page.add_paragraph()
    write(title, plain(Text("orders.paper.title"), locale), TITLE_FONT, 22)
    title.paragraph_format.space_before, title.paragraph_format.space_after = Pt(10), Pt(8)


def _rule(paragraph: Paragraph) -> None:
    """Put a red line below the paragraph."""
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "6"), ("color", str(RED))):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:shd", "w:spacing", "w:ind", "w:jc")


def _table(page: Page, layout: OrderLayout) -> None:
    table = page.add_table(rows=len(layout.rows), cols=len(GRID))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, millimetres in zip(table.columns, GRID, strict=True):
        column.width = Mm(millimetres)
    _margins(table)
    places = range(len(layout.rows))
    for place, shown, row, height in zip(places, table.rows, layout.rows, layout.heights, strict=True):
        shown.height, shown.height_rule = Mm(height), WD_ROW_HEIGHT_RULE.AT_LEAST
        cells = shown.cells
        for cell in row:
            first, last = cell.span
            _fill(cells[first].merge(cells[last]), cell, layout.size, kept=any(part.by_hand for part in row))
        if layout.spread and height <= UNSPLIT:
            _mark(shown, "cantSplit")
        if place < layout.repeated:
            _mark(shown, "tblHeader")


def _mark(row: _Row, what: str) -> None:
    """``cantSplit``: the row stays on one page. ``tblHeader``: it comes again on the next ones."""
    row._tr.get_or_add_trPr().append(OxmlElement(f"w:{what}"))


def _margins(table: Table) -> None:
    """Set the same margin on all four sides of each cell."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "left", "bottom", "right"):
        element = OxmlElement(f"w:{side}")
        element.set(qn("w:w"), str(round(PADDING / MM_PER_POINT * 20)))
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    table._tbl.tblPr.append(margins)


def _fill(shown: _Cell, cell: OrderCell, size: float, *, kept: bool) -> None:
    """``kept``: its row is filled in by hand, and stays with the signature."""
    shown.width = Mm(width(cell.span))
    shown.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    paragraph = shown.paragraphs[0]
    write(paragraph, cell.words, HEAD_FONT if cell.head else BODY_FONT, size)
    paragraph.paragraph_format.keep_with_next = kept
    if not cell.centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _line(page: Page, words: str) -> Paragraph:
    """Write a paragraph around the table, from the left."""
    paragraph = page.add_paragraph()
    write(paragraph, words, BODY_FONT, LINE_SIZE)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    return paragraph


def _signature(page: Page, paper: OrderPaper, layout: OrderLayout) -> None:
    """Write the annex's name, then the office that issues the order, and the day, to the right.

    Below stand whom to ask, who has a copy, and the remark about this copy. All of it stays with the
    rows that are filled in by hand: nobody signs an empty page.
    """
    if layout.annex:
        annex = _line(page, layout.annex).paragraph_format
        annex.space_before, annex.keep_with_next = Pt(6), True
    for words, before in ((paper.office, 16), (paper.day, 2)):
        paragraph = page.add_paragraph()
        write(paragraph, words, BODY_FONT, 14)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.space_before = Pt(before)
        paragraph.paragraph_format.right_indent = Mm(8)
        paragraph.paragraph_format.keep_with_next = words == paper.office or bool(layout.after)
    for at, words in enumerate(layout.after, 1):
        _line(page, words).paragraph_format.keep_with_next = at < len(layout.after)
    if paper.remark:
        paragraph = page.add_paragraph()
        write(paragraph, paper.remark, BODY_FONT, 9)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _page_numbers(page: Page, paper: OrderPaper) -> None:
    """Write the order's number and the number of the page below each page."""
    foot = page.sections[0].footer.paragraphs[0]
    write(foot, f"{paper.number}　— ", BODY_FONT, 10.5)
    add_page_number(foot)
    foot.add_run(" —")
