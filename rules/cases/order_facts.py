"""The orders of a case: what each unit was given, by when, and what came of it. The steps add up to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from rules.cases.case_facts import AppealState, CaseFacts, HistoryStep, facts_after
from rules.cases.case_lifecycle import CaseEvent, CaseState


class OrderOutcome(StrEnum):
    """What has come of an order. The last three are final; only ``CLOSED`` may still get an appeal."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    FED_BACK = "fed_back"
    CLOSED = "closed"
    SENT_BACK = "sent_back"
    REASSIGNED = "reassigned"


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """How an order of a case stands, or how it ended.

    ``number``: which order of the case it is, from 1 on. ``registered_at``: when the case was. ``ended_at``:
    of 结案, 退单 or 改派. ``exempt``: a 超时申诉 was granted. All else is as in ``CaseFacts``.
    """

    number: int
    unit_id: int
    dispatched_at: datetime
    limit_at: datetime
    outcome: OrderOutcome = OrderOutcome.RUNNING
    registered_at: datetime | None = None
    acknowledged_at: datetime | None = None
    fed_back_at: datetime | None = None
    ended_at: datetime | None = None
    worked: int = 0
    extensions: int = 0
    reworks: int = 0
    exempt: bool = False

    @property
    def counts(self) -> bool:
        """Whether figures count the order: not if it left the unit by 退单, or by 改派 within its limit."""
        if self.outcome is OrderOutcome.REASSIGNED:
            return self.late
        return self.outcome is not OrderOutcome.SENT_BACK

    @property
    def late(self) -> bool:
        """Whether the last feedback, or else 改派, came after the limit. The limit itself is in time."""
        over = self.ended_at if self.outcome is OrderOutcome.REASSIGNED else self.fed_back_at
        return over is not None and over > self.limit_at

    def overdue(self, now: datetime) -> bool:
        """Whether the unit still works on it and the limit has passed."""
        return self.outcome is OrderOutcome.RUNNING and now > self.limit_at


_OUTCOMES: Final[Mapping[CaseState | None, OrderOutcome]] = {
    CaseState.SUSPENDED: OrderOutcome.SUSPENDED,
    CaseState.FED_BACK: OrderOutcome.FED_BACK,
    CaseState.CLOSED: OrderOutcome.CLOSED,
}
_TAKING: Final[Mapping[CaseEvent, OrderOutcome]] = {
    CaseEvent.SEND_BACK: OrderOutcome.SENT_BACK,
    CaseEvent.REASSIGN: OrderOutcome.REASSIGNED,
}


def present_order(facts: CaseFacts) -> OrderFacts | None:
    """The order that the case is on, or was closed on; None: it waits for one."""
    if facts.unit_id is None or facts.dispatched_at is None or facts.limit_at is None:
        return None
    return OrderFacts(
        number=facts.orders,
        unit_id=facts.unit_id,
        dispatched_at=facts.dispatched_at,
        limit_at=facts.limit_at,
        outcome=_OUTCOMES.get(facts.state, OrderOutcome.RUNNING),
        registered_at=facts.registered_at,
        acknowledged_at=facts.acknowledged_at,
        fed_back_at=facts.fed_back_at,
        ended_at=facts.closed_at,
        worked=facts.worked,
        extensions=facts.extensions,
        reworks=facts.reworks,
        exempt=facts.appeal is AppealState.GRANTED,
    )


def changed_orders(before: CaseFacts, step: HistoryStep, after: CaseFacts) -> list[OrderFacts]:
    """The orders that a step changes, as they are then. The one that it takes away comes before a new one.

    复开 changes none: the old order stays as it was closed.
    """
    found = []
    old, new = present_order(before), present_order(after)
    if old is not None and step.event in _TAKING:
        worked = old.worked + step.worked
        found.append(replace(old, outcome=_TAKING[step.event], ended_at=step.at, worked=worked))
    if new is not None and new != old:
        found.append(new)
    return found


def orders_of(steps: Iterable[HistoryStep]) -> list[OrderFacts]:
    """All orders that the steps of a case add up to, the first first."""
    facts, found = CaseFacts(), dict[int, OrderFacts]()
    for step in steps:
        after = facts_after(facts, step)
        found |= {order.number: order for order in changed_orders(facts, step, after)}
        facts = after
    return list(found.values())
