"""A copy of a Word file for LibreOffice, which makes the PDF.

Word and WPS press 28 characters of 16 points into 156 mm, as the grid of the page says. LibreOffice gives a
character that is wider than its cell two cells. So the copy has a grid of lines alone, and its characters
stand closer by what the grid takes away.
"""

from __future__ import annotations

import io
from typing import Final

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

# Of a space between characters in a grid, and of one in a run: parts of a point.
_IN_GRID: Final = 4096
_IN_RUN: Final = 20


def pdf_copy(content: bytes) -> bytes:
    """The bytes of the copy; those of the file itself, if its grid presses nothing together."""
    page = Document(io.BytesIO(content))
    closer = 0
    for section in page.sections:
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is None or grid.get(qn("w:type")) != "linesAndChars":
            continue
        space = int(grid.get(qn("w:charSpace")) or 0)
        if space < 0:
            grid.set(qn("w:type"), "lines")
            # Down to a whole step: a twentieth of a point too much would cost a character of each line.
            closer = min(closer, space * _IN_RUN // _IN_GRID)
    if not closer:
        return content
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(closer))
    page.styles["Normal"].element.get_or_add_rPr().append(spacing)
    made = io.BytesIO()
    page.save(made)
    return made.getvalue()
