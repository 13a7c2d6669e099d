"""Where in a template something stands: in which paragraph, cell, text box, head, foot or note."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, Final

from docx import Document
from docx.document import Document as Page
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from lxml import etree

from reports.templates.template_faults import TemplatePassage, TemplatePlace
from reports.templates.template_parts import parsed

_BESIDE: Final = {
    RELATIONSHIP_TYPE.HEADER: TemplatePlace.HEADER,
    RELATIONSHIP_TYPE.FOOTER: TemplatePlace.FOOTER,
    RELATIONSHIP_TYPE.FOOTNOTES: TemplatePlace.NOTE,
    RELATIONSHIP_TYPE.ENDNOTES: TemplatePlace.NOTE,
}
_BRACE: Final = re.compile(r"[{}]")
_P, _TBL, _TR, _TC, _BOX = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc", "txbxContent"))
# What older programs read in the place of a text box: the same words once more.
_AGAIN: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def passages_with(content: bytes, name: str) -> list[TemplatePassage]:
    """Where a placeholder, a filter or the number of an entry stands."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return [one for one in passages_of(content) if word.search(one.words)]


def passages_of(content: bytes) -> Iterator[TemplatePassage]:
    """All paragraphs with braces, in their order. Paragraphs and tables are counted as one sees them."""
    page: Page = Document(io.BytesIO(content))
    yield from _in_body(page.element.body)
    for relation in page.part.rels.values():
        place = _BESIDE.get(relation.reltype)
        if place is None or relation.is_external:
            continue
        for paragraph in _paragraphs(parsed(relation.target_part.blob)):
            if _BRACE.search(words := _words(paragraph)):
                yield TemplatePassage(place, (), words)


def _in_body(body: Any) -> Iterator[TemplatePassage]:
    number = 0
    tables = {table: n for n, table in enumerate(_outer_tables(body), 1)}
    for paragraph in _paragraphs(body):
        words = _words(paragraph)
        around = list(paragraph.iterancestors(_BOX, _TBL))
        number += not around
        if not _BRACE.search(words):
            continue
        if any(one.tag == _BOX for one in around):
            yield TemplatePassage(TemplatePlace.BOX, (), words)
        elif around:
            yield TemplatePassage(TemplatePlace.CELL, _cell(paragraph, around[-1], tables[around[-1]]), words)
        else:
            yield TemplatePassage(TemplatePlace.PARAGRAPH, (number,), words)


def _outer_tables(body: Any) -> Iterator[Any]:
    return (one for one in body.iter(_TBL) if next(one.iterancestors(_TBL, _BOX), None) is None)


def _cell(paragraph: Any, table: Any, number: int) -> tuple[int, int, int]:
    """The numbers of table, row and cell. A table in a cell is part of that cell."""
    row, cell = (
        next(one for one in paragraph.iterancestors(tag) if next(one.iterancestors(_TBL)) is table)
        for tag in (_TR, _TC)
    )
    rows = [one for one in table.iter(_TR) if next(one.iterancestors(_TBL), None) is table]
    cells = [one for one in row.iter(_TC) if next(one.iterancestors(_TR), None) is row]
    return number, rows.index(row) + 1, cells.index(cell) + 1


def _paragraphs(root: Any) -> Iterator[Any]:
    """The paragraphs with words, those in tables, content controls and text boxes among them."""
    for paragraph in root.iter(_P):
        if _words(paragraph).strip() and next(paragraph.iterancestors(_AGAIN), None) is None:
            yield paragraph


def _words(paragraph: Any) -> str:
    """The words of a paragraph, without those of a text box that hangs on it."""
    found = paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br"))
    return "".join(_word(one) for one in found if next(one.iterancestors(_P)) is paragraph)


def _word(element: Any) -> str:
    local = etree.QName(element).localname
    if local == "t":
        return element.text or ""
    # A tab in the properties of a paragraph is where one stops.
    return " " if local == "br" or element.getparent().tag == qn("w:r") else ""
