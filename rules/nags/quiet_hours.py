"""Quiet hours: when nobody is pushed, and when a message that falls into them goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rules.slots import local_date, local_slot
from rules.working_days import WorkingDays

_DAY: Final = timedelta(days=1)
_LOOK_AHEAD_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Quiet from ``begins`` to ``ends`` of the next morning, local times, and on days off the whole day.

    With ``days_off`` False only the nights are quiet, as for a duty of every day. ``ValueError`` if the
    waking hours are not a span of one day (``ends`` < ``begins``).
    """

    begins: time = time(21, 0)
    ends: time = time(8, 0)
    days_off: bool = True

    def __post_init__(self) -> None:
        if self.ends >= self.begins:
            raise ValueError(f"quiet hours must end in the morning before they begin: {self.ends}")

    def allows(self, now: datetime, zone: ZoneInfo, calendar: WorkingDays) -> bool:
        """Whether somebody may be pushed at that moment."""
        day = local_date(now, zone)
        if self.days_off and not calendar.is_working_day(day):
            return False
        return local_slot(day, self.ends, zone) <= now < local_slot(day, self.begins, zone)

    def end_of(
        self, moment: datetime, zone: ZoneInfo, calendar: WorkingDays, *, earliest: time | None = None
    ) -> datetime:
        """``moment`` itself (UTC) if it is not quiet then, else the moment at which the quiet ends.

        ``earliest``: a local time of the day. A moved message does not go out before it. With the hour of
        the nags, moved messages merge with the nags. If no working day comes within 400 days, the answer is
        the day after those.
        """
        day = local_date(moment, zone)
        opens = max(self.ends, earliest) if earliest is not None and earliest < self.begins else self.ends
        for _ in range(_LOOK_AHEAD_DAYS + 1):
            if not self.days_off or calendar.is_working_day(day):
                begins, ends = local_slot(day, self.begins, zone), local_slot(day, opens, zone)
                if moment < begins:
                    return max(moment.astimezone(UTC), ends)
            day += _DAY
        return local_slot(day, opens, zone)
