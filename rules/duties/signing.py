"""签收: the last day on which a task that was handed over is signed for in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from rules.nags.inspections import lasts_on
from rules.nags.ladder import Period
from rules.slots import local_date
from rules.working_days import WorkingDays

SIGNING_DAYS: Final = 1
"""Working days within which a task is signed for."""


def sign_by(
    assigned_at: datetime, zone: ZoneInfo, calendar: WorkingDays, inspections: Sequence[Period] = ()
) -> date:
    """The last local date on which 签收 is in time: the first working day after the day of ``assigned_at``.

    While 迎检 lasts (``inspections``), it is the day of ``assigned_at`` itself, if that is a working day.
    The whole date is in time; the 签收 is late when the next day begins. A task that is handed over on a day
    off counts as handed over on that day. Raises ``ValueError`` if ``assigned_at`` is naive.
    """
    day = local_date(assigned_at, zone)
    if lasts_on(day, inspections) and calendar.is_working_day(day):
        return day
    return calendar.add(day, SIGNING_DAYS)
