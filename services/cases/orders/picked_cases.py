"""Several cases that the office picked: those that are still as they were, and those that moved on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from locales import Text
from models import cases
from models.cases import Case
from models.cases.case_piles import Pile
from models.db import ident
from rules.cases.case_lifecycle import UNDECIDED, CaseEvent
from services.access import Actor
from services.cases import case_steps
from services.cases.orders import dispatching
from services.errors import DomainError
from services.turn import Turn
from services.views import ButtonSpec, button

PickedCase = tuple[int, int]
"""The case's id, and how many steps the case had when it was picked."""

PickedCases = Sequence[PickedCase]


def pairs(found: Sequence[Case]) -> list[PickedCase]:
    """The cases as they are picked now."""
    return [(ident(case), case.steps) for case in found]


def back_to_list(actor: Actor, pile: Pile) -> ButtonSpec:
    """The button back to the list that the cases were picked from."""
    return button("desk.back_button", "desk.list", actor.id, pile=pile, offset=0)


@dataclass(frozen=True, slots=True)
class CaseSelection:
    """``still``: the step can be taken for them. ``moved``: somebody else was first; they are only named."""

    still: list[Case] = field(default_factory=list)
    moved: list[Case] = field(default_factory=list)

    def moved_lines(self) -> list[Text]:
        """The cases that moved on, each with its state now."""
        if not self.moved:
            return []
        named = [
            Text("desk.moved_case", number=case.number, state=Text(f"cases.state.{case.state.value}"))
            for case in self.moved
        ]
        return [Text("desk.moved_on", count=len(named), cases=named)]


async def split(
    turn: Turn, picked: PickedCases, event: CaseEvent | None = None, *, lock: bool = False
) -> CaseSelection:
    """Tell the cases for which the actor may take ``event`` from those that moved on.

    None: 立案, 派遣 or 改派, as each case's state asks. ``lock``: until the transaction ends, always in the
    same order, so that two such acts never wait for each other.
    """
    found = CaseSelection()
    picked = list(dict(picked).items())
    for case_id, seen in sorted(picked) if lock else picked:
        try:
            case = await case_steps.case_as_seen(turn.session, turn.actor, case_id, seen, lock=lock)
            case_steps.require(turn.actor, case, event or first_step(case), now=turn.now)
            found.still.append(case)
        except DomainError:
            if (gone := await cases.case_by_id(turn.session, case_id)) is not None:
                found.moved.append(gone)
    order = {case_id: place for place, (case_id, _) in enumerate(picked)}
    found.still.sort(key=lambda case: order[ident(case)])
    return found


def first_step(case: Case) -> CaseEvent:
    """The first step on the way to an order: 立案 where the office has not decided yet."""
    return CaseEvent.REGISTER if case.state in UNDECIDED else dispatching.event_for([case])
