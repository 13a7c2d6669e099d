"""On which days the week and the month that are over are told of: the first working day of the next one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from rules.periods import FigureDays, FigurePeriod, months_on
from rules.slots import day_of_slot
from rules.working_days import WorkingDays

TOLD_OF: Final = (FigurePeriod.LAST_MONTH, FigurePeriod.LAST_WEEK)
"""The periods that are told of by themselves, the longer one first."""
LATEST: Final = timedelta(days=7)
"""So long after its day a period is still told of, after an outage."""
_DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=100)


def told_on(period: FigurePeriod, day: date, calendar: WorkingDays) -> date | None:
    """The first working day of the ISO week or of the month in which ``day`` is. None: it has none.

    ``period``: one of ``TOLD_OF``, as it is on ``day``. ``ValueError`` for another one.
    """
    return next((one for one in _days(period, day) if calendar.is_working_day(one)), None)


def week_or_month_after(period: FigurePeriod, first: date) -> date:
    """The first day of the week or month after the one that begins with ``first``."""
    return months_on(first, 1) if period is FigurePeriod.LAST_MONTH else first + 7 * _DAY


def told_days(period: FigurePeriod, day: date, calendar: WorkingDays) -> FigureDays:
    """The days that are told of in the week or month of ``day``.

    A week without a working day told of nothing: the days of the week before it are told of with its own.
    """
    first = next(_days(period, day))
    begins, last = _before(period, first), first - _DAY
    while first - begins < _LONGEST and not any(map(calendar.is_working_day, _between(begins, last))):
        begins = _before(period, begins)
    return FigureDays(begins, last)


def _before(period: FigurePeriod, first: date) -> date:
    """The first day of the period before that of ``first``."""
    return months_on(first, -1) if period is FigurePeriod.LAST_MONTH else first - 7 * _DAY


def _between(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def day_of_key(key: str) -> date | None:
    """The day of a slot's key, or of one that begins with it; of a week or month the day after it.

    None: the key has no day.
    """
    day, name = day_of_slot(key), re.split("[:/]", key[11:])[0]
    return day if day is None or name not in TOLD_OF else week_or_month_after(FigurePeriod(name), day)


def told_of(day: date, calendar: WorkingDays) -> list[FigurePeriod]:
    """The periods that are told of on ``day`` at the latest, the longer one first."""
    return [
        period
        for period in TOLD_OF
        if (first := told_on(period, day, calendar)) is not None and first <= day <= first + LATEST
    ]


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
