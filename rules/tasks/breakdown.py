"""分解到下级: how deep tasks may be broken down, among how many units, and what a parent shows of them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

MOST_LEVELS: Final = 3
"""区、街、村居: a task, its children, and theirs."""
MOST_UNITS: Final = 200
"""So many units at once."""
UNDO_WITHIN: Final = timedelta(hours=1)
"""So long what was broken down can be taken back, while nobody has begun."""


class ChildPart(StrEnum):
    """A part of a task's children; its card has a button to the list of each. Cancelled ones are in none."""

    ALL = "all"
    SIGNED = "signed"
    REPORTED = "reported"
    SUBMITTED = "submitted"
    COMPLETED = "completed"
    OVERDUE = "overdue"
    REOPENED = "reopened"
