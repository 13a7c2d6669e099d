"""Panels of rows: units by progress, quantities in words and against targets, units by place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from reports.pictures.canvas import BLUE, DARK, GREY, LIGHT_BLUE, TRACK, PixelCanvas
from reports.pictures.layout import (
    GAP,
    LAMP,
    ROW,
    SWATCH,
    quantity_rows,
    rank_lead,
    rank_rows,
    target_rows,
    unit_rows,
)
from reports.pictures.lettering import width
from reports.pictures.parts import BarPlace, draw_empty, draw_head, draw_rest, draw_row, draw_row_words
from reports.pictures.picture import QuantityPanel, RankLine, RankPanel, TargetPanel, UnitBar, UnitPanel
from reports.pictures.shapes import draw_change, draw_lamp, draw_over, hatched
from reports.pictures.wording import LINE, MARGIN, NAME, SMALL

_LEAST: Final = 10
"""The shortest part of a bar that is not nothing, px."""
_SEAM: Final = 2
"""Between two parts of a bar, px."""
_OVER: Final = 20
"""Room to the right of a target for the sign that it is exceeded, px."""
_SWATCH_DOWN: Final = 20


def draw_units(canvas: PixelCanvas, panel: UnitPanel, top: float) -> float:
    """Draw the units, all of a unit's tasks as a bar of the same length; the lower edge in px."""
    swatches = [partial(_swatch, part=part) for part in range(len(panel.labels))]
    top = draw_head(canvas, top, panel.heading, panel.labels, swatches)
    plan = unit_rows(panel, width)
    for bar, row in zip(panel.bars, plan.rows, strict=True):
        place = draw_row(canvas, top, plan, row)
        draw_lamp(canvas, MARGIN + LAMP / 2, place.middle, LAMP, bar.lamp)
        _unit_bar(canvas, place, bar)
        top += row.height
    return draw_rest(canvas, top if panel.bars else draw_empty(canvas, top), panel.rest)


def draw_quantities(canvas: PixelCanvas, panel: QuantityPanel, top: float) -> float:
    """Draw quantities in words; the lower edge in px."""
    top = draw_head(canvas, top, panel.heading)
    plan = quantity_rows(panel, width)
    for row in plan.rows:
        draw_row_words(canvas, top + (ROW if plan.beside else LINE) / 2, plan, row)
        top += row.height
    return draw_rest(canvas, top if panel.lines else draw_empty(canvas, top), panel.rest)


def draw_targets(canvas: PixelCanvas, panel: TargetPanel, top: float) -> float:
    """Draw the quantities; a fine line at the end of each bar is the target. The lower edge in px."""
    top = draw_head(canvas, top, panel.heading)
    plan = target_rows(panel, width)
    for bar, row in zip(panel.bars, plan.rows, strict=True):
        _target_bar(canvas, draw_row(canvas, top, plan, row), bar.share)
        top += row.height
    return draw_rest(canvas, top if panel.bars else draw_empty(canvas, top), panel.rest)


def draw_ranks(canvas: PixelCanvas, panel: RankPanel, top: float) -> float:
    """Draw the units by place, with the change of each; the lower edge in px."""
    top = draw_head(canvas, top, panel.heading)
    plan = rank_rows(panel, width)
    places, changes = rank_lead(panel, width)
    for line, row in zip(panel.lines, plan.rows, strict=True):
        place = draw_row(canvas, top, plan, row)
        canvas.text(MARGIN + places - GAP, place.middle, str(line.place), NAME, DARK, "right")
        if changes:
            _change(canvas, MARGIN + places, place.middle, line)
        long = _length(line.share, place.across)
        canvas.rectangle(place.left, place.top, place.across, place.down, TRACK)
        if long:
            canvas.rectangle(place.left, place.top, long, place.down, BLUE)
        top += row.height
    return draw_rest(canvas, top if panel.lines else draw_empty(canvas, top), panel.rest)


def part_widths(counts: Sequence[int], across: float) -> list[float]:
    """How many px of ``across`` each count has. One above 0 is never too short to be seen."""
    whole = sum(counts)
    if whole <= 0:
        return [0.0 for _ in counts]
    parts = [max(across * count / whole, _LEAST) if count > 0 else 0.0 for count in counts]
    parts[parts.index(max(parts))] -= sum(parts) - across
    return parts


def _unit_bar(canvas: PixelCanvas, place: BarPlace, bar: UnitBar) -> None:
    left = place.left
    parts = part_widths((bar.done, bar.on_time, bar.late), place.across)
    if not any(parts):
        canvas.rectangle(left, place.top, place.across, place.down, TRACK)
    for part, across in enumerate(parts):
        if across:
            seam = _SEAM if left + across < place.left + place.across - 1 else 0
            _part(canvas, part, left, place.top, across - seam, place.down)
        left += across


def _part(canvas: PixelCanvas, part: int, left: float, top: float, across: float, down: float) -> None:
    """Draw a part of a unit's bar: done, in time or late."""
    if part == 2:
        hatched(canvas, left, top, across, down)
    else:
        canvas.rectangle(left, top, across, down, (BLUE, LIGHT_BLUE)[part])


def _swatch(canvas: PixelCanvas, left: float, middle: float, part: int) -> None:
    _part(canvas, part, left, middle - _SWATCH_DOWN / 2, SWATCH, _SWATCH_DOWN)


def _target_bar(canvas: PixelCanvas, place: BarPlace, share: float) -> None:
    across = place.across - _OVER
    canvas.rectangle(place.left, place.top, across, place.down, TRACK)
    long = _length(share, across)
    if long:
        canvas.rectangle(place.left, place.top, long, place.down, BLUE)
    end = place.left + across
    canvas.line([(end, place.top - 4), (end, place.top + place.down + 4)], DARK, 3)
    if share > 1:
        draw_over(canvas, end + 4, place.top + place.down / 2, place.down)


def _length(share: float, across: float) -> float:
    """The px of a bar of ``across`` px. Only a share of 0 is empty, and none below 1 is full."""
    if share <= 0:
        return 0.0
    return across if share >= 1 else min(max(across * share, 4.0), across - 4)


def _change(canvas: PixelCanvas, left: float, middle: float, line: RankLine) -> None:
    """Draw by how many places a unit rose or fell; nothing if it had no place before."""
    if line.change is None:
        return
    draw_change(canvas, left + 11, middle, line.change)
    if line.change:
        canvas.text(left + 28, middle, str(abs(line.change)), SMALL, GREY)
