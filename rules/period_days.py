"""On which days the week and the month that are over are told of: the first working day of the next one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from rules.periods import FigurePeriod, months_on
from rules.working_days import WorkingDays

TOLD_OF: Final = (FigurePeriod.LAST_MONTH, FigurePeriod.LAST_WEEK)
"""The periods that are told of by themselves, the longer one first."""
_DAY: Final = timedelta(days=1)


def told_on(period: FigurePeriod, day: date, calendar: WorkingDays) -> date | None:
    """The first working day of the ISO week or of the month in which ``day`` is. None: it has none.

    ``period``: one of ``TOLD_OF``, as it is on ``day``. ``ValueError`` for another one.
    """
    return next((one for one in _days(period, day) if calendar.is_working_day(one)), None)


def told_of(day: date, calendar: WorkingDays) -> list[FigurePeriod]:
    """The periods that are told of on ``day``, the longer one first."""
    return [period for period in TOLD_OF if told_on(period, day, calendar) == day]


def _days(period: FigurePeriod, day: date) -> Iterator[date]:
    if period is FigurePeriod.LAST_WEEK:
        first = day - day.weekday() * _DAY
        end = first + 7 * _DAY
    elif period is FigurePeriod.LAST_MONTH:
        first = day.replace(day=1)
        end = months_on(first, 1)
    else:
        raise ValueError(f"nobody is told of {period} by itself")
    while first < end:
        yield first
        first += _DAY
