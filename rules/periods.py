"""Periods for which figures are counted, and the earlier ones with which they are compared."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
# The same week of the year before: the weekdays fall together.
_YEAR_OF_WEEKS: Final = timedelta(weeks=52)
_QUARTER: Final = 3
_YEAR: Final = 12


class FigurePeriod(StrEnum):
    """A period. It ends now at the latest. Weeks are those of ISO 8601: they begin on Monday.

    ``CAMPAIGN``: from the first report or case. ``DAYS``: from one day to another, as somebody wrote them.
    """

    DAY = "day"
    WEEK = "week"
    LAST_WEEK = "last_week"
    MONTH = "month"
    LAST_MONTH = "last_month"
    QUARTER = "quarter"
    LAST_QUARTER = "last_quarter"
    YEAR = "year"
    CAMPAIGN = "campaign"
    DAYS = "days"


NAMED: Final = tuple(period for period in FigurePeriod if period is not FigurePeriod.DAYS)
"""The periods that have a name and a button."""


@dataclass(frozen=True, slots=True)
class FigureDays:
    """The days of ``FigurePeriod.DAYS``; both count."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class PeriodDays:
    """Days from ``first`` (None: from the very first). ``end``: the day behind the last; None: it runs."""

    first: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class PeriodSpan:
    """The moments later than ``since`` (None: from the very first), up to and with ``until``."""

    since: datetime | None
    until: datetime


def days_of(period: FigurePeriod, today: date, days: FigureDays | None = None) -> PeriodDays:
    """The days of a period as it is on ``today``. ``days``: those of ``FigurePeriod.DAYS``."""
    monday, month = today - today.weekday() * _DAY, today.replace(day=1)
    quarter = months_on(month, -((today.month - 1) % _QUARTER))
    match period:
        case FigurePeriod.DAY:
            return PeriodDays(today, None)
        case FigurePeriod.WEEK:
            return PeriodDays(monday, None)
        case FigurePeriod.LAST_WEEK:
            return PeriodDays(monday - _WEEK, monday)
        case FigurePeriod.MONTH:
            return PeriodDays(month, None)
        case FigurePeriod.LAST_MONTH:
            return PeriodDays(months_on(month, -1), month)
        case FigurePeriod.QUARTER:
            return PeriodDays(quarter, None)
        case FigurePeriod.LAST_QUARTER:
            return PeriodDays(months_on(quarter, -_QUARTER), quarter)
        case FigurePeriod.YEAR:
            return PeriodDays(today.replace(month=1, day=1), None)
        case FigurePeriod.DAYS if days is not None:
            return PeriodDays(days.first, None if days.last >= today else days.last + _DAY)
    return PeriodDays(None, None)


_MONTHS: Final = {
    FigurePeriod.MONTH: 1,
    FigurePeriod.LAST_MONTH: 1,
    FigurePeriod.QUARTER: _QUARTER,
    FigurePeriod.LAST_QUARTER: _QUARTER,
}


def before(period: FigurePeriod, today: date, days: FigureDays | None = None) -> PeriodDays | None:
    """环比: the days of the period before, whole. None: nothing comes before it that is alike.

    A year is compared with the year before by ``year_before`` alone.
    """
    mine = days_of(period, today, days)
    if mine.first is None or period is FigurePeriod.YEAR:
        return None
    if period in _MONTHS:
        return PeriodDays(months_on(mine.first, -_MONTHS[period]), mine.first)
    if period in (FigurePeriod.WEEK, FigurePeriod.LAST_WEEK):
        return PeriodDays(mine.first - _WEEK, mine.first)
    length = (mine.end or today + _DAY) - mine.first
    return PeriodDays(mine.first - length, mine.first)


def year_before(period: FigurePeriod, today: date, days: FigureDays | None = None) -> PeriodDays | None:
    """同比: the days of the same period a year before, whole. None: there is no such period."""
    mine = days_of(period, today, days)
    if mine.first is None:
        return None
    whole = mine.end or _end_of_running(period, mine.first, today)
    if period in (FigurePeriod.WEEK, FigurePeriod.LAST_WEEK):
        return PeriodDays(mine.first - _YEAR_OF_WEEKS, whole - _YEAR_OF_WEEKS)
    return PeriodDays(months_on(mine.first, -_YEAR), months_on(whole, -_YEAR))


def _end_of_running(period: FigurePeriod, first: date, today: date) -> date:
    if period is FigurePeriod.WEEK:
        return first + _WEEK
    months = _YEAR if period is FigurePeriod.YEAR else _MONTHS.get(period)
    return today + _DAY if months is None else months_on(first, months)


def same_place(mine: PeriodDays, today: date, other: PeriodDays) -> date | None:
    """The day of ``other`` that lies as far from its beginning as ``today`` from that of ``mine``.

    None: ``other`` is shorter, so it is over by then.
    """
    if mine.first is None or other.first is None:
        return None
    day = other.first + (today - mine.first)
    return None if other.end is not None and day >= other.end else day


def months_on(day: date, months: int) -> date:
    """The same day so many months later; of a shorter month the last one."""
    year, month = divmod(day.year * _YEAR + day.month - 1 + months, _YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
