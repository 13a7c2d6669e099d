"""A period as whole months, whole days and open ends, for sums that are kept by month and by day.

The days are those of Beijing time (UTC+8), in whatever zone a campaign lives: what is kept then depends on
the reports alone. Every period is exact all the same, for what its whole days leave out is an open end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8))
ALL_TIME: Final = date(2000, 1, 1)
"""The day under which the sum of all time is kept."""
_DAY: Final = timedelta(days=1)
# The smallest step of a stored moment: "before the day begins" is "up to this much before it".
_STEP: Final = timedelta(microseconds=1)


class Span(StrEnum):
    """The time over which a sum is kept."""

    ALL = "all"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, or whole months by their first days. ``end``: the first one behind them; None: no end."""

    first: date
    end: date | None


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """The moments later than ``after``, up to and with ``until``."""

    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PeriodParts:
    """The parts of a period. No moment is in two of them."""

    ends: tuple[OpenEnd, ...] = ()
    days: tuple[Days, ...] = ()
    months: tuple[Days, ...] = ()


def day_of(moment: datetime) -> date:
    """The day in Beijing."""
    return moment.astimezone(BEIJING).date()


def first_day(span: Span, day: date) -> date:
    """The day under which the sum of a span is kept that contains ``day``."""
    return {Span.DAY: day, Span.MONTH: day.replace(day=1), Span.ALL: ALL_TIME}[span]


def month_after(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=1) + 32 * _DAY).replace(day=1)


def moments_of(day: date) -> OpenEnd:
    """The moments of a day."""
    return OpenEnd(_last_before(day), _last_before(day + _DAY))


def period(since: datetime, until: datetime) -> PeriodParts:
    """The parts of (since, until]. It is empty if ``until`` is not later."""
    # Where the period ends with its last day, that day is a whole one.
    first, last = day_of(since) + _DAY, day_of(until + _STEP)
    if last < first:
        return PeriodParts(_open((since, until)))
    ends = _open((since, _last_before(first)), (_last_before(last), until))
    first_month, last_month = month_after(first - _DAY), last.replace(day=1)
    if first_month >= last_month:
        return PeriodParts(ends, _whole((first, last)))
    days = _whole((first, first_month), (last_month, last))
    return PeriodParts(ends, days, _whole((first_month, last_month)))


def after(moment: datetime) -> PeriodParts:
    """The parts of all that is later than ``moment``."""
    tomorrow = day_of(moment) + _DAY
    next_month = month_after(tomorrow - _DAY)
    ends = _open((moment, _last_before(tomorrow)))
    return PeriodParts(ends, _whole((tomorrow, next_month)), (Days(next_month, None),))


def _last_before(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING).astimezone(UTC) - _STEP


def _open(*ends: tuple[datetime, datetime]) -> tuple[OpenEnd, ...]:
    return tuple(OpenEnd(after, until) for after, until in ends if after < until)


def _whole(*days: tuple[date, date]) -> tuple[Days, ...]:
    return tuple(Days(first, end) for first, end in days if first < end)
