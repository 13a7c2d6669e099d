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


@dataclass(frozen=True, slots=True)
class EarlierPeriod:
    """An earlier period, whole. ``place``: its day on which it had run as far as the other has by today.

    None: it is compared whole.
    """

    days: PeriodDays
    place: date | None


_MONTHS: Final = {
    FigurePeriod.MONTH: 1,
    FigurePeriod.LAST_MONTH: 1,
    FigurePeriod.QUARTER: _QUARTER,
    FigurePeriod.LAST_QUARTER: _QUARTER,
    FigurePeriod.YEAR: _YEAR,
}
_WEEKS: Final = (FigurePeriod.WEEK, FigurePeriod.LAST_WEEK)
# Days that are longer than that overlap with those of a year before.
_LONGEST: Final = timedelta(days=366)


def before(period: FigurePeriod, today: date, days: FigureDays | None = None) -> EarlierPeriod | None:
    """环比: the period before. None: nothing comes before it that is alike.

    A year is compared with the year before by ``year_before`` alone.
    """
    mine = days_of(period, today, days)
    if mine.first is None or period is FigurePeriod.YEAR:
        return None
    if period in _MONTHS:
        first = months_on(mine.first, -_MONTHS[period])
    elif period in _WEEKS:
        first = mine.first - _WEEK
    else:
        first = mine.first - ((mine.end or today + _DAY) - mine.first)
    place = first + (today - mine.first)
    # Of a shorter month all is compared.
    runs = mine.end is None and place < mine.first
    return EarlierPeriod(PeriodDays(first, mine.first), place if runs else None)


def year_before(period: FigurePeriod, today: date, days: FigureDays | None = None) -> EarlierPeriod | None:
    """同比: the same period a year before. None: there is none, or the two would overlap."""
    mine = days_of(period, today, days)
    if mine.first is None:
        return None
    if period in _WEEKS:
        first = mine.first - _YEAR_OF_WEEKS
        whole, place = PeriodDays(first, first + _WEEK), today - _YEAR_OF_WEEKS
    else:
        last = (mine.end or today + _DAY) - _DAY
        if last - mine.first >= _LONGEST:
            return None
        first, place = months_on(mine.first, -_YEAR), months_on(today, -_YEAR)
        months = _MONTHS.get(period)
        end = months_on(last, -_YEAR) + _DAY if months is None else months_on(first, months)
        whole = PeriodDays(first, end)
    return EarlierPeriod(whole, place if mine.end is None else None)


def months_on(day: date, months: int) -> date:
    """The same day so many months later; of a shorter month the last one."""
    year, month = divmod(day.year * _YEAR + day.month - 1 + months, _YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
