"""未报告: counts the working days on which a unit has reported nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rules.slots import SlotTimes, local_date, local_slot
from rules.working_days import WorkingDays

LOOK_BACK_DAYS = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """Working days on which a report was owed and none came: those that are over, and whether today is one.

    Today is owed from the hour of the nags on. It is among the ``days`` once it has closed.
    """

    days: int = 0
    today: bool = False


def silence(
    reported: datetime | None, entrusted: datetime, now: datetime, slots: SlotTimes, calendar: WorkingDays
) -> Silence:
    """For how long nobody has reported who owed it.

    A day's report is owed if the unit had a task at the hour of the nags (``entrusted``). The last report
    (``reported``; None: none yet) belongs to the day of the tally that counts it; after the day's close that
    is the next working day. The function looks back at most ``LOOK_BACK_DAYS`` days.
    """
    day = local_date(now, slots.zone)
    spoken = None if reported is None else _day_of(reported, slots, calendar)
    count, running = 0, False
    for _ in range(LOOK_BACK_DAYS):
        morning = local_slot(day, slots.nag, slots.zone)
        if morning <= entrusted or (spoken is not None and day <= spoken):
            break
        if morning <= now and calendar.is_working_day(day):
            is_over = local_slot(day, slots.day_closes, slots.zone) <= now
            count, running = count + is_over, running or not is_over
        day -= _DAY
    return Silence(count, running)


def _day_of(reported: datetime, slots: SlotTimes, calendar: WorkingDays) -> date:
    day = local_date(reported, slots.zone)
    in_time = reported <= local_slot(day, slots.day_closes, slots.zone)
    return day if in_time and calendar.is_working_day(day) else calendar.add(day, 1)
