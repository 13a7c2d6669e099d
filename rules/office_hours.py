"""Office hours: the spans of a working day in which people are at work. Summer may have its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

Hours = tuple[tuple[time, time], ...]
DayOfYear = tuple[int, int]
"""Month and day."""

OFFICE_HOURS: Final[Hours] = ((time(8), time(12)), (time(14), time(18)))
WORKING_DAY: Final = timedelta(hours=8)
"""How long a 工作日 is, as a unit of time limits."""

_ANY: Final = date(2000, 1, 1)  # of a leap year
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_SEASON: Final = re.compile(r"(\d{1,2})-(\d{1,2})\.\.(\d{1,2})-(\d{1,2})\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The ``usual`` hours and the ``summer`` hours. Without ``summer`` hours, all days are alike.

    Summer lasts from its ``first`` to its ``last`` day, both included. If ``first`` is later in the year than
    ``last``, summer lasts over the new year.
    """

    usual: Hours = OFFICE_HOURS
    summer: Hours = ()
    first: DayOfYear = (6, 1)
    last: DayOfYear = (9, 30)

    def __post_init__(self) -> None:
        for hours in (self.usual, self.summer or OFFICE_HOURS):
            edges = [edge for span in hours for edge in span]
            if not edges or any(one >= other for one, other in pairwise(edges)):
                raise ValueError("hours must be one or more spans of a day, in order and apart")

    def on(self, day: date) -> Hours:
        """The hours of that day, if it is worked."""
        return self.summer if self.summer and self._is_summer((day.month, day.day)) else self.usual

    def _is_summer(self, day: DayOfYear) -> bool:
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last


def read_hours(text: str) -> Hours:
    """Read ``08:00-12:00,14:00-18:00``. ``ValueError``: not of that form, or not 8 hours in all.

    A 工作日 is 8 工作时. With a day of another length, limits in working days would end at another hour each
    day.
    """
    spans = [_SPAN.fullmatch(part.strip()) for part in text.replace("，", ",").split(",")]
    try:
        hours = tuple(
            (time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))
            for match in spans
            if match is not None
        )
    except ValueError:
        hours = ()
    edges = [edge for span in hours for edge in span]
    if len(hours) != len(spans) or any(one >= other for one, other in pairwise(edges)):
        raise ValueError("must be spans of a day in order and apart, such as 08:00-12:00,14:00-18:00")
    if sum(map(_length, hours), timedelta()) != WORKING_DAY:
        raise ValueError("must be 8 hours a day in all, because a working day counts as 8 working hours")
    return hours


def read_office_hours(usual: str, summer: str = "") -> OfficeHours:
    """Read both settings. ``summer`` is empty, or ``06-01..09-30 08:00-12:00,14:30-18:30``.

    ``ValueError`` as ``read_hours``.
    """
    hours = read_hours(usual)
    if not summer.strip():
        return OfficeHours(hours)
    found = _SEASON.fullmatch(summer.strip())
    if found is None:
        raise ValueError("must be days and hours, such as 06-01..09-30 08:00-12:00,14:30-18:30")
    first, last = _day(found[1], found[2]), _day(found[3], found[4])
    return OfficeHours(hours, read_hours(found[5]), first, last)


def _day(month: str, day: str) -> DayOfYear:
    try:
        found = _ANY.replace(month=int(month), day=int(day))
    except ValueError:
        raise ValueError(f"has no such day of the year as {month}-{day}") from None
    return found.month, found.day


def _length(span: tuple[time, time]) -> timedelta:
    return datetime.combine(_ANY, span[1]) - datetime.combine(_ANY, span[0])
