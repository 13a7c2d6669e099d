"""The days of a period in buckets: what stands on the axis of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from rules.periods import FigureDays, FigurePeriod, days_of, months_on

MOST_DAYS: Final = 31
"""A period of so many days has a bucket for each."""
MOST_DAYS_OF_WEEKS: Final = 184
"""A longer one of so many days, as a half year has at most, has one for each week; others have months."""
FURTHEST: Final = timedelta(days=366)
"""No axis goes on for longer behind today."""
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_MONTHS: Final = {FigurePeriod.MONTH: 1, FigurePeriod.QUARTER: 3, FigurePeriod.YEAR: 12}


class BucketLength(StrEnum):
    """How long a bucket is. Weeks are those of ISO 8601."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class DayBucket:
    """The days from ``first`` up to the one before ``end``, of one day, one week or one month.

    The first bucket of a period and its last one may be parts of their week or month.
    """

    first: date
    end: date

    @property
    def last(self) -> date:
        return self.end - _DAY


def length_of(first: date, end: date) -> BucketLength:
    """How long the buckets of the days up to the one before ``end`` are."""
    days = (end - first).days
    if days <= MOST_DAYS:
        return BucketLength.DAY
    return BucketLength.WEEK if days <= MOST_DAYS_OF_WEEKS else BucketLength.MONTH


def buckets_of(first: date, end: date) -> list[DayBucket]:
    """The days up to the one before ``end`` in buckets. No day is left out, and none is in two of them."""
    borders = [first, *_borders(first, end, length_of(first, end)), end]
    return [DayBucket(one, other) for one, other in pairwise(borders)]


def _borders(first: date, end: date, length: BucketLength) -> Iterator[date]:
    """The first days of all buckets behind the first one."""
    day = _after(first, length)
    while day < end:
        yield day
        day = _after(day, length)


def _after(day: date, length: BucketLength) -> date:
    """The first day of the next bucket."""
    match length:
        case BucketLength.DAY:
            return day + _DAY
        case BucketLength.WEEK:
            return day - day.weekday() * _DAY + _WEEK
        case BucketLength.MONTH:
            return months_on(day.replace(day=1), 1)


def end_of(
    period: FigurePeriod, reached: date, days: FigureDays | None = None, last_deadline: date | None = None
) -> date:
    """The day behind the last one of a period, also where that is still to come.

    ``reached``: the last day that it has reached: today, or its own last one. ``days``: those of
    ``FigurePeriod.DAYS``. The whole campaign goes on up to ``last_deadline``. What would go on for more than
    a year is cut there.
    """
    if period is FigurePeriod.WEEK:
        return reached - reached.weekday() * _DAY + _WEEK
    if period in _MONTHS:
        return months_on(days_of(period, reached).first or reached, _MONTHS[period])
    last = reached
    if period is FigurePeriod.DAYS and days is not None:
        last = days.last
    elif period is FigurePeriod.CAMPAIGN and last_deadline is not None:
        last = last_deadline
    return max(reached, min(last, reached + FURTHEST)) + _DAY
