"""Small drawn signs: lamps, arrows, hatched bars. Each is told apart by its shape, without colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from reports.pictures.canvas import AMBER, BLUE, FAINT, GREEN, VERMILION, WHITE, PixelCanvas
from rules.tasks.lamps import Lamp

_HATCH: Final = 12
"""From one line of a hatch to the next, px."""
_HATCH_THICK: Final = 3


def draw_lamp(canvas: PixelCanvas, x: float, y: float, size: float, lamp: Lamp) -> None:
    """Draw a lamp around (x, y), ``size`` px wide.

    A disc is green, a triangle yellow, a diamond with ! red, a ring stands for no lamp.
    """
    _LAMPS[lamp](canvas, x, y, size / 2)


def _green(canvas: PixelCanvas, x: float, y: float, half: float) -> None:
    canvas.circle(x, y, half * 0.9, GREEN)


def _yellow(canvas: PixelCanvas, x: float, y: float, half: float) -> None:
    top, foot = y - half * 0.95, y + half * 0.8
    canvas.polygon([(x, top), (x + half * 1.05, foot), (x - half * 1.05, foot)], AMBER)


def _red(canvas: PixelCanvas, x: float, y: float, half: float) -> None:
    edge = half * 1.15
    canvas.polygon([(x, y - edge), (x + edge, y), (x, y + edge), (x - edge, y)], VERMILION)
    canvas.line([(x, y - half * 0.55), (x, y + half * 0.15)], WHITE, half * 0.26)
    canvas.circle(x, y + half * 0.45, half * 0.16, WHITE)


def _none(canvas: PixelCanvas, x: float, y: float, half: float) -> None:
    canvas.circle(x, y, half * 0.9, FAINT, ring=3.5)


_LAMPS: Final[dict[Lamp, Callable[[PixelCanvas, float, float, float], None]]] = {
    Lamp.GREEN: _green,
    Lamp.YELLOW: _yellow,
    Lamp.RED: _red,
    Lamp.NONE: _none,
}


def draw_change(canvas: PixelCanvas, x: float, y: float, change: int) -> None:
    """The sign of a change of place around (x, y), 22 px wide: up, down, or a dash."""
    if change == 0:
        canvas.line([(x - 10, y), (x + 10, y)], FAINT, 4)
        return
    tip = -9 if change > 0 else 9
    colour = BLUE if change > 0 else VERMILION
    canvas.polygon([(x, y + tip), (x + 11, y - tip), (x - 11, y - tip)], colour)


def draw_over(canvas: PixelCanvas, left: float, y: float, down: float) -> None:
    """The sign that a bar would go on: a point to the right of it, ``down`` px high."""
    canvas.polygon([(left, y - down / 2), (left + down * 0.6, y), (left, y + down / 2)], BLUE)


def hatched(canvas: PixelCanvas, left: float, top: float, across: float, down: float) -> None:
    """A bar with a hatch: what is late."""
    canvas.rectangle(left, top, across, down, VERMILION)
    x0, x1, bottom = round(left), round(left + across), round(top + down)
    top = round(top)
    start = x0 - (bottom - top) + _HATCH / 2
    while start < x1:
        low, high = max(start, x0), min(start + bottom - top, x1)
        if high - low > 1:
            ends = [(low, bottom - (low - start)), (high, bottom - (high - start))]
            canvas.line(ends, WHITE, _HATCH_THICK)
        start += _HATCH
