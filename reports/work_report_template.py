"""The template of the 工作情况汇报 that comes with the program, as a Word file with placeholders.

An office can open it in Word and change it. ``placeholders`` are the words that it may use.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from docx import Document
from docx.document import Document as Page
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from locales import Text, plain
from reports.official_page import (
    BODY_FONT,
    BODY_SIZE,
    HEAD_FONT,
    SUBHEAD_FONT,
    TITLE_FONT,
    add_page_number,
    set_font,
    set_grid,
    set_up,
    timeless,
)
from reports.work_report import WorkReport

_MADE_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TITLE_SIZE: Final = 22.0
_SMALL: Final = 10.5
_FOOT: Final = 14.0
_COLUMNS: Final = (
    *(("serial", "序号", 12.0), ("number", "数字", 24.0), ("about", "统计口径", 41.0)),
    *(("count", "份数", 13.0), ("references", "编号", 66.0)),
)
"""The columns of the appendix: head, placeholder, width in millimetres."""


def placeholders(report: WorkReport) -> dict[str, Any]:
    """What a template may name: 标题, 导语, 时段, 正文 with 章, 节 and 段, 单位, 日期, 来源."""
    return {
        "标题": report.title,
        "导语": report.lead,
        "时段": report.period,
        "单位": report.unit,
        "日期": report.day,
        "正文": [
            {
                "标题": chapter.heading,
                "各节": [{"标题": one.heading, "各段": list(one.paragraphs)} for one in chapter.sections],
            }
            for chapter in report.chapters
        ],
        "来源": [
            {"序号": n, "数字": one.shown, "统计口径": one.about, "份数": one.count, "编号": one.references}
            for n, one in enumerate(report.sources, 1)
        ],
    }


def default_template(locale: str) -> bytes:
    """The bytes of the template. They are always the same."""
    page = Document()
    set_up(page, author="", title="", made_at=_MADE_AT)
    _plain_style(page)
    set_grid(page.sections[0])
    _line(page, "{{ 标题 }}", TITLE_FONT, _TITLE_SIZE, align=WD_ALIGN_PARAGRAPH.CENTER, indent=False)
    _line(page, "", BODY_FONT, BODY_SIZE, indent=False)
    _body(page)
    _signature(page)
    _appendix(page, locale)
    _page_numbers(page)
    content = BytesIO()
    page.save(content)
    return timeless(content)


def _plain_style(page: Page) -> None:
    """Nothing of Word's own spacing: the grid alone says where lines stand."""
    style = page.styles["Normal"]
    style.font.name, style.font.size = BODY_FONT, Pt(BODY_SIZE)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY_FONT)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = 1


def _body(page: Page) -> None:
    _line(page, "{%p if 导语 %}", BODY_FONT, BODY_SIZE)
    _line(page, "{{ 导语 }}", BODY_FONT, BODY_SIZE)
    _line(page, "{%p endif %}", BODY_FONT, BODY_SIZE)
    _line(page, "{%p for 章 in 正文 %}", BODY_FONT, BODY_SIZE)
    _line(page, "{{ 章.标题 }}", HEAD_FONT, BODY_SIZE, with_next=True)
    _line(page, "{%p for 节 in 章.各节 %}", BODY_FONT, BODY_SIZE)
    _line(page, "{%p if 节.标题 %}", BODY_FONT, BODY_SIZE)
    _line(page, "{{ 节.标题 }}", SUBHEAD_FONT, BODY_SIZE, with_next=True)
    _line(page, "{%p endif %}", BODY_FONT, BODY_SIZE)
    _line(page, "{%p for 段 in 节.各段 %}", BODY_FONT, BODY_SIZE)
    _line(page, "{{ 段 }}", BODY_FONT, BODY_SIZE)
    for _ in range(3):
        _line(page, "{%p endfor %}", BODY_FONT, BODY_SIZE)


def _signature(page: Page) -> None:
    """The unit and the day, to the right, four characters from the edge for the day and below the unit."""
    _line(page, "", BODY_FONT, BODY_SIZE, with_next=True)
    for words in ("{{ 单位 }}", "{{ 日期 }}"):
        line = _line(
            page, words, BODY_FONT, BODY_SIZE, align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False, with_next=True
        )
        line.paragraph_format.right_indent = Pt(2 * BODY_SIZE)
        line.paragraph_format.keep_together = True
    page.paragraphs[-1].paragraph_format.keep_with_next = False


def _appendix(page: Page, locale: str) -> None:
    """The table of the sources, on a page of its own, if there are any."""
    _line(page, "{%p if 来源 %}", BODY_FONT, BODY_SIZE)
    head = _line(page, plain(Text("work_report.appendix"), locale), HEAD_FONT, BODY_SIZE, indent=False)
    head.paragraph_format.page_break_before = True
    head.paragraph_format.keep_with_next = True
    title = plain(Text("work_report.appendix_title"), locale)
    _line(
        page,
        title,
        TITLE_FONT,
        _TITLE_SIZE,
        align=WD_ALIGN_PARAGRAPH.CENTER,
        indent=False,
        with_next=True,
    )
    note = _line(page, plain(Text("work_report.appendix_note"), locale), BODY_FONT, _SMALL, indent=False)
    _off_the_grid(note)
    _table(page, locale)
    _line(page, "{%p endif %}", BODY_FONT, BODY_SIZE)


def _table(page: Page, locale: str) -> None:
    table = page.add_table(rows=4, cols=len(_COLUMNS))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, (_, _, millimetres) in zip(table.columns, _COLUMNS, strict=True):
        column.width = Mm(millimetres)
    heads = [plain(Text(f"work_report.column.{name}"), locale) for name, _, _ in _COLUMNS]
    _row(table, 0, heads, HEAD_FONT)
    _row(table, 1, ["{%tr for 行 in 来源 %}"], BODY_FONT)
    _row(table, 2, [f"{{{{ 行.{word} }}}}" for _, word, _ in _COLUMNS], BODY_FONT)
    _row(table, 3, ["{%tr endfor %}"], BODY_FONT)
    _mark(table, 0, "tblHeader")
    for at in (0, 2):
        _mark(table, at, "cantSplit")


def _mark(table: Table, at: int, what: str) -> None:
    """``cantSplit``: the row stays on one page. ``tblHeader``: it comes again on the next ones."""
    table.rows[at]._tr.get_or_add_trPr().append(OxmlElement(f"w:{what}"))


def _row(table: Table, at: int, words: list[str], font: str) -> None:
    cells = table.rows[at].cells
    for cell, said, (_, _, millimetres) in zip(cells, words, _COLUMNS, strict=False):
        cell.width = Mm(millimetres)
        _fill(cell, said, font)


def _off_the_grid(paragraph: Paragraph) -> None:
    """Small words stand closer than the grid of the text."""
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert_element_before(
        snap, "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:jc", "w:rPr"
    )


def _fill(cell: _Cell, words: str, font: str) -> None:
    paragraph = cell.paragraphs[0]
    _off_the_grid(paragraph)
    set_font(paragraph.add_run(words), font, _SMALL)


def _line(
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


def _page_numbers(page: Page) -> None:
    """— 1 — at the foot of each page, in 四号."""
    foot = page.sections[0].footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    set_font(foot.add_run("— "), "宋体", _FOOT)
    set_font(add_page_number(foot), "宋体", _FOOT)
    set_font(foot.add_run(" —"), "宋体", _FOOT)
    page.sections[0].start_type = WD_SECTION.NEW_PAGE
    page.sections[0].footer_distance = Mm(28)
