"""Working days in China: weekends, public holidays and the working weekends that make up for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from rules.legal_holidays import is_legal_holiday

_DAY: Final = timedelta(days=1)
_FRIDAY: Final = 4


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The calendar. ``overrides`` (date → is it a working day) win over the package's data.

    Where the package knows nothing (see ``covered_until``), Monday to Friday are working days, except for the
    legal holidays. People have to be told of such a guess (``is_fallback``). A year whose New Year's Day is
    overridden is no guess: every sheet of a year's holidays names that day, so the office has entered that
    year, and all its other days are as in any week. Every method refuses a ``datetime`` with ``TypeError``:
    its date depends on a zone.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))

    @property
    def covered_until(self) -> date:
        """The last day for which the installed calendar package has data."""
        return _covered()[1]

    @property
    def known_until(self) -> date:
        """The last day of the last year that the package or the overrides know, without a gap."""
        end = self.covered_until
        while self._is_entered(end.year + 1):
            end = date(end.year + 1, 12, 31)
        return end

    def is_working_day(self, day: date) -> bool:
        _refuse_datetime(day)
        if day in self.overrides:
            return self.overrides[day]
        first, last = _covered()
        if first <= day <= last:
            return _published(day)
        return day.weekday() <= _FRIDAY and not is_legal_holiday(day)

    def is_fallback(self, day: date) -> bool:
        """True if neither the package nor the overrides know ``day``, so that it is guessed."""
        _refuse_datetime(day)
        first, last = _covered()
        return not first <= day <= last and day not in self.overrides and not self._is_entered(day.year)

    def _is_entered(self, year: int) -> bool:
        return date(year, 1, 1) in self.overrides

    def add(self, day: date, n: int) -> date:
        """The ``n``-th working day strictly after ``day``, before it if ``n`` < 0; ``day`` itself for 0."""
        _refuse_datetime(day)
        step = _DAY if n > 0 else -_DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def before(self, day: date, n: int) -> date:
        """The ``n``-th working day (``n`` ≥ 1, else ``ValueError``) strictly before ``day``."""
        if n < 1:
            raise ValueError(f"n must be 1 or more, not {n}")
        return self.add(day, -n)


class EveryDay(WorkingDays):
    """The calendar of a duty that knows no days off, as one in shifts."""

    def is_working_day(self, day: date) -> bool:
        return True


EVERY_DAY: Final = EveryDay()


def _refuse_datetime(day: date) -> None:
    if isinstance(day, datetime):
        raise TypeError("a working day is a local date, not a datetime")


# The package is imported at the first question, so that a command that needs no calendar does not pay for it.
@cache
def _covered() -> tuple[date, date]:
    from chinese_calendar import holidays

    return date(min(holidays).year, 1, 1), date(max(holidays).year, 12, 31)


# The package walks over all its holidays at each call, and one scan of the tasks asks for the same few days.
@lru_cache(maxsize=16384)
def _published(day: date) -> bool:
    from chinese_calendar import is_workday

    return bool(is_workday(day))
