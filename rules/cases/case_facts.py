"""The facts of a case: what its steps add up to. Its history, replayed, always gives its present facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from rules.cases.case_lifecycle import RUNNING, TRANSITIONS, CaseEvent, CaseState, next_state

EXTENSIONS_LIMIT: Final = 2
"""How often the limit of one order can be extended."""


class Colour(StrEnum):
    """How near to its limit an order is. A new order has no colour."""

    NONE = "none"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


class AppealState(StrEnum):
    NONE = "none"
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class StepRefusal(StrEnum):
    """Why a step cannot be taken."""

    NOT_NOW = "not_now"
    OVERDUE = "overdue"
    EXTENDED_TWICE = "extended_twice"
    EXTENSION_WAITS = "extension_waits"
    NO_EXTENSION_WAITS = "no_extension_waits"
    REWORKED = "reworked"
    OVERDUE_ALREADY = "overdue_already"
    SUSPENDED_ONCE = "suspended_once"
    NOT_LATE = "not_late"
    APPEALED = "appealed"
    NO_APPEAL_WAITS = "no_appeal_waits"
    NOT_RED = "not_red"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of a case.

    ``unit_id``: the unit to which the case is dispatched. ``limit_at``: the limit from now on, if the step
    changes it. ``worked``: working minutes of the unit since the clock last started, if the step stops it.
    ``colour``: what the order shows from now on. ``until``: when a suspension ends by itself.
    """

    event: CaseEvent
    at: datetime
    unit_id: int | None = None
    limit_at: datetime | None = None
    worked: int = 0
    colour: Colour | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """How a case stands.

    ``steps``: the number of steps taken. ``clock_from``: since when the limit runs; None while its clock
    stands, then it stopped at ``stopped_at``. ``worked``: working minutes since the dispatch, without the
    stretches in which the clock stood. ``extensions``, ``reworks`` and the colour are those of the present
    order. ``orders``: how many orders were made; the last may be over.
    """

    state: CaseState | None = None
    steps: int = 0
    orders: int = 0
    unit_id: int | None = None
    registered_at: datetime | None = None
    dispatched_at: datetime | None = None
    acknowledged_at: datetime | None = None
    limit_at: datetime | None = None
    clock_from: datetime | None = None
    stopped_at: datetime | None = None
    fed_back_at: datetime | None = None
    closed_at: datetime | None = None
    worked: int = 0
    extensions: int = 0
    extension_asked: bool = False
    reworks: int = 0
    suspended_until: datetime | None = None
    suspended: bool = False
    colour: Colour = Colour.NONE
    released: bool = False
    appeal: AppealState = AppealState.NONE

    @property
    def late(self) -> bool:
        """Whether the last feedback came after the limit. How long the check took does not count."""
        return self.fed_back_at is not None and self.limit_at is not None and self.fed_back_at > self.limit_at

    @property
    def closed_in_time(self) -> bool | None:
        """Whether a closed case was fed back within its limit, or an appeal granted that; None: no limit."""
        if self.state is not CaseState.CLOSED or self.limit_at is None:
            return None
        granted = self.appeal is AppealState.GRANTED
        return granted or (self.fed_back_at is not None and self.fed_back_at <= self.limit_at)

    def overdue(self, now: datetime) -> bool:
        """Whether the limit runs and has passed. The moment of the limit itself is still in time."""
        return self.clock_from is not None and self.limit_at is not None and now > self.limit_at


def refusal(facts: CaseFacts, event: CaseEvent, at: datetime) -> StepRefusal | None:
    """Why ``event`` cannot happen to the case at that moment; None if it can."""
    if (facts.state, event) not in TRANSITIONS:
        return StepRefusal.NOT_NOW
    match event:
        case CaseEvent.ASK_EXTENSION:
            return _no_extension(facts, at)
        case CaseEvent.EXTEND | CaseEvent.REFUSE_EXTENSION if not facts.extension_asked:
            return StepRefusal.NO_EXTENSION_WAITS
        case CaseEvent.SEND_BACK:
            return _no_sending_back(facts, at)
        case CaseEvent.SUSPEND if facts.suspended:
            return StepRefusal.SUSPENDED_ONCE
        case CaseEvent.APPEAL:
            return _no_appeal(facts)
        case CaseEvent.GRANT_APPEAL | CaseEvent.REFUSE_APPEAL if facts.appeal is not AppealState.ASKED:
            return StepRefusal.NO_APPEAL_WAITS
        case CaseEvent.RELEASE if facts.colour is not Colour.RED or not facts.overdue(at):
            # An extension moves the limit at once, and the colour falls with the next look.
            return StepRefusal.NOT_RED
        case CaseEvent.RELEASE if facts.released:
            return StepRefusal.RELEASED
    return None


def _no_extension(facts: CaseFacts, at: datetime) -> StepRefusal | None:
    if facts.extension_asked:
        return StepRefusal.EXTENSION_WAITS
    if facts.overdue(at):
        return StepRefusal.OVERDUE
    return StepRefusal.EXTENDED_TWICE if facts.extensions >= EXTENSIONS_LIMIT else None


def _no_sending_back(facts: CaseFacts, at: datetime) -> StepRefusal | None:
    # After a suspension a reworked case is being handled like any other, but it stays the unit's own.
    if facts.reworks:
        return StepRefusal.REWORKED
    # The next order has a limit of its own, and a unit must not get rid of its lateness like that.
    return StepRefusal.OVERDUE_ALREADY if facts.overdue(at) else None


def _no_appeal(facts: CaseFacts) -> StepRefusal | None:
    if not facts.late:
        return StepRefusal.NOT_LATE
    return StepRefusal.APPEALED if facts.appeal is not AppealState.NONE else None


def facts_after(facts: CaseFacts, step: HistoryStep) -> CaseFacts:
    """The facts after ``step``; ``IllegalStepError`` if the lifecycle does not allow it there."""
    new = replace(facts, state=next_state(facts.state, step.event), steps=facts.steps + 1)
    new = _stopped(new, step) if new.clock_from and new.state not in RUNNING else new
    if step.limit_at is not None:
        new = replace(new, limit_at=step.limit_at)
    effect = _EFFECTS.get(step.event)
    return new if effect is None else effect(new, step)


def _stopped(new: CaseFacts, step: HistoryStep) -> CaseFacts:
    return replace(new, clock_from=None, stopped_at=step.at, worked=new.worked + step.worked)


def _running(new: CaseFacts, step: HistoryStep) -> CaseFacts:
    return replace(new, clock_from=step.at, stopped_at=None)


def _dispatched(new: CaseFacts, step: HistoryStep) -> CaseFacts:
    """The facts of a new order, with a limit, a signature and a colour of its own."""
    return CaseFacts(
        state=new.state,
        steps=new.steps,
        orders=new.orders + 1,
        unit_id=step.unit_id,
        registered_at=new.registered_at,
        dispatched_at=step.at,
        limit_at=step.limit_at,
        clock_from=step.at,
        suspended=new.suspended,
    )


def _signed(new: CaseFacts, step: HistoryStep) -> CaseFacts:
    return replace(new, acknowledged_at=new.acknowledged_at or step.at)


def _fed_back(new: CaseFacts, step: HistoryStep) -> CaseFacts:
    if new.suspended_until is not None:
        # The clock stood until now, and goes on after a rework with what was left when it stopped.
        new = replace(_stopped(new, step), suspended_until=None)
    return replace(_signed(new, step), fed_back_at=step.at, extension_asked=False)


def _sent_back(new: CaseFacts, step: HistoryStep) -> CaseFacts:
    """The facts of a case that the office has to dispatch anew. They keep nothing of this order."""
    return replace(_reopened(new, step), suspended=new.suspended)


def _reopened(new: CaseFacts, _step: HistoryStep) -> CaseFacts:
    # A new round begins. The old one stays in the steps and as an order.
    return CaseFacts(state=new.state, steps=new.steps, orders=new.orders, registered_at=new.registered_at)


_EFFECTS: Final[Mapping[CaseEvent, Callable[[CaseFacts, HistoryStep], CaseFacts]]] = {
    CaseEvent.REGISTER: lambda new, step: replace(new, registered_at=step.at),
    CaseEvent.DISPATCH: _dispatched,
    CaseEvent.REASSIGN: _dispatched,
    CaseEvent.ACKNOWLEDGE: _signed,
    CaseEvent.HANDLE: _signed,
    CaseEvent.FEEDBACK: _fed_back,
    CaseEvent.CLOSE: lambda new, step: replace(new, closed_at=step.at),
    CaseEvent.REWORK: lambda new, step: replace(
        _running(new, step), reworks=new.reworks + 1, fed_back_at=None
    ),
    CaseEvent.SEND_BACK: _sent_back,
    CaseEvent.ASK_EXTENSION: lambda new, _: replace(new, extension_asked=True),
    CaseEvent.EXTEND: lambda new, _: replace(new, extension_asked=False, extensions=new.extensions + 1),
    CaseEvent.REFUSE_EXTENSION: lambda new, _: replace(new, extension_asked=False),
    CaseEvent.SUSPEND: lambda new, step: replace(
        new, suspended=True, suspended_until=step.until, extension_asked=False
    ),
    CaseEvent.RESUME: lambda new, step: replace(_running(new, step), suspended_until=None),
    CaseEvent.REOPEN: _reopened,
    CaseEvent.APPEAL: lambda new, _: replace(new, appeal=AppealState.ASKED),
    CaseEvent.GRANT_APPEAL: lambda new, _: replace(new, appeal=AppealState.GRANTED),
    CaseEvent.REFUSE_APPEAL: lambda new, _: replace(new, appeal=AppealState.REFUSED),
    # An order that was red, was extended and turns red again has to be released again.
    CaseEvent.COLOUR: lambda new, step: replace(
        new, colour=step.colour or Colour.NONE, released=new.released and step.colour is Colour.RED
    ),
    CaseEvent.RELEASE: lambda new, _: replace(new, released=True),
}


def replay(steps: Iterable[HistoryStep]) -> CaseFacts:
    """The facts that a case's steps, in order, lead to."""
    facts = CaseFacts()
    for step in steps:
        facts = facts_after(facts, step)
    return facts
