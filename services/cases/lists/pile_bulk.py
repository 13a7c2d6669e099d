"""Acts on several cases of a pile at once. The buttons' arguments keep the picked cases over a restart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from locales import Text
from models import cases
from models.cases import Case, case_piles
from models.cases.case_piles import Pile, PileFilter
from models.db import ident
from models.people import Unit
from rules.cases.case_lifecycle import RUNNING, UNDECIDED, CaseState
from rules.text_parts import clip_plain
from services.access import Actor
from services.cases import case_steps
from services.cases.orders import dispatching, picked_cases
from services.cases.orders.dispatch_suggestions import Suggester
from services.cases.orders.picked_cases import PickedCase, PickedCases
from services.turn import Turn
from services.views import ButtonArguments, ButtonSpec, button

PILES: Final = (Pile.TO_REGISTER, Pile.TO_DISPATCH, Pile.OVERDUE, Pile.TO_RELEASE)
_DISPATCHED_FROM: Final = frozenset({Pile.TO_REGISTER, Pile.TO_DISPATCH})
PICKED: Final = 200
"""How many cases can be picked at once."""
_STATES: Final[Mapping[Pile, Collection[CaseState]]] = {
    Pile.TO_REGISTER: UNDECIDED,
    Pile.TO_DISPATCH: frozenset({CaseState.REGISTERED}),
}
OFFERED: Final = 4
REMINDED: Final = 100
"""How many cases one reminder can be about."""

READ: Final = 500
"""How many cases of a pile are read to find those that go together."""


@dataclass(frozen=True, slots=True)
class PileSelection:
    """The picked cases of a pile, and those that can be picked.

    ``suggested``: by case, the unit that it would go to.
    """

    actor: Actor
    pile: Pile
    picked: Mapping[int, int] = field(default_factory=dict)
    able: Sequence[Case] = ()
    suggested: Mapping[int, Unit] = field(default_factory=dict)

    @property
    def on(self) -> bool:
        return self.pile in PILES and self.actor.is_office

    def kept(self) -> ButtonArguments:
        return {"picked": list(self.picked.items())} if self.picked else {}

    def notes(self, case: Case) -> list[Text]:
        unit = self.suggested.get(ident(case))
        return [] if unit is None else [Text("desk.suggested", unit=unit.name)]

    def toggle(self, number: int, case: Case, offset: int) -> list[ButtonSpec]:
        if not self.on:
            return []
        key = "desk.picked_button" if case.id in self.picked else "desk.unpicked_button"
        return [self._again(Text(key, n=number), offset, toggle=(case.id, case.steps), **self.kept())]

    def _again(self, label: Text, offset: int, **arguments: object) -> ButtonSpec:
        return button(label, "desk.list", self.actor.id, pile=self.pile, offset=offset, **arguments)

    def rows(self, offset: int, shown: Sequence[Case]) -> list[list[ButtonSpec]]:
        """The buttons that act on all picked cases, and those that pick many at once."""
        if not self.on:
            return []
        unpick = self._again(Text("desk.unpick_button"), offset)
        rows = [*([act] for act in self._act()), [unpick]] if self.picked else []
        rows += [self._everything(offset, shown)] if shown else []
        if self.pile in _DISPATCHED_FROM:
            return rows + self._same_unit(offset)
        return rows + (self._reassign() if self.pile is Pile.OVERDUE else [])

    def _act(self) -> list[ButtonSpec]:
        """What is done with all the picked cases."""
        count, picked = len(self.picked), self._cases()
        match self.pile:
            case Pile.TO_REGISTER:
                both, only = Text("desk.quick_picked_button", count=count), "desk.register_picked_button"
                return [
                    button(both, "desk.plan", self.actor.id, **picked),
                    button(Text(only, count=count), "desk.register_picked", self.actor.id, **picked),
                ]
            case Pile.TO_DISPATCH:
                label = Text("desk.dispatch_picked_button", count=count)
                return [button(label, "desk.plan", self.actor.id, **picked)]
            case Pile.TO_RELEASE:
                label = Text("desk.release_picked_button", count=count)
                return [button(label, "case.release_picked", self.actor.id, picked=picked["picked"])]
        label = Text("desk.remind_picked_button", count=count)
        return [button(label, "desk.remind", self.actor.id, cases=list(self.picked))]

    def _reassign(self) -> list[list[ButtonSpec]]:
        if not self.picked:
            return []
        label = Text("desk.reassign_picked_button", count=len(self.picked))
        cases = list(self.picked.items())
        return [[button(label, "desk.units", self.actor.id, cases=cases, pile=self.pile)]]

    def _cases(self) -> dict[str, object]:
        return {"picked": list(self.picked.items()), "pile": self.pile}

    def _same_unit(self, offset: int) -> list[list[ButtonSpec]]:
        """全部同单位: the units with several waiting cases, the one with the most first."""
        groups: dict[int, list[Case]] = defaultdict(list)
        for case in self.able:
            if (unit := self.suggested.get(ident(case))) is not None:
                groups[ident(unit)].append(case)
        several = sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)
        rows = []
        for group in several[:OFFERED]:
            taken = group[: dispatching.MOST]
            name = clip_plain(self.suggested[ident(group[0])].name, 20)
            label = Text("desk.same_unit_button", unit=name, count=len(taken))
            rows.append([self._again(label, offset, picked=picked_cases.pairs(taken))])
        return rows

    def _everything(self, offset: int, shown: Sequence[Case]) -> list[ButtonSpec]:
        """The buttons that pick a page or all cases; overdue ones are reminded at once."""
        page = self._again(Text("desk.pick_page_button"), offset, picked=picked_cases.pairs(shown))
        if self.pile is Pile.OVERDUE:
            every = [case.id for case in self.able[:REMINDED]]
            label = Text("desk.remind_all_button", count=len(every))
            return [page, button(label, "desk.remind", self.actor.id, cases=every)]
        taken = self.able[:PICKED]
        if len(taken) <= len(shown):
            return [page]
        label = Text("desk.pick_all_button", count=len(taken))
        return [page, self._again(label, offset, picked=picked_cases.pairs(taken))]


def picks_of(picked: PickedCases, toggled: PickedCase | None) -> dict[int, int]:
    """The picked cases, with the one that a press just added or removed."""
    picks = dict(picked)
    if toggled is not None and picks.pop(toggled[0], None) is None:
        picks |= [toggled]
    return picks


async def load(turn: Turn, pile: Pile, picked: PickedCases, toggled: PickedCase | None) -> PileSelection:
    """Read the selection of a pile: what was picked, with the case that a press just added or removed.

    A picked case of which more than the colour has changed since then is left out.
    """
    if pile not in PILES or not turn.actor.is_office:
        return PileSelection(turn.actor, pile)
    picks = picks_of(picked, toggled)
    able = await case_piles.pile_page(turn.session, pile, PileFilter(), turn.now, offset=0, limit=READ)
    there = await cases.cases_by_id(turn.session, list(picks))
    states = _STATES.get(pile, RUNNING)
    kept = {
        case_id: case.steps
        for case_id, seen in picks.items()
        if (case := there.get(case_id)) is not None
        and case.state in states
        and await case_steps.stands_as_seen(turn.session, turn.actor, case, seen)
    }
    suggested: dict[int, Unit] = {}
    if pile in _DISPATCHED_FROM:
        suggester = await Suggester.load(turn.session, able)
        found = {ident(case): suggester.unit_for(case) for case in able}
        suggested = {case_id: unit for case_id, unit in found.items() if unit is not None}
    return PileSelection(turn.actor, pile, kept, able, suggested)
