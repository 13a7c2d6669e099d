"""分解到下级: how deep tasks may be broken down and among how many units, and what a parent shows of its parts."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

MOST_LEVELS: Final = 3
"""区、街、村居: a task, its children, and theirs."""
MOST_UNITS: Final = 200
"""So many units at once."""


class ChildPart(StrEnum):
    """A part of a task's children; its card has a button to the list of each. Cancelled ones are in none."""

    ALL = "all"
    SIGNED = "signed"
    REPORTED = "reported"
    SUBMITTED = "submitted"
    COMPLETED = "completed"
    OVERDUE = "overdue"
    REOPENED = "reopened"
