"""派遣 of many cases at once: each goes to its own default unit and parent task. One preview, one press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from locales import Text
from models.cases import Case
from models.cases.case_piles import Pile
from models.db import ident
from models.people import Unit
from models.tasks import Task
from reports.formats import short
from rules.cases.case_lifecycle import UNDECIDED
from services.access import Actor, require_office
from services.cases.orders import dispatch_suggestions, dispatching, order_choice, order_confirm, picked_cases
from services.cases.orders.dispatch_suggestions import Suggester
from services.cases.orders.order_choice import DispatchChoice
from services.cases.orders.picked_cases import CaseSelection, PickedCase
from services.errors import DomainError
from services.recipients import unit_readers
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View, button

_NAMED: Final = 10
"""So many cases of an order are named in the preview; the rest is counted."""


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order as the preview showed it. ``cases``: pairs of the case's id and how many steps it had then."""

    unit_id: int
    task_id: int | None
    cases: tuple[PickedCase, ...]


@dataclass(frozen=True, slots=True)
class DispatchLot:
    """Cases that go to one unit under one parent task."""

    unit: Unit
    task: Task | None
    cases: Sequence[Case]

    def planned(self) -> PlannedOrder:
        seen = picked_cases.pairs(self.cases)
        return PlannedOrder(ident(self.unit), None if self.task is None else self.task.id, tuple(seen))


async def preview(turn: Turn, picked: tuple[PickedCase, ...], pile: Pile) -> View:
    """Which orders the picked cases would make, and what the office has to choose by hand.

    Cases of one order have the preview of one order, where unit and task can be changed.
    """
    require_office(turn.actor)
    found = await picked_cases.split(turn, picked)
    if not found.still:
        raise DomainError("desk.nothing_chosen" if not found.moved else "desk.all_moved_on")
    lots, open_ones = await lots_of(turn, found.still)
    if not lots and len(found.still) > dispatching.MOST:
        raise DomainError("desk.too_many_without_unit", most=dispatching.MOST)
    if not lots or (len(lots) == 1 and not open_ones):
        several = DispatchChoice(tuple(picked_cases.pairs(found.still)), pile=pile)
        view = await order_choice.preview(turn, several)
        return replace(view, lines=[*view.lines, *found.moved_lines()])
    count = sum(len(lot.cases) for lot in lots)
    title = "desk.plan_many_new" if any(case.state in UNDECIDED for case in found.still) else "desk.plan_many"
    lines = [Text(title, count=count, orders=len(lots))]
    for number, lot in enumerate(lots, 1):
        lines += await _lot_lines(turn, number, lot)
    if open_ones:
        numbers = [case.number for case in open_ones]
        lines.append(Text("desk.plan_without_unit", count=len(numbers), numbers=numbers))
    lines += found.moved_lines()
    return View(lines, _rows(turn.actor, lots, found, pile), case_ids=[ident(case) for case in found.still])


async def _lot_lines(turn: Turn, number: int, lot: DispatchLot) -> list[Text]:
    lines = [Text("desk.plan_lot", n=number, unit=lot.unit.name, count=len(lot.cases))]
    if lot.task is not None:
        lines.append(Text("desk.plan_task", objective=short(lot.task.objective, 60)))
    lines += order_choice.case_lines(lot.cases[:_NAMED], turn.now, turn.campaign)
    if len(lot.cases) > _NAMED:
        lines.append(Text("desk.plan_more", count=len(lot.cases) - _NAMED))
    if not await unit_readers(turn.session, ident(lot.unit), turn.today):
        lines.append(Text("desk.plan_nobody", unit=lot.unit.name))
    return lines


def _rows(
    actor: Actor, lots: Sequence[DispatchLot], found: CaseSelection, pile: Pile
) -> list[list[ButtonSpec]]:
    orders = [lot.planned() for lot in lots]
    label = Text("desk.confirm_plan_button", orders=len(orders))
    rows = [[button(label, "desk.plan_confirm", actor.id, orders=orders, pile=pile)]]
    if len(found.still) <= dispatching.MOST:
        every = picked_cases.pairs(found.still)
        rows.append([button("desk.one_unit_button", "desk.units", actor.id, cases=every, pile=pile)])
    return [*rows, [picked_cases.back_to_list(actor, pile)]]


async def lots_of(turn: Turn, found: Sequence[Case]) -> tuple[list[DispatchLot], list[Case]]:
    """The orders that the cases make, each of ``dispatching.MOST`` cases at most, the largest unit first.

    The second list: cases without a default unit.
    """
    suggester = await Suggester.load(turn.session, found)
    by_unit: dict[int, list[Case]] = {}
    open_ones = []
    for case in found:
        unit = suggester.unit_for(case)
        if unit is None or unit.id == case.unit_id:
            open_ones.append(case)
        else:
            by_unit.setdefault(ident(unit), []).append(case)
    lots = []
    for unit_id, theirs in sorted(by_unit.items(), key=lambda item: -len(item[1])):
        parents = await dispatch_suggestions.tasks_for_each(turn.session, unit_id, theirs)
        for task, group in _by_task(theirs, parents):
            for begin in range(0, len(group), dispatching.MOST):
                part = group[begin : begin + dispatching.MOST]
                lots.append(DispatchLot(suggester.units[unit_id], task, part))
    return lots, open_ones


def _by_task(
    theirs: Sequence[Case], parents: Mapping[int, Task | None]
) -> list[tuple[Task | None, list[Case]]]:
    groups: dict[int | None, tuple[Task | None, list[Case]]] = {}
    for case in theirs:
        task = parents[ident(case)]
        groups.setdefault(None if task is None else task.id, (task, []))[1].append(case)
    return list(groups.values())


async def confirm(turn: Turn, orders: tuple[PlannedOrder, ...], pile: Pile) -> TurnOutcome:
    """Make the orders that the preview showed.

    Cases that moved on meanwhile are named, and the rest goes through. So does every other order, if one of
    them cannot be made because its unit or its task is gone.
    """
    require_office(turn.actor)
    picked = [pair for order in orders for pair in order.cases]
    found = await picked_cases.split(turn, picked, lock=True)
    still = {ident(case) for case in found.still}
    lines: list[Text] = []
    made = dispatched = 0
    for order in orders:
        pairs = tuple(pair for pair in order.cases if pair[0] in still)
        if not pairs:
            continue
        unit = await turn.session.get(Unit, order.unit_id)
        named = {"unit": unit.name if unit else "", "count": len(pairs)}
        try:
            async with turn.session.begin_nested():
                issued = await order_confirm.issue(turn, pairs, order.unit_id, order.task_id)
        except DomainError as refusal:
            lines.append(Text("desk.lot_refused", why=refusal.text, **named))
            continue
        made, dispatched = made + 1, dispatched + len(pairs)
        lines.append(Text("desk.lot_dispatched", number=issued.number, **named))
    head = Text("desk.dispatched_many", count=dispatched, orders=made)
    view = View([head, *lines, *found.moved_lines()], [[picked_cases.back_to_list(turn.actor, pile)]])
    return TurnOutcome(view, head if made else Text("desk.nothing_dispatched"), done=bool(made))
