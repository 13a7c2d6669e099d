"""The parts of a list of cases."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import RUNNING, CaseState


class CaseListPart(StrEnum):
    """Which cases a list shows.

    ``RED`` to ``NONE``: cases whose clock runs, by their colour. ``WAITING``: cases that no unit has yet.
    """

    OPEN = "open"
    RED = "red"
    YELLOW = "yellow"
    BLUE = "blue"
    NONE = "none"
    SUSPENDED = "suspended"
    CHECKING = "checking"
    WAITING = "waiting"
    CLOSED = "closed"


COLOURED: Final[Mapping[CaseListPart, Colour]] = {
    CaseListPart.RED: Colour.RED,
    CaseListPart.YELLOW: Colour.YELLOW,
    CaseListPart.BLUE: Colour.BLUE,
    CaseListPart.NONE: Colour.NONE,
}
BY_STATE: Final[Mapping[CaseListPart, CaseState]] = {
    CaseListPart.SUSPENDED: CaseState.SUSPENDED,
    CaseListPart.CHECKING: CaseState.FED_BACK,
}
_OF_STATE: Final = {state: which for which, state in BY_STATE.items()}
_OF_COLOUR: Final = {colour: which for which, colour in COLOURED.items()}


def part_of(state: CaseState, colour: Colour) -> CaseListPart:
    """The part of ``CaseListPart.OPEN`` in which an open case stands."""
    if state in RUNNING:
        return _OF_COLOUR[colour]
    return _OF_STATE.get(state, CaseListPart.WAITING)
