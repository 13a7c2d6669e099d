"""Lines, cells and page numbers of an official paper: what work reports and tallies write alike."""

from __future__ import annotations

from typing import Final

from docx.document import Document as Page
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from reports.official_page import BODY_FONT, BODY_SIZE, add_page_number, set_font

TITLE_SIZE: Final = 22.0
"""二号, in points."""
SMALL: Final = 10.5
"""五号, in points."""
_FOOT: Final = 14.0


def plain_style(page: Page) -> None:
    """Nothing of Word's own spacing: the grid alone says where lines stand."""
    style = page.styles["Normal"]
    style.font.name, style.font.size = BODY_FONT, Pt(BODY_SIZE)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY_FONT)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = 1


def off_the_grid(paragraph: Paragraph) -> None:
    """Small words stand closer than the grid of the text."""
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert_element_before(
        snap, "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:jc", "w:rPr"
    )


def mark_row(table: Table, at: int, what: str) -> None:
    """``cantSplit``: the row stays on one page. ``tblHeader``: it comes again on the next ones."""
    table.rows[at]._tr.get_or_add_trPr().append(OxmlElement(f"w:{what}"))


def fill(cell: _Cell, words: str, font: str) -> None:
    paragraph = cell.paragraphs[0]
    off_the_grid(paragraph)
    set_font(paragraph.add_run(words), font, SMALL)


def add_line(
    page: Page,
    words: str,
    font: str,
    size: float,
    *,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    indent: bool = True,
    with_next: bool = False,
) -> Paragraph:
    """A paragraph; with ``indent`` its first line begins two characters to the right."""
    paragraph = page.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.keep_with_next = with_next
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
        # In characters, so that it stays two of them in whatever size somebody chooses.
        paragraph._p.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), "200")
    set_font(paragraph.add_run(words), font, size)
    return paragraph


def number_pages(page: Page) -> None:
    """— 1 — at the foot of each page, in 四号."""
    foot = page.sections[0].footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    set_font(foot.add_run("— "), "宋体", _FOOT)
    set_font(add_page_number(foot), "宋体", _FOOT)
    set_font(foot.add_run(" —"), "宋体", _FOOT)
    page.sections[0].start_type = WD_SECTION.NEW_PAGE
    page.sections[0].footer_distance = Mm(28)
