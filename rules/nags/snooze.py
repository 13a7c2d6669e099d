"""Snooze: until when a reminded person may put the reminder off."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from rules.nags.quiet_hours import QuietHours
from rules.slots import local_date, local_slot
from rules.working_days import WorkingDays

AFTERNOON: Final = time(15, 0)
_TWO_HOURS: Final = timedelta(hours=2)
_DAY: Final = timedelta(days=1)


class SnoozeChoice(StrEnum):
    """The choices of a snooze: 2小时后, 今天下午, 明早, 下一个工作日."""

    TWO_HOURS = "two_hours"
    AFTERNOON = "afternoon"
    MORNING = "morning"
    WORKING_DAY = "working_day"


RELAY_DAYS: Final = 2
"""A person who has passed a reminder on is left alone about it until that working day after."""


def relay_end(
    now: datetime, days: int, zone: ZoneInfo, quiet: QuietHours, calendar: WorkingDays, morning: time
) -> datetime:
    """When a reminder comes again that was passed on (UTC), ``days`` working days later.

    ``morning``: as in ``choices``.
    """
    return _morning_of(calendar.add(local_date(now, zone), days), zone, quiet, calendar, morning)


def _morning_of(
    day: date, zone: ZoneInfo, quiet: QuietHours, calendar: WorkingDays, morning: time
) -> datetime:
    hour = local_slot(day, morning, zone)
    awake = quiet.end_of(hour, zone, calendar)
    return awake if local_date(awake, zone) == day else hour


def choices(
    now: datetime, zone: ZoneInfo, quiet: QuietHours, calendar: WorkingDays, morning: time
) -> dict[SnoozeChoice, datetime]:
    """The moments (UTC) that are offered, the soonest first.

    The same moment is offered once. No moment lies in the quiet hours: it moves to their end, or is left
    out. ``morning``: the hour of the nags or, if the person's quiet hours last longer, the end of those.
    """
    today = local_date(now, zone)

    morning_of = partial(_morning_of, zone=zone, quiet=quiet, calendar=calendar, morning=morning)
    wanted = {
        SnoozeChoice.TWO_HOURS: quiet.end_of(now + _TWO_HOURS, zone, calendar, earliest=None),
        SnoozeChoice.AFTERNOON: local_slot(today, AFTERNOON, zone),
        SnoozeChoice.MORNING: morning_of(today + _DAY),
        SnoozeChoice.WORKING_DAY: morning_of(calendar.add(today, 1)),
    }
    found: dict[SnoozeChoice, datetime] = {}
    for name, moment in wanted.items():
        if moment > now and quiet.allows(moment, zone, calendar) and moment not in found.values():
            found[name] = moment
    return found
