"""What panels have in common: headings with legends, the words of rows, rest lines, empty panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reports.pictures.canvas import DARK, FAINT, GREY, PixelCanvas
from reports.pictures.layout import (
    BAR,
    EMPTY,
    LABEL_LINE,
    REST,
    ROW,
    SWATCH,
    SWATCH_GAP,
    THIN_BAR,
    RowPlan,
    RowsPlan,
    head_plan,
    rest_lines,
)
from reports.pictures.lettering import width
from reports.pictures.wording import CONTENT, HEADING, HEADING_LINE, LINE, MARGIN, NAME, SMALL

RIGHT: Final = MARGIN + CONTENT

Swatch = Callable[[PixelCanvas, float, float], None]
"""Draws the sign of a label; its left edge and its middle, px."""


@dataclass(frozen=True, slots=True)
class BarPlace:
    """Where a row's bar goes, px. ``middle``: the height of the row's first line, where its lamp stands."""

    left: float
    top: float
    across: float
    down: float
    middle: float


def draw_head(
    canvas: PixelCanvas, top: float, heading: str, labels: Sequence[str] = (), swatches: Sequence[Swatch] = ()
) -> float:
    """Draw a heading and its legend; their lower edge in px. ``swatches``: one for each label."""
    plan = head_plan(heading, labels, width)
    below = draw_lines(canvas, top, plan.lines, size=HEADING, pitch=HEADING_LINE)
    for label in plan.labels:
        middle = below + LABEL_LINE * (label.line - 0.5) if label.line else below - HEADING_LINE / 2
        swatches[label.place](canvas, label.left, middle)
        canvas.text(label.left + SWATCH + SWATCH_GAP, middle, label.words, SMALL, GREY)
    return top + plan.height


def draw_lines(
    canvas: PixelCanvas,
    top: float,
    lines: Sequence[str],
    *,
    left: float = MARGIN,
    size: float = SMALL,
    pitch: float = LINE,
    colour: str = DARK,
) -> float:
    """Draw lines of text below ``top``, ``pitch`` px each; their lower edge in px."""
    for place, line in enumerate(lines):
        canvas.text(left, top + pitch * (place + 0.5), line, size, colour)
    return top + pitch * len(lines)


def draw_rest(canvas: PixelCanvas, top: float, rest: str) -> float:
    """Draw the line on what is not shown; its lower edge in px."""
    return draw_lines(canvas, top, rest_lines(rest, width), pitch=REST, colour=GREY)


def draw_empty(canvas: PixelCanvas, top: float) -> float:
    """Draw a dash where there is nothing to show; the lower edge in px."""
    canvas.line([(MARGIN, top + EMPTY / 2), (MARGIN + SWATCH, top + EMPTY / 2)], FAINT, 4)
    return top + EMPTY


def draw_row(canvas: PixelCanvas, top: float, plan: RowsPlan, row: RowPlan) -> BarPlace:
    """Draw a row's name and its words; where its bar goes."""
    middle = top + (ROW if plan.beside else LINE) / 2
    draw_row_words(canvas, middle, plan, row)
    if plan.beside:
        return BarPlace(plan.bar_left, middle - BAR / 2, plan.bar_width, BAR, middle)
    return BarPlace(plan.bar_left, top + row.text_height + 4, plan.bar_width, THIN_BAR, middle)


def draw_row_words(canvas: PixelCanvas, middle: float, plan: RowsPlan, row: RowPlan) -> None:
    """Draw a row's name and its words. ``middle``: the height of the first line."""
    below = draw_lines(canvas, middle - LINE / 2, row.name, left=plan.name_left, size=NAME)
    if row.below:
        draw_lines(canvas, below, row.words, left=plan.name_left, colour=GREY)
        return
    for words in row.words:
        canvas.text(RIGHT, middle, words, SMALL, GREY, "right")
