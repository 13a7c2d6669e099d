"""How often a member of the office gets notices: at once, every two hours, or twice a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from rules.slots import local_date, local_slot
from rules.working_days import WorkingDays


class NoticeRhythm(StrEnum):
    """即时, 每两小时, or 每日两次."""

    AT_ONCE = "at_once"
    TWO_HOURLY = "two_hourly"
    TWICE_A_DAY = "twice_a_day"


HOURS: Final[Mapping[NoticeRhythm, Sequence[int]]] = {
    NoticeRhythm.TWO_HOURLY: (8, 10, 12, 14, 16, 18),
    NoticeRhythm.TWICE_A_DAY: (9, 15),
}
"""The local hours of working days at which gathered notices come."""
_DAY: Final = timedelta(days=1)


def gathered_until(rhythm: NoticeRhythm, moment: datetime, zone: ZoneInfo, calendar: WorkingDays) -> datetime:
    """The last hour of the rhythm up to ``moment``: what was noted up to then is told now.

    AT_ONCE: ``moment`` itself.
    """
    if rhythm is NoticeRhythm.AT_ONCE:
        return moment
    day = local_date(moment, zone)
    while not (past := [slot for slot in _slots(rhythm, day, zone, calendar) if slot <= moment]):
        day -= _DAY
    return past[-1]


def told_at(rhythm: NoticeRhythm, moment: datetime, zone: ZoneInfo, calendar: WorkingDays) -> datetime:
    """The first hour of the rhythm from ``moment`` on. AT_ONCE: ``moment`` itself."""
    if rhythm is NoticeRhythm.AT_ONCE:
        return moment
    day = local_date(moment, zone)
    while not (to_come := [slot for slot in _slots(rhythm, day, zone, calendar) if slot >= moment]):
        day += _DAY
    return to_come[0]


def _slots(rhythm: NoticeRhythm, day: date, zone: ZoneInfo, calendar: WorkingDays) -> list[datetime]:
    """The moments of the rhythm on that local day; none on a day off."""
    if not calendar.is_working_day(day):
        return []
    return [local_slot(day, time(hour), zone) for hour in HOURS[rhythm]]
