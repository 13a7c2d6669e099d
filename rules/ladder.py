"""The ladder of a task's nags: three working days before its deadline, on the day, each working day after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from rules.slots import local_date, local_slot, next_slot
from rules.working_days import WorkingDays

WARNING_DAYS: Final = 3
"""Working days before a deadline from which a task is announced as nearly due."""

QUIET_FROM: Final = time(21, 0)
"""Local time from which nothing is nagged any more that day."""


class Rung(StrEnum):
    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Nag:
    """A nag to be sent now.

    ``day`` is the local date on which it fires, to be stored as the task's ``last_nagged``; ``slot_date``
    is the date of the slot that it answers, earlier than ``day`` if the program was down. ``rung`` and
    ``days_left`` (calendar days, negative when over) tell how the task stands on ``day``.
    """

    day: date
    slot_date: date
    rung: Rung
    days_left: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now (``nag``, or nothing) and when to look again (UTC, strictly later than now)."""

    next_at: datetime
    nag: Nag | None = None


def hint_leader(rung: Rung) -> bool:
    """True if the unit's leader_in_charge gets a hint along with the nag."""
    return rung is Rung.OVERDUE


def standing(deadline: date, day: date) -> Rung:
    """How a task stands on ``day``; the deadline's day itself still belongs to the task."""
    if day < deadline:
        return Rung.UPCOMING
    return Rung.DUE if day == deadline else Rung.OVERDUE


def rung_on(deadline: date, day: date, calendar: WorkingDays) -> Rung | None:
    """The rung whose slot is on ``day``; None on a day without a slot."""
    if day < deadline and day != calendar.before(deadline, WARNING_DAYS):
        return None
    if day > deadline and not calendar.is_working_day(day):
        return None
    return standing(deadline, day)


def decide(
    deadline: date,
    last_nagged: date | None,
    *,
    now: datetime,
    start: datetime,
    zone: ZoneInfo,
    nag_time: time,
    calendar: WorkingDays,
) -> Decision:
    """Decide for one open task at the aware moment ``now``.

    ``last_nagged`` is the ``Nag.day`` of the last nag; ``start`` the moment the task began to be ours:
    slots before it are not made up for. Missed slots collapse into the latest. One of today fires at once;
    one of an earlier day only on a working day from ``nag_time`` to 21:00. Raises ``ValueError`` if ``now``
    is naive or ``nag_time`` lies in the quiet hours, in which nothing could ever fire.
    """
    if nag_time >= QUIET_FROM:
        raise ValueError(f"nags at {nag_time} would fall into the quiet hours from {QUIET_FROM}")
    plan = _Plan(deadline, zone, nag_time, calendar)
    today = local_date(now, zone)
    next_at = plan.next_after(now)
    slot = plan.latest_until(now)
    if slot is None or (last_nagged and slot <= last_nagged) or plan.moment(slot) < start:
        return Decision(next_at)
    in_hours = plan.moment(today) <= now < local_slot(today, QUIET_FROM, zone)
    if in_hours and (slot == today or calendar.is_working_day(today)):
        return Decision(next_at, Nag(today, slot, standing(deadline, today), (deadline - today).days))
    # A slot waits to be made up for: that may be sooner than the next slot of its own.
    return Decision(min(next_at, next_slot(now, nag_time, zone, calendar.is_working_day)))


@dataclass(frozen=True, slots=True)
class _Plan:
    """The slots of one task: two before it is over, then all working days, without end."""

    deadline: date
    zone: ZoneInfo
    nag_time: time
    calendar: WorkingDays

    def moment(self, day: date) -> datetime:
        return local_slot(day, self.nag_time, self.zone)

    def warning(self) -> date:
        return self.calendar.before(self.deadline, WARNING_DAYS)

    def is_overdue_slot(self, day: date) -> bool:
        return day > self.deadline and self.calendar.is_working_day(day)

    def latest_until(self, now: datetime) -> date | None:
        # Not ``latest_slot``: its horizon could be too near for a calendar with a long closure.
        day = local_date(now, self.zone)
        while day > self.deadline:
            if self.is_overdue_slot(day) and self.moment(day) <= now:
                return day
            day -= timedelta(days=1)
        passed = (d for d in (self.deadline, self.warning()) if self.moment(d) <= now)
        return next(passed, None)

    def next_after(self, now: datetime) -> datetime:
        for day in (self.warning(), self.deadline):
            if (moment := self.moment(day)) > now:
                return moment
        return next_slot(now, self.nag_time, self.zone, self.is_overdue_slot)
