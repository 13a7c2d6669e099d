"""Into which parts a list of cases falls."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rules.case_facts import Colour
from rules.case_lifecycle import RUNNING, CaseState


class Which(StrEnum):
    """Which cases a list shows. ``RED`` to ``NONE``: those whose clock runs, by their colour; ``WAITING``: no
    unit has them yet."""

    OPEN = "open"
    RED = "red"
    YELLOW = "yellow"
    BLUE = "blue"
    NONE = "none"
    SUSPENDED = "suspended"
    CHECKING = "checking"
    WAITING = "waiting"
    CLOSED = "closed"


COLOURED: Final[Mapping[Which, Colour]] = {
    Which.RED: Colour.RED,
    Which.YELLOW: Colour.YELLOW,
    Which.BLUE: Colour.BLUE,
    Which.NONE: Colour.NONE,
}
BY_STATE: Final[Mapping[Which, CaseState]] = {
    Which.SUSPENDED: CaseState.SUSPENDED,
    Which.CHECKING: CaseState.FED_BACK,
}
_OF_STATE: Final = {state: which for which, state in BY_STATE.items()}
_OF_COLOUR: Final = {colour: which for which, colour in COLOURED.items()}


def part_of(state: CaseState, colour: Colour) -> Which:
    """The one of the parts of ``Which.OPEN`` in which an open case stands."""
    if state in RUNNING:
        return _OF_COLOUR[colour]
    return _OF_STATE.get(state, Which.WAITING)
