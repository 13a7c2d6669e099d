"""Slots: named moments of a local day (brief, nag, tally) as UTC instants, right at the edges of DST too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)
LOOK_BACK_DAYS: Final = 40
# Whoever asks for one slot asks for it thousands of times: each person of a tick has the same hours.
_KNOWN_SLOTS: Final = 4_096


@dataclass(frozen=True, slots=True)
class SlotTimes:
    """Local times of the daily slots: when the brief, the nags and the tally go out.

    ``digest``: when groups get the tally of a week or a month, on the day on which it is told of.
    """

    brief: time = time(8, 0)
    digest: time = time(8, 30)
    nag: time = time(9, 0)
    tally: time = time(18, 0)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    @property
    def day_closes(self) -> time:
        """The end of the day's reports. A later report is late, or belongs to the next working day.

        It is the hour of the tally, which counts the day.
        """
        return self.tally

    @property
    def brief_ends(self) -> time:
        """The hour from which the day's brief is out of date and stays back. The tally takes its place."""
        return self.tally


def day_of_slot(key: str) -> date | None:
    """The day of a slot's key, or of a key that begins with one; None: it is none."""
    try:
        return date.fromisoformat(key[:10]) if key[10:11] == "/" else None
    except ValueError:
        return None


def slot_key(day: date, name: str) -> str:
    """The slot's identity, such as ``2026-12-18/nag``: it makes sending twice impossible."""
    return f"{day:%Y-%m-%d}/{name}"


def local_date(now: datetime, zone: ZoneInfo) -> date:
    """The local date of an instant; ``ValueError`` for a naive one."""
    if now.utcoffset() is None:
        raise ValueError("now must be aware")
    return now.astimezone(zone).date()


@lru_cache(maxsize=_KNOWN_SLOTS)
def local_slot(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time.

    A time that occurs twice means its first occurrence; one that the clocks jump over means the first
    moment after the jump.
    """
    wall = datetime.combine(day, at.replace(fold=0), tzinfo=zone)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    return _end_of_gap(wall.replace(fold=1, microsecond=0).astimezone(UTC), instant, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant in (before, after] at which the zone's offset changes; offsets change at whole seconds."""
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def latest_slot(now: datetime, at: time, zone: ZoneInfo, is_slot_day: Callable[[date], bool]) -> date | None:
    """The latest local date whose slot is at or before ``now``; None if there is none in the last 40 days."""
    # One day ahead too: where clocks fall back over midnight, tomorrow's first minutes may lie behind us.
    day = local_date(now, zone) + _DAY
    for _ in range(LOOK_BACK_DAYS + 1):
        if is_slot_day(day) and local_slot(day, at, zone) <= now:
            return day
        day -= _DAY
    return None
