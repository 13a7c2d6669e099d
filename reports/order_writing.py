"""Writes a line of a 督办单. Its height is the same in every font, so that the layout can be reckoned."""

from __future__ import annotations

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph

from reports.official_page import set_font
from reports.order_layout import LEADING
from rules.hidden_characters import visible


def write(
    paragraph: Paragraph, words: str, font: str, size: float, *, colour: RGBColor | None = None
) -> None:
    """Write words in the middle of a line. ``size``: of their letters, in points."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = Pt(size * LEADING)
    run = paragraph.add_run(visible(words))
    set_font(run, font, size)
    if colour is not None:
        run.font.color.rgb = colour
