"""A plot of days: where each day stands, its names below, and lines of even numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.pictures.canvas import FAINT, GREY, HAIRLINE, PixelCanvas
from reports.pictures.layout import DAYS
from reports.pictures.lettering import width
from reports.pictures.wording import SMALL, clipped
from rules.amounts import grouped

_BETWEEN: Final = 24
"""The least room between the names of two days, px."""
_MOST_STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class DayPlot:
    """A plot of ``count`` days, px from the top left. ``most``: the number at its top; 0 is at its bottom."""

    left: float
    right: float
    top: float
    bottom: float
    count: int
    most: float

    @property
    def slot(self) -> float:
        """The px of a day."""
        return (self.right - self.left) / max(self.count, 1)

    def x(self, day: int) -> float:
        """The middle of a day, counted from 0."""
        return self.left + self.slot * (day + 0.5)

    def y(self, value: float) -> float:
        """The height of a number. One below 0 is shown as 0."""
        return self.bottom - (self.bottom - self.top) * max(value, 0) / (self.most or 1)


def amount(value: float) -> str:
    """A number with its thousands apart."""
    return grouped(Decimal(str(value)))


def even_step(most: float) -> int:
    """The step of the lines of even numbers up to ``most``: 1, 2 or 5 times a power of 10, at most four."""
    step, factors = 1, (2, 2.5, 2)
    place = 0
    while most > step * _MOST_STEPS:
        step = int(step * factors[place % 3])
        place += 1
    return step


def scaled_plot(
    canvas: PixelCanvas, left: float, right: float, top: float, bottom: float, count: int, most: float
) -> DayPlot:
    """Draw lines of even numbers and their numbers; the plot to the right of these."""
    step = even_step(most)
    marks = range(0, max(step * -int(-most // step), step) + 1, step)
    numbers = [amount(mark) for mark in marks]
    column = max(width(number, SMALL) for number in numbers)
    plot = DayPlot(left + column + 16, right, top, bottom, count, marks[-1])
    for mark, number in zip(marks, numbers, strict=True):
        y = round(plot.y(mark))
        canvas.line([(plot.left, y), (right, y)], HAIRLINE if mark else FAINT)
        canvas.text(left + column, y, number, SMALL, GREY, "right")
    return plot


def draw_days(canvas: PixelCanvas, plot: DayPlot, days: Sequence[str]) -> float:
    """Draw the names of as many days as have room, evenly; the lower edge in px."""
    names = [clipped(day, SMALL, plot.right - plot.left, width) for day in days]
    for day, left in day_places(plot, [width(name, SMALL) for name in names]):
        canvas.text(left, plot.bottom + DAYS / 2 + 4, names[day], SMALL, GREY)
    return plot.bottom + DAYS


def day_places(plot: DayPlot, widths: Sequence[float]) -> list[tuple[int, float]]:
    """The days that are named, and the left edge of each name in px. ``widths``: px of all names.

    Every so many days are named from the first on, and the last day. The one before goes if it is too near.
    """
    count = len(widths)
    least = next((step for step in range(1, count) if _places(plot, widths, range(0, count, step))), count)
    for step in range(least, 2 * least):
        places = _places(plot, widths, [*range(0, count - 1, step), count - 1])
        if places is not None:
            return places
    named = range(0, count, least)
    return _places(plot, widths, [*named[:-1], count - 1] if len(named) > 1 else named) or []


def _places(plot: DayPlot, widths: Sequence[float], named: Sequence[int]) -> list[tuple[int, float]] | None:
    """The left edges of the named days inside of the plot; None if two names are too near."""
    places: list[tuple[int, float]] = []
    free = plot.left
    for day in named:
        centred = plot.x(day) - widths[day] / 2
        left = min(max(centred, plot.left), plot.right - widths[day])
        if left < free:
            return None
        places.append((day, left))
        free = left + widths[day] + _BETWEEN
    return places
