"""The colours of an order: they show that it is close to its limit, behind, or overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from rules.cases.case_facts import CaseFacts, Colour
from rules.cases.case_lifecycle import RUNNING
from rules.working_time import TimeUnit, WorkingTime

# The share of the original limit that is left when the colour begins.
BLUE_LEFT: Final = Decimal("0.3")
YELLOW_LEFT: Final = Decimal("0.1")
# The moment of the limit itself is in time.
_AFTER: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class StatedLimit:
    """A time limit as its category states it, e.g. 3 working days."""

    amount: Decimal
    unit: TimeUnit


def red_at(limit_at: datetime) -> datetime:
    """When an order due at that moment turns red."""
    return limit_at + _AFTER


def marks(limit: StatedLimit, limit_at: datetime, clock: WorkingTime) -> Sequence[tuple[datetime, Colour]]:
    """The colours of an order due at ``limit_at``, each with the moment it begins, the earliest first.

    An extension and a suspension move ``limit_at``, and the colours with it.
    """
    return [
        (clock.add(limit_at, -limit.amount * BLUE_LEFT, limit.unit), Colour.BLUE),
        (clock.add(limit_at, -limit.amount * YELLOW_LEFT, limit.unit), Colour.YELLOW),
        (red_at(limit_at), Colour.RED),
    ]


def colour_at(facts: CaseFacts, limit: StatedLimit, at: datetime, clock: WorkingTime) -> Colour:
    """The colour that the order shows at that moment. While its clock stands, it keeps its last colour."""
    if facts.state not in RUNNING or facts.limit_at is None:
        return facts.colour
    begun = [colour for since, colour in marks(limit, facts.limit_at, clock) if since <= at]
    colour = begun[-1] if begun else Colour.NONE
    sent_back = facts.reworks > 0 and colour is not Colour.RED
    return Colour.YELLOW if sent_back else colour


def next_look(facts: CaseFacts, limit: StatedLimit, at: datetime, clock: WorkingTime) -> datetime | None:
    """When the scan looks at the case again after ``at``: its colour is due, or its suspension ends.

    The ladder has more to say of a red order and of one for which an extension was asked. So the scan looks
    at these at once.
    """
    if facts.suspended_until is not None:
        return facts.suspended_until
    if facts.state not in RUNNING or facts.limit_at is None:
        return None
    if colour_at(facts, limit, at, clock) is not facts.colour:
        return at
    if facts.colour is Colour.RED or facts.extension_asked:
        return at
    return next((since for since, _ in marks(limit, facts.limit_at, clock) if since > at), None)
