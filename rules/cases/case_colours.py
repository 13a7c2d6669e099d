"""The colours of an order: when it is close to its limit, behind, and overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from rules.cases.case_facts import CaseFacts, Colour
from rules.cases.case_lifecycle import RUNNING
from rules.working_time import TimeUnit, WorkingTime

# How much of the original limit is left when the colour begins.
BLUE_LEFT: Final = Decimal("0.3")
YELLOW_LEFT: Final = Decimal("0.1")
# The moment of the limit itself is in time.
_AFTER: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class StatedLimit:
    """A time limit as its category states it, e.g. 3 working days."""

    amount: Decimal
    unit: TimeUnit


def marks(limit: StatedLimit, limit_at: datetime, clock: WorkingTime) -> Sequence[tuple[datetime, Colour]]:
    """From when on an order that has to be done until ``limit_at`` shows which colour, the earliest first.

    An extension and a suspension move ``limit_at``, and the colours with it.
    """
    return [
        (clock.add(limit_at, -limit.amount * BLUE_LEFT, limit.unit), Colour.BLUE),
        (clock.add(limit_at, -limit.amount * YELLOW_LEFT, limit.unit), Colour.YELLOW),
        (limit_at + _AFTER, Colour.RED),
    ]


def colour_at(facts: CaseFacts, limit: StatedLimit, at: datetime, clock: WorkingTime) -> Colour:
    """What the order shows at that moment; while its clock stands, what it showed last."""
    if facts.state not in RUNNING or facts.limit_at is None:
        return facts.colour
    begun = [colour for since, colour in marks(limit, facts.limit_at, clock) if since <= at]
    colour = begun[-1] if begun else Colour.NONE
    sent_back = facts.reworks > 0 and colour is not Colour.RED
    return Colour.YELLOW if sent_back else colour


def next_look(facts: CaseFacts, limit: StatedLimit, at: datetime, clock: WorkingTime) -> datetime | None:
    """When the case is to be looked at again after ``at``: its colour is due, or its suspension ends. Of a
    red one and of an extension that was asked for the ladder has more to say: that is looked up at once."""
    if facts.suspended_until is not None:
        return facts.suspended_until
    if facts.state not in RUNNING or facts.limit_at is None:
        return None
    if colour_at(facts, limit, at, clock) is not facts.colour:
        return at
    if facts.colour is Colour.RED or facts.extension_asked:
        return at
    return next((since for since, _ in marks(limit, facts.limit_at, clock) if since > at), None)
