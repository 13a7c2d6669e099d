"""Until when a notice is to be answered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from rules.slots import local_date, local_slot
from rules.working_time import TimeUnit, WorkingTime

SOONEST: Final = timedelta(hours=4)
"""A deadline in less office time than this is for urgent notices alone."""


class DeadlineProblem(StrEnum):
    """Why a deadline is refused: it has passed, it is too far away, or it is too soon for a usual notice."""

    PAST = "past"
    FAR = "far"
    SOON = "soon"


FARTHEST: Final = timedelta(days=92)
"""No answer is waited for longer. A day of the month just over is so refused, not taken as next year's."""
_RUNS_ON: Final = 5
"""So many working days after the deadline a notice still takes answers."""


def usual_deadline(now: datetime, clock: WorkingTime) -> datetime:
    """The end of the office hours of the next working day, in UTC."""
    return day_end(clock.calendar.add(local_date(now, clock.zone), 1), clock)


def day_end(day: date, clock: WorkingTime) -> datetime:
    """When the office hours of that local day end, in UTC."""
    return local_slot(day, clock.hours.on(day)[-1][1], clock.zone)


def problem(deadline: datetime, now: datetime, clock: WorkingTime, *, urgent: bool) -> DeadlineProblem | None:
    """What is wrong with the deadline of a notice that is sent now; None: nothing."""
    if deadline <= now:
        return DeadlineProblem.PAST
    if deadline - now > FARTHEST:
        return DeadlineProblem.FAR
    if not urgent and clock.between(now, deadline, TimeUnit.WORKING_HOUR) < SOONEST:
        return DeadlineProblem.SOON
    return None


def renewed_deadline(deadline: datetime, now: datetime, clock: WorkingTime, *, urgent: bool) -> datetime:
    """Until when a notice is answered that is sent anew: as before, if that still leaves time; in UTC."""
    return deadline if problem(deadline, now, clock, urgent=urgent) is None else usual_deadline(now, clock)


def ends_by_itself(deadline: datetime, clock: WorkingTime) -> datetime:
    """When a notice with that deadline ends, unless somebody ended it before, in UTC."""
    return day_end(clock.calendar.add(local_date(deadline, clock.zone), _RUNS_ON), clock)
