"""Panels by day: what is still open, quantities, cases registered and closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reports.pictures.canvas import BLUE, FAINT, GREY, VERMILION, WHITE, PixelCanvas
from reports.pictures.layout import PLOT, STRIP, SWATCH, strips_plan
from reports.pictures.lettering import width
from reports.pictures.parts import RIGHT, draw_empty, draw_head, draw_rest, draw_row_words
from reports.pictures.picture import BurnDownPanel, CasePanel, DailyPanel
from reports.pictures.plot import DayPlot, amount, draw_days, scaled_plot
from reports.pictures.wording import LINE, MARGIN, NAME, SMALL

_ABOVE: Final = 36
"""Room above bars for a number, px."""
_WIDEST_BAR: Final = 44
_THICK: Final = 5
_FINE: Final = 4
_BAR_SWATCH: Final = 20
_INDENT: Final = SWATCH - _BAR_SWATCH
_MOST_PAIRS: Final = 62
"""So many days at most have two bars each."""


def draw_burn_down(canvas: PixelCanvas, panel: BurnDownPanel, top: float) -> float:
    """Draw what is open as a full line up to its last day, the plan as a dashed one; the lower edge in px."""
    top = draw_head(canvas, top, panel.heading, panel.labels, (_left_swatch, _planned_swatch))
    if not panel.days:
        return draw_empty(canvas, top)
    most = max([*panel.left, *panel.planned], default=0)
    plot = scaled_plot(canvas, MARGIN, RIGHT, top + _ABOVE, top + PLOT, len(panel.days), most)
    _series(canvas, plot, panel.planned, GREY, _FINE, dashed=True)
    left = _series(canvas, plot, panel.left, BLUE, _THICK)
    if left:
        _last(canvas, plot, left[-1], panel.left[len(left) - 1])
    return draw_days(canvas, plot, panel.days)


def draw_daily(canvas: PixelCanvas, panel: DailyPanel, top: float) -> float:
    """Draw each item's bars by day, each item at its own scale; the lower edge in px."""
    top = draw_head(canvas, top, panel.heading)
    if not panel.quantities:
        return draw_rest(canvas, draw_empty(canvas, top), panel.rest)
    plan = strips_plan(panel, width)
    plot = None
    for one, row in zip(panel.quantities, plan.rows, strict=True):
        draw_row_words(canvas, top + LINE / 2 + (6 if plan.beside else 0), plan, row)
        strip = top + (0 if plan.beside else row.text_height)
        most = max(one.values, default=0.0)
        plot = DayPlot(plan.bar_left, RIGHT, strip + _ABOVE, strip + STRIP, len(panel.days), most)
        _strip(canvas, plot, one.values)
        top += row.height
    if plot is None or not panel.days:
        return draw_rest(canvas, top, panel.rest)
    return draw_rest(canvas, draw_days(canvas, plot, panel.days), panel.rest)


def draw_cases(canvas: PixelCanvas, panel: CasePanel, top: float) -> float:
    """Draw two bars a day, registered and closed, side by side; the lower edge in px.

    Where the days are too many for that, what is closed is a line before the bars of what is registered.
    """
    dense = len(panel.days) > _MOST_PAIRS
    swatches = (_registered_swatch, _left_swatch if dense else _closed_swatch)
    top = draw_head(canvas, top, panel.heading, panel.labels, swatches)
    if not panel.days:
        return draw_empty(canvas, top)
    values = [*panel.registered, *panel.closed]
    most = max(values, default=0)
    plot = DayPlot(MARGIN, RIGHT, top + _ABOVE, top + PLOT, len(panel.days), most)
    apart = max([width(amount(value), SMALL) + 8 for value in values], default=0.0)
    numbered = 2 * apart + 8 <= plot.slot
    if not numbered:
        plot = scaled_plot(canvas, MARGIN, RIGHT, top + _ABOVE, top + PLOT, len(panel.days), most)
    if dense:
        _mass(canvas, plot, panel)
    else:
        _pairs(canvas, plot, panel, apart if numbered else 0)
    return draw_days(canvas, plot, panel.days)


def _series(
    canvas: PixelCanvas, plot: DayPlot, values: Sequence[int], colour: str, thick: float, dashed: bool = False
) -> list[tuple[float, float]]:
    """Draw a line through the days' values; its points in px."""
    points = [(plot.x(day), plot.y(value)) for day, value in enumerate(values[: plot.count])]
    if len(points) > 1:
        canvas.line(points, colour, thick, dashed)
    elif points:
        x, y = points[0]
        canvas.line([(x - SWATCH, y), (x + SWATCH, y)], colour, thick, dashed)
    return points


def _last(canvas: PixelCanvas, plot: DayPlot, point: tuple[float, float], value: int) -> None:
    """Mark the newest value with a dot and its number."""
    x, y = point
    canvas.circle(x, y, 13, WHITE)
    canvas.circle(x, y, 9, BLUE)
    number = amount(value)
    across = width(number, NAME)
    left = max(min(x + 14, plot.right - across), plot.left)
    top, bottom, right = y - 45, y - 15, left + across
    canvas.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], WHITE)
    canvas.text(left, y - 30, number, NAME)


def _strip(canvas: PixelCanvas, plot: DayPlot, values: Sequence[float]) -> None:
    """Draw bars over a base line, with their numbers; if these have no room, with that of the highest."""
    canvas.line([(plot.left, plot.bottom), (plot.right, plot.bottom)], FAINT)
    shown = list(values[: plot.count])
    numbers = [amount(value) if value else "" for value in shown]
    roomy = all(width(number, SMALL) + 12 <= plot.slot for number in numbers)
    highest = shown.index(max(shown)) if shown else 0
    across = _bar_width(plot.slot)
    for day, value in enumerate(shown):
        _upright(canvas, plot, plot.x(day) - across / 2, across, value, BLUE)
        if numbers[day] and (roomy or day == highest):
            half = width(numbers[day], SMALL) / 2
            x = min(max(plot.x(day), plot.left + half), plot.right - half)
            canvas.text(x, plot.y(value) - 18, numbers[day], SMALL, GREY, "center")


def _pairs(canvas: PixelCanvas, plot: DayPlot, panel: CasePanel, apart: float) -> None:
    """Draw the bars of each day. ``apart``: the px that a number above a bar needs; 0: there are none."""
    canvas.line([(plot.left, plot.bottom), (plot.right, plot.bottom)], FAINT)
    across = _bar_width(plot.slot / 2)
    aside = max(across + 2, apart) / 2
    for series, colour, side in ((panel.registered, FAINT, -1), (panel.closed, BLUE, 1)):
        for day, value in enumerate(series[: plot.count]):
            x = plot.x(day) + side * aside
            _upright(canvas, plot, x - across / 2, across, value, colour)
            if apart and value:
                canvas.text(x, plot.y(value) - 18, amount(value), SMALL, GREY, "center")


def _mass(canvas: PixelCanvas, plot: DayPlot, panel: CasePanel) -> None:
    for day, value in enumerate(panel.registered[: plot.count]):
        left, right = round(plot.x(day) - plot.slot / 2), round(plot.x(day) + plot.slot / 2)
        _upright(canvas, plot, left, right - left, value, FAINT)
    _series(canvas, plot, panel.closed, BLUE, _FINE)


def _bar_width(slot: float) -> float:
    return max(min(slot * 0.66, _WIDEST_BAR), 2.0)


def _upright(
    canvas: PixelCanvas, plot: DayPlot, left: float, across: float, value: float, colour: str
) -> None:
    """Draw a bar. One above 0 is never too low to be seen; one below 0 hangs under the base line."""
    if value > 0:
        down = max(plot.bottom - plot.y(value), 3.0)
        canvas.rectangle(left, plot.bottom - down, across, down, colour)
    elif value < 0:
        canvas.rectangle(left, plot.bottom, across, 6, VERMILION)


def _left_swatch(canvas: PixelCanvas, left: float, middle: float) -> None:
    canvas.line([(left, middle), (left + SWATCH, middle)], BLUE, _THICK)


def _planned_swatch(canvas: PixelCanvas, left: float, middle: float) -> None:
    canvas.line([(left, middle), (left + SWATCH, middle)], GREY, _FINE, dashed=True)


def _registered_swatch(canvas: PixelCanvas, left: float, middle: float) -> None:
    canvas.rectangle(left + _INDENT, middle - _BAR_SWATCH / 2, _BAR_SWATCH, _BAR_SWATCH, FAINT)


def _closed_swatch(canvas: PixelCanvas, left: float, middle: float) -> None:
    canvas.rectangle(left + _INDENT, middle - _BAR_SWATCH / 2, _BAR_SWATCH, _BAR_SWATCH, BLUE)
