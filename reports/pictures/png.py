"""Draws a picture. Its process alone loads matplotlib."""

from __future__ import annotations

from math import ceil

from reports.pictures.bar_panels import draw_quantities, draw_ranks, draw_targets, draw_units
from reports.pictures.canvas import GREY, HAIRLINE, PixelCanvas
from reports.pictures.day_panels import draw_burn_down, draw_cases, draw_daily
from reports.pictures.lettering import width
from reports.pictures.parts import RIGHT, draw_lines
from reports.pictures.picture import (
    BurnDownPanel,
    CasePanel,
    DailyPanel,
    Panel,
    Picture,
    QuantityPanel,
    RankPanel,
    TargetPanel,
    UnitPanel,
)
from reports.pictures.room import BOTTOM, FIRST_GAP, NOTES_GAP, PANEL_GAP, TOP, fitted
from reports.pictures.wording import CONTENT, MARGIN, SMALL, TITLE, TITLE_LINE, wrapped


def png_of(picture: Picture) -> bytes:
    """The picture as a PNG file, 1080 px wide and at most 1920 px high. Equal pictures make equal bytes.

    Rows that have no room go, as ``room.fitted`` says.
    """
    canvas, height = drawing_of(picture)
    return canvas.png(height)


def drawing_of(picture: Picture) -> tuple[PixelCanvas, int]:
    """The canvas of the picture, and its height in px."""
    picture = fitted(picture, width)
    canvas = PixelCanvas()
    title = wrapped(picture.title, TITLE, CONTENT, width)
    below = draw_lines(canvas, TOP, title, size=TITLE, pitch=TITLE_LINE)
    below = draw_lines(canvas, below, wrapped(picture.stamp, SMALL, CONTENT, width), colour=GREY)
    for place, panel in enumerate(picture.panels):
        if place:
            middle = round(below + PANEL_GAP / 2)
            canvas.line([(MARGIN, middle), (RIGHT, middle)], HAIRLINE)
        below = _draw(canvas, panel, below + (PANEL_GAP if place else FIRST_GAP))
    notes = [line for note in picture.notes for line in wrapped(note, SMALL, CONTENT, width)]
    if notes:
        below = draw_lines(canvas, below + NOTES_GAP, notes, colour=GREY)
    return canvas, ceil(below + BOTTOM)


def _draw(canvas: PixelCanvas, panel: Panel, top: float) -> float:
    match panel:
        case UnitPanel():
            return draw_units(canvas, panel, top)
        case BurnDownPanel():
            return draw_burn_down(canvas, panel, top)
        case QuantityPanel():
            return draw_quantities(canvas, panel, top)
        case TargetPanel():
            return draw_targets(canvas, panel, top)
        case DailyPanel():
            return draw_daily(canvas, panel, top)
        case CasePanel():
            return draw_cases(canvas, panel, top)
        case RankPanel():
            return draw_ranks(canvas, panel, top)
