"""The page of an official paper, as GB/T 9704-2012 has it: A4, its margins, its fonts, its page numbers.

Orders and work reports share it. The same content always makes the same bytes.
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.document import Document as Page
from docx.oxml import OxmlElement
from docx.oxml.ns import nsmap, qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from docx.text.run import Run

TITLE_FONT: Final = "方正小标宋简体"
BODY_FONT: Final = "仿宋_GB2312"
HEAD_FONT: Final = "黑体"
SUBHEAD_FONT: Final = "楷体_GB2312"
# Without an official font, which has to be bought, one takes its place that every Chinese system has.
FALLBACKS: Final = {TITLE_FONT: "宋体", BODY_FONT: "仿宋", HEAD_FONT: "SimHei", SUBHEAD_FONT: "楷体"}
TEXT_WIDTH: Final = 156.0
TEXT_HEIGHT: Final = 225.0
LINES: Final = 22
CHARACTERS: Final = 28
BODY_SIZE: Final = 16.0
"""三号, in points."""
_MM_PER_POINT: Final = 25.4 / 72
# The part of a Word file that has to come first.
_CONTENTS: Final = "[Content_Types].xml"


def set_up(page: Page, *, author: str, title: str, made_at: datetime) -> None:
    """Give the page its size, its margins, its properties, and its fonts with those that take their place."""
    section = page.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    page.core_properties.author = author
    page.core_properties.title = title
    page.core_properties.created = page.core_properties.modified = made_at
    for part in page.part.package.iter_parts():
        if part.partname == "/word/fontTable.xml":
            part._blob = _font_table()


def set_grid(section: Section) -> None:
    """22 lines of 28 characters on a page. The pitch of a line is in twentieths of a point, the space between
    characters in 4096ths of one; it is below 0, for 28 characters of 16 points are wider than 156 mm."""
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    pitch = TEXT_HEIGHT / LINES / _MM_PER_POINT
    space = TEXT_WIDTH / CHARACTERS / _MM_PER_POINT - BODY_SIZE
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(int(pitch * 20)))
    grid.set(qn("w:charSpace"), str(int(space * 4096)))


def _font_table() -> bytes:
    space = f'xmlns:w="{nsmap["w"]}"'
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="86"/></w:font>'
        for name, instead in FALLBACKS.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {space}>{fonts}</w:fonts>'.encode()
    )


def set_font(run: Run, font: str, size: float) -> None:
    """The font of a run, in points, of Chinese and of other characters."""
    run.font.name, run.font.size = font, Pt(size)
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def add_page_number(foot: Paragraph) -> Run:
    """Add the number of the page to a line at its foot."""
    run = foot.add_run()
    for kind in ("begin", None, "end"):
        if kind is None:
            part = OxmlElement("w:instrText")
            part.text = "PAGE"
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)
    return run


def timeless(content: BytesIO) -> bytes:
    """The archive with the same moment at all its parts, whenever it is made."""
    made = BytesIO()
    with ZipFile(content) as parts, ZipFile(made, "w", ZIP_DEFLATED) as kept:
        for name in sorted(parts.namelist(), key=lambda part: (part != _CONTENTS, part)):
            part = ZipInfo(name)
            part.compress_type, part.create_system, part.external_attr = ZIP_DEFLATED, 0, 0
            kept.writestr(part, parts.read(name))
    return made.getvalue()
