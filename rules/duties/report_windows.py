"""Windows of recurring reports: the time in which the report of one period is expected.

A period is a day, week, fortnight, month, quarter or shift.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from rules.duties.frequencies import Frequency
from rules.slots import SlotTimes, local_date, local_slot
from rules.working_time import TimeUnit, WorkingTime

SHIFTS: Final = (time(8), time(20))
REMINDED: Final = 80
"""Per cent of a window's time after which those who have not reported are reminded."""

_DAY: Final = timedelta(days=1)
_HORIZON: Final = 800
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Window:
    """One window, the time in which the report of one period is expected.

    It opens with its period: the local days ``first`` to ``last`` (a shift has the day on which it begins).
    It ``closes`` when its last working day ``day`` closes; a report after that is late. Until ``over``, the
    end of the period, a report that names no day still belongs to it.

    ``ends``: from then on no new message is about this window. A day and a shift end when the next one opens.
    A longer period ends when the people who have not reported in the next one are reminded, so that nobody
    hears of two windows at once. ``told_until`` is the moment of that reminder: until then, a message that
    was put off, as through a night, still goes out.
    """

    key: str
    opens: datetime
    closes: datetime
    over: datetime
    ends: datetime
    day: date
    first: date
    last: date
    all_hours: bool = False
    told_until: datetime | None = None

    def takes(self, reported: datetime, about: date | None, named: Collection[str] = ()) -> bool:
        """Whether a report belongs here.

        The keys that it names decide; else the day that its words state; else the moment at which it came in.
        """
        if named:
            return self.key in named
        if about is not None:
            return self.first <= about <= self.last
        return self.opens < reported <= self.over

    def is_late(self, reported: datetime) -> bool:
        return reported > self.closes

    def to_json(self) -> dict[str, Any]:
        return {name: _to_json(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Window:
        opens, closes, over, ends = (
            datetime.fromisoformat(data[name]) for name in ("opens", "closes", "over", "ends")
        )
        day, first, last = (date.fromisoformat(data[name]) for name in ("day", "first", "last"))
        told_until = data["told_until"] and datetime.fromisoformat(data["told_until"])
        return cls(
            data["key"], opens, closes, over, ends, day, first, last, data["all_hours"], told_until or None
        )


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Finds the windows of a frequency.

    ``shifts``: their begins, in order; each lasts until the next. ``parity``: that of the weeks with which
    fortnights begin (see ``week_parity``).
    """

    frequency: Frequency
    slots: SlotTimes
    clock: WorkingTime
    shifts: tuple[time, ...] = SHIFTS
    parity: int = 0

    def closing(self, since: datetime, until: datetime) -> list[Window]:
        """The windows that close in (since, until], in order."""
        found = []
        for window in self._from(self._begin(since)):
            if window.closes > until:
                break
            if window.closes > since:
                found.append(window)
        return found

    def current(self, now: datetime) -> list[Window]:
        """The windows that messages may be about at ``now``.

        They are the open one, and the last one that closed, until its ``ends``.
        """
        return [window for window in self._near(now) if window.opens <= now < window.ends]

    def last_and_open(self, now: datetime) -> list[Window]:
        """The last window that closed, and those that are open."""
        near = self._near(now)
        closed = [window for window in near if window.closes <= now]
        return closed[-1:] + [window for window in near if window.closes > now]

    def lately(self, now: datetime) -> list[Window]:
        """The window that has ended, as long as messages about it that were put off may still go out."""
        return [w for w in self._near(now) if w.told_until is not None and w.ends <= now < w.told_until]

    def taking(self, reported: datetime, about: date | None, named: Collection[str] = ()) -> list[Window]:
        """The windows to which a report belongs; ``named``: the keys that it names."""
        if named:
            return [window for key in named if (window := self.keyed(key)) is not None]
        start = self._begin(reported) if about is None else about - _DAY
        found = []
        for window in self._from(self._period(start)[0]):
            if about is None and window.opens > reported:
                break
            if about is not None and window.first > about:
                break
            if window.takes(reported, about):
                found.append(window)
        return found

    def keyed(self, key: str) -> Window | None:
        """The window with that key; None: this rhythm has none."""
        try:
            day = _first_day(key)
        except ValueError:
            return None
        around = self.taking(local_slot(day, time(0), self.slots.zone), day)
        return next((window for window in around if window.key == key), None)

    def next_open(self, now: datetime) -> datetime:
        """When the next window opens, strictly after ``now``."""
        return next(window.opens for window in self._bare(self._begin(now)) if window.opens > now)

    def share(self, window: Window, percent: int) -> datetime:
        """The moment at which so many per cent of the window's time are over.

        Its working time counts, if it has any and does not run day and night.
        """
        return _share(self.clock, window.opens, window.closes, percent, window.all_hours)

    def _near(self, now: datetime) -> list[Window]:
        """The last window that closed, and all that opened since. Many days may pass without a window."""
        first = self._begin(now)
        found: list[Window] = []
        for _ in range(_HORIZON):
            found = []
            for window in self._from(first):
                if window.opens > now:
                    break
                found.append(window)
            if any(window.closes <= now for window in found):
                break
            first = self._period(first - _DAY)[0]
        return found

    def _begin(self, now: datetime) -> date:
        """The first day of the period in which, or right after which, ``now`` lies."""
        # Starts a day early: a shift of the evening before may still be on.
        return self._period(local_date(now, self.slots.zone) - _DAY)[0]

    def _period(self, day: date) -> Days:
        match self.frequency:
            case Frequency.DAILY | Frequency.SHIFT:
                return day, day
            case Frequency.WEEKLY:
                monday = day - day.weekday() * _DAY
                return monday, monday + 6 * _DAY
            case Frequency.FORTNIGHTLY:
                monday = day - (day.weekday() + 7 * (week_parity(day) != self.parity)) * _DAY
                return monday, monday + 13 * _DAY
            case Frequency.MONTHLY:
                return day.replace(day=1), _month_end(day)
            case Frequency.QUARTERLY:
                begins = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
                return begins, _month_end(begins.replace(month=begins.month + 2))

    def _from(self, first: date) -> Iterator[Window]:
        """The windows of the periods from ``first`` on, without end."""
        for window, following in pairwise(self._bare(first)):
            yield self._ended(window, following)

    def _ended(self, window: Window, following: Window) -> Window:
        reminded = self.share(following, REMINDED)
        if self.frequency is Frequency.SHIFT:
            return replace(window, told_until=reminded)
        ends = following.opens if self.frequency is Frequency.DAILY else reminded
        return replace(window, ends=ends, told_until=reminded)

    def _bare(self, first: date) -> Iterator[Window]:
        while True:
            yield from self._shifts_of(first) if self.frequency is Frequency.SHIFT else self._window_of(first)
            first = self._period(first)[1] + _DAY

    def _window_of(self, first: date) -> Iterator[Window]:
        """The window of the period that begins with ``first``; none if nobody works in it."""
        last, zone = self._period(first)[1], self.slots.zone
        day = last
        while not self.clock.calendar.is_working_day(day):
            if day == first:
                return
            day -= _DAY
        opens = local_slot(first, time(0), zone)
        closes = local_slot(day, self.slots.day_closes, zone)
        over = local_slot(last + _DAY, time(0), zone)
        if opens < closes:
            yield Window(_key(self.frequency, first), opens, closes, over, over, day, first, last)

    def _shifts_of(self, day: date) -> Iterator[Window]:
        zone = self.slots.zone
        begins = [local_slot(day, at, zone) for at in self.shifts]
        ends = [*begins[1:], local_slot(day + _DAY, self.shifts[0], zone)]
        for at, opens, closes in zip(self.shifts, begins, ends, strict=True):
            if opens < closes:  # else the clocks jump over it
                key = f"{day:%Y-%m-%d}/{at:%H:%M}"
                until = local_date(closes, zone)
                yield Window(key, opens, closes, closes, closes, until, day, day, all_hours=True)


# Every message asks about the same few windows, and a quarter has many working days.
@lru_cache(maxsize=512)
def _share(clock: WorkingTime, opens: datetime, closes: datetime, percent: int, all_hours: bool) -> datetime:
    unit = TimeUnit.NATURAL_DAY if all_hours else TimeUnit.WORKING_DAY
    whole = clock.between(opens, closes, unit)
    if not whole:
        whole, unit = closes - opens, TimeUnit.NATURAL_DAY
    return clock.add_time(opens, whole * percent / 100, unit).astimezone(UTC)


def read_shifts(text: str) -> tuple[time, ...]:
    """The begins of a day's shifts, read from 08:00,20:00; ``ValueError`` for any other form."""
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    if not all(re.fullmatch(r"\d\d?:\d\d", part) for part in parts):
        raise ValueError("must be times of a day such as 08:00,20:00")
    shifts = tuple(time(int(hour), int(minute)) for hour, minute in (part.split(":") for part in parts))
    if any(one >= other for one, other in pairwise(shifts)):
        raise ValueError("must be in order, each time once, such as 08:00,20:00")
    return shifts


def week_parity(day: date) -> int:
    """0 or 1, in turn from week to week, whatever the year: two weeks are a fortnight from the first on.

    >>> [week_parity(date(2026, 12, day)) for day in (7, 13, 14, 21)]
    [0, 0, 1, 0]
    """
    return (day.toordinal() - 1) // 7 % 2


def _to_json(value: str | bool | date) -> str | bool:
    return value.isoformat() if isinstance(value, date) else value


def _month_end(day: date) -> date:
    return (day.replace(day=1) + 32 * _DAY).replace(day=1) - _DAY


def _first_day(key: str) -> date:
    """The first day of a window's key; ``ValueError`` if it is none."""
    if found := re.fullmatch(r"(\d{4})-W(\d\d)(?:-\d\d)?", key):
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", key):
        return date(int(found[1]), 3 * int(found[2]) - 2, 1)
    if found := re.fullmatch(r"(\d{4})-(\d\d)", key):
        return date(int(found[1]), int(found[2]), 1)
    return date.fromisoformat(key.partition("/")[0])


def _key(frequency: Frequency, first: date) -> str:
    match frequency:
        case Frequency.DAILY | Frequency.SHIFT:
            return first.isoformat()
        case Frequency.WEEKLY:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}"
        case Frequency.FORTNIGHTLY:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}-{(first + 7 * _DAY).isocalendar().week:02}"
        case Frequency.MONTHLY:
            return f"{first:%Y-%m}"
        case Frequency.QUARTERLY:
            return f"{first.year}-Q{(first.month + 2) // 3}"
