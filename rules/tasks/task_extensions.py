"""延期 of a task: when its deadline may move, how often and how far. 暂停催办: how long it may last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from rules.nags.ladder import WARNING_DAYS
from rules.tasks.task_lifecycle import TaskEvent
from rules.working_days import WorkingDays

EXTENSIONS_LIMIT: Final = 2
"""So many requests of one task can be granted."""
LONGEST_EXTENSION: Final = 180
"""Days. What is written without its year and lies behind the deadline would be read as next year's day."""
LONGEST_PAUSE: Final = 30
"""Days after today on which a pause may end."""


class ExtensionStep(StrEnum):
    """The steps of 延期: the responsible person asks, the office answers, or moves the deadline by itself."""

    ASK = "ask"
    GRANT = "grant"
    REFUSE = "refuse"
    MOVE = "move"

    @property
    def event(self) -> TaskEvent:
        return _EVENTS[self]


_EVENTS: Final = {
    ExtensionStep.ASK: TaskEvent.ASK_EXTENSION,
    ExtensionStep.GRANT: TaskEvent.EXTEND,
    ExtensionStep.REFUSE: TaskEvent.REFUSE_EXTENSION,
    ExtensionStep.MOVE: TaskEvent.EXTEND,
}


class ExtensionRefusal(StrEnum):
    """Why a step of 延期, or its day, is refused."""

    NO_DEADLINE = "no_deadline"
    WAITS = "waits"
    NOT_WAITING = "not_waiting"
    TOO_EARLY = "too_early"
    OVERDUE = "overdue"
    TWICE = "twice"
    PAST = "past"
    NOT_LATER = "not_later"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class ExtensionFacts:
    """``extensions``: the requests granted so far. ``asked``: the day that a waiting request asks for."""

    deadline: date | None
    extensions: int = 0
    asked: date | None = None


def refusal_of(
    step: ExtensionStep, facts: ExtensionFacts, today: date, calendar: WorkingDays
) -> ExtensionRefusal | None:
    """Why the step cannot be taken on the local day ``today``; None: it can."""
    if step in {ExtensionStep.GRANT, ExtensionStep.REFUSE}:
        if facts.asked is None:
            return ExtensionRefusal.NOT_WAITING
        return day_refusal(facts.asked, facts, today) if step is ExtensionStep.GRANT else None
    if facts.deadline is None:
        return ExtensionRefusal.NO_DEADLINE
    if facts.asked is not None:
        return ExtensionRefusal.WAITS
    return _asking_refusal(facts, facts.deadline, today, calendar) if step is ExtensionStep.ASK else None


def _asking_refusal(
    facts: ExtensionFacts, deadline: date, today: date, calendar: WorkingDays
) -> ExtensionRefusal | None:
    if today > deadline:
        return ExtensionRefusal.OVERDUE
    if facts.extensions >= EXTENSIONS_LIMIT:
        return ExtensionRefusal.TWICE
    return ExtensionRefusal.TOO_EARLY if today < calendar.before(deadline, WARNING_DAYS) else None


def day_refusal(day: date, facts: ExtensionFacts, today: date) -> ExtensionRefusal | None:
    """Why the deadline cannot move to ``day``; None: it can. It moves ahead only, and never into the past."""
    if facts.deadline is None:
        return ExtensionRefusal.NO_DEADLINE
    if day < today:
        return ExtensionRefusal.PAST
    if day <= facts.deadline:
        return ExtensionRefusal.NOT_LATER
    far = (day - max(facts.deadline, today)).days > LONGEST_EXTENSION
    return ExtensionRefusal.TOO_FAR if far else None


def may_pause_until(last: date, today: date) -> bool:
    """Whether a pause made ``today`` may have ``last`` as its last day."""
    return 1 <= (last - today).days <= LONGEST_PAUSE
