"""Time limits as the field has them: hours that run day and night, hours of working days, working days, days.

All is reckoned in UTC. A day's hours and a natural day's time on the clock are local. Both are right in DST
gaps too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from rules.office_hours import WORKING_DAY, Hours, OfficeHours
from rules.slots import local_date, local_slot
from rules.working_days import WorkingDays

_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)
Span = tuple[datetime, datetime]

MOST: Final = timedelta(days=3650)
"""More time than this, in any unit, is a mistake and no limit."""


class TimeUnit(StrEnum):
    """紧急工作时, 工作时, 工作日 (8 工作时), 自然日."""

    URGENT_HOUR = "urgent_hour"
    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"
    NATURAL_DAY = "natural_day"


@dataclass(frozen=True, slots=True)
class _UnitFacts:
    """``worked``: it runs in the hours of working days only. ``days``: what is left is told in days."""

    length: timedelta
    worked: bool
    days: bool


_FACTS: Final[Mapping[TimeUnit, _UnitFacts]] = {
    TimeUnit.URGENT_HOUR: _UnitFacts(timedelta(hours=1), worked=False, days=False),
    TimeUnit.WORKING_HOUR: _UnitFacts(timedelta(hours=1), worked=True, days=False),
    TimeUnit.WORKING_DAY: _UnitFacts(WORKING_DAY, worked=True, days=True),
    TimeUnit.NATURAL_DAY: _UnitFacts(_DAY, worked=False, days=True),
}
OF_THE_OFFICE: Final = frozenset(unit for unit, facts in _FACTS.items() if facts.worked)
TOLD_IN_DAYS: Final = frozenset(unit for unit, facts in _FACTS.items() if facts.days)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Reckons with the hours of working days. Every method refuses naive datetimes with ``ValueError``.

    A time that begins outside the hours counts from the next opening (going back: from the last closing). A
    time that ends exactly when the hours end stays there: 4 工作时 from 08:00 end at 12:00, not at 14:00.
    ``hours`` gives each day its own hours; a 工作日 is always as long as 8 工作时.
    """

    calendar: WorkingDays
    zone: ZoneInfo
    hours: OfficeHours = field(default_factory=OfficeHours)

    def add(self, start: datetime, amount: Decimal | int, unit: TimeUnit) -> datetime:
        """The moment (UTC) ``amount`` units after ``start``, or before it if ``amount`` is negative.

        A natural day ends at the same time on the clock. A part of a natural day is hours.
        """
        if unit is not TimeUnit.NATURAL_DAY:
            return self.add_time(start, _stretch(amount, unit), unit)
        local = _in_utc(start).astimezone(self.zone)
        _refuse_beyond(_stretch(amount, unit))
        whole = int(amount)
        if whole:
            start = local_slot(local.date() + whole * _DAY, local.time(), self.zone)
        return self.add_time(start, _stretch(Decimal(amount) - whole, unit), unit)

    def between(self, start: datetime, end: datetime, unit: TimeUnit) -> timedelta:
        """The time from ``start`` to ``end``, as the unit counts it: working time, or all time.

        It is negative if ``end`` is earlier.
        """
        start, end = _in_utc(start), _in_utc(end)
        if unit not in OF_THE_OFFICE:
            return end - start
        if end < start:
            return -self.between(end, start, unit)
        worked = timedelta()
        for opened, closed in self._spans_after(start):
            if opened >= end:
                break
            worked += min(closed, end) - max(opened, start)
        return worked

    def add_time(self, start: datetime, stretch: timedelta, unit: TimeUnit) -> datetime:
        """The inverse of ``between``: the moment (UTC) that ``stretch`` of that unit's time leads to."""
        start = _in_utc(start)
        _refuse_beyond(stretch)
        if unit not in OF_THE_OFFICE or not stretch:
            return start + stretch
        return self._forward(start, stretch) if stretch > timedelta() else self._back(start, -stretch)

    def guessed(self, start: datetime, end: datetime) -> bool:
        """Whether nobody knows yet of some day from ``start`` to ``end`` if it is a working day.

        People have to be told so.
        """
        first, last = sorted((local_date(start, self.zone), local_date(end, self.zone)))
        days = (first + n * _DAY for n in range((last - first).days + 1))
        return any(map(self.calendar.is_fallback, days))

    def _forward(self, start: datetime, left: timedelta) -> datetime:
        for opened, closed in self._spans_after(start):
            begin = max(opened, start)
            if left <= closed - begin:
                return begin + left
            left -= closed - begin
        raise OverflowError("no working time is left in the calendar")

    def _back(self, start: datetime, left: timedelta) -> datetime:
        for opened, closed in self._spans_before(start):
            end = min(closed, start)
            if left <= end - opened:
                return end - left
            left -= end - opened
        raise OverflowError("no working time is left in the calendar")

    def _spans_after(self, start: datetime) -> Iterator[Span]:
        """The spans of working time that are not over at ``start``, in order, without end."""
        # Where clocks fall back over midnight, hours of the day before may still lie ahead.
        day = local_date(start, self.zone) - _DAY
        while True:
            for span in self._spans(day):
                if span[1] > start:
                    yield span
            day += _DAY

    def _spans_before(self, start: datetime) -> Iterator[Span]:
        """The spans that have begun at ``start``, the latest first, without end."""
        day = local_date(start, self.zone) + _DAY
        while True:
            for span in reversed(self._spans(day)):
                if span[0] < start:
                    yield span
            day -= _DAY

    def _spans(self, day: date) -> tuple[Span, ...]:
        if not self.calendar.is_working_day(day):
            return ()
        return _hours_on(day, self.zone, self.hours.on(day))


# Ledgers and figures ask for the same few days thousands of times.
@lru_cache(maxsize=4096)
def _hours_on(day: date, zone: ZoneInfo, hours: Hours) -> tuple[Span, ...]:
    """The hours of a day in UTC, without hours that the clocks jump over."""
    spans = ((local_slot(day, opens, zone), local_slot(day, closes, zone)) for opens, closes in hours)
    return tuple(span for span in spans if span[0] < span[1])


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"naive datetime {moment!r}: give it a zone")
    return moment.astimezone(UTC)


def _stretch(amount: Decimal | int, unit: TimeUnit) -> timedelta:
    """An amount of a unit as time, exact to the microsecond."""
    parts = Decimal(amount) * (_FACTS[unit].length // _MICROSECOND)
    try:
        return timedelta(microseconds=int(parts.to_integral_value(ROUND_HALF_UP)))
    except OverflowError:
        raise ValueError(f"{amount} is too much") from None


def _refuse_beyond(stretch: timedelta) -> None:
    if abs(stretch) > MOST:
        raise ValueError(f"{stretch} is more than {MOST}")
