"""Lamps: one colour that shows where a task stands."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from rules.nags.ladder import WARNING_DAYS
from rules.working_days import WorkingDays


class Lamp(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"


def lamp(deadline: date | None, today: date, done: bool, calendar: WorkingDays) -> Lamp:
    """The lamp of a task on the local date ``today``.

    A done task is green, late or not. Red: the deadline's day is over. Yellow: from three working days before
    the deadline to its day. A task without a deadline (a long-term one) has no lamp of its own.
    """
    if done:
        return Lamp.GREEN
    if deadline is None:
        return Lamp.NONE
    if today > deadline:
        return Lamp.RED
    return Lamp.YELLOW if today >= calendar.before(deadline, WARNING_DAYS) else Lamp.GREEN
