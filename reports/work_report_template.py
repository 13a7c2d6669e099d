"""The template of the 工作情况汇报 that comes with the program, as a Word file with placeholders.

An office can open it in Word and change it. ``placeholders`` are the words that it may use.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from docx import Document
from docx.document import Document as Page
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt
from docx.table import Table

from locales import Text, plain
from reports.official_page import (
    BODY_FONT,
    BODY_SIZE,
    HEAD_FONT,
    SUBHEAD_FONT,
    TITLE_FONT,
    set_grid,
    set_up,
    timeless,
)
from reports.official_writing import (
    SMALL,
    TITLE_SIZE,
    add_line,
    fill,
    mark_row,
    number_pages,
    off_the_grid,
    plain_style,
)
from reports.work_report import WorkReport

_MADE_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
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
    plain_style(page)
    set_grid(page.sections[0])
    add_line(page, "{{ 标题 }}", TITLE_FONT, TITLE_SIZE, align=WD_ALIGN_PARAGRAPH.CENTER, indent=False)
    add_line(page, "", BODY_FONT, BODY_SIZE, indent=False)
    _body(page)
    _signature(page)
    _appendix(page, locale)
    number_pages(page)
    content = BytesIO()
    page.save(content)
    return timeless(content)


def _body(page: Page) -> None:
    add_line(page, "{%p if 导语 %}", BODY_FONT, BODY_SIZE)
    add_line(page, "{{ 导语 }}", BODY_FONT, BODY_SIZE)
    add_line(page, "{%p endif %}", BODY_FONT, BODY_SIZE)
    add_line(page, "{%p for 章 in 正文 %}", BODY_FONT, BODY_SIZE)
    add_line(page, "{{ 章.标题 }}", HEAD_FONT, BODY_SIZE, with_next=True)
    add_line(page, "{%p for 节 in 章.各节 %}", BODY_FONT, BODY_SIZE)
    add_line(page, "{%p if 节.标题 %}", BODY_FONT, BODY_SIZE)
    add_line(page, "{{ 节.标题 }}", SUBHEAD_FONT, BODY_SIZE, with_next=True)
    add_line(page, "{%p endif %}", BODY_FONT, BODY_SIZE)
    add_line(page, "{%p for 段 in 节.各段 %}", BODY_FONT, BODY_SIZE)
    add_line(page, "{{ 段 }}", BODY_FONT, BODY_SIZE)
    for _ in range(3):
        add_line(page, "{%p endfor %}", BODY_FONT, BODY_SIZE)


def _signature(page: Page) -> None:
    """The unit and the day, to the right, four characters from the edge for the day and below the unit."""
    add_line(page, "", BODY_FONT, BODY_SIZE, with_next=True)
    for words in ("{{ 单位 }}", "{{ 日期 }}"):
        line = add_line(
            page, words, BODY_FONT, BODY_SIZE, align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False, with_next=True
        )
        line.paragraph_format.right_indent = Pt(2 * BODY_SIZE)
        line.paragraph_format.keep_together = True
    page.paragraphs[-1].paragraph_format.keep_with_next = False


def _appendix(page: Page, locale: str) -> None:
    """The table of the sources, on a page of its own, if there are any."""
    add_line(page, "{%p if 来源 %}", BODY_FONT, BODY_SIZE)
    head = add_line(page, plain(Text("work_report.appendix"), locale), HEAD_FONT, BODY_SIZE, indent=False)
    head.paragraph_format.page_break_before = True
    head.paragraph_format.keep_with_next = True
    title = plain(Text("work_report.appendix_title"), locale)
    add_line(
        page,
        title,
        TITLE_FONT,
        TITLE_SIZE,
        align=WD_ALIGN_PARAGRAPH.CENTER,
        indent=False,
        with_next=True,
    )
    note = add_line(page, plain(Text("work_report.appendix_note"), locale), BODY_FONT, SMALL, indent=False)
    off_the_grid(note)
    _table(page, locale)
    add_line(page, "{%p endif %}", BODY_FONT, BODY_SIZE)


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
    mark_row(table, 0, "tblHeader")
    for at in (0, 2):
        mark_row(table, at, "cantSplit")


def _row(table: Table, at: int, words: list[str], font: str) -> None:
    cells = table.rows[at].cells
    for cell, said, (_, _, millimetres) in zip(cells, words, _COLUMNS, strict=False):
        cell.width = Mm(millimetres)
        fill(cell, said, font)
