"""派遣 in the office's chat: choose the unit and the parent task, and see a preview of the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal

from locales import Text
from models import tasks
from models.cases import Case
from models.cases.case_piles import Pile
from models.db import Session, ident
from models.people import Unit
from models.tasks import Task
from reports.formats import moment_text, short
from rules.cases.case_lifecycle import UNDECIDED, CaseEvent
from services import questions
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_steps, case_wording
from services.cases.orders import dispatch_suggestions, dispatching
from services.cases.orders.dispatch_suggestions import Suggester
from services.cases.orders.picked_cases import back_to_list
from services.errors import DomainError
from services.people.name_search import CHOICES, unit_button, units_named, words_of
from services.reasons import REASON_LIMIT, reason_rows
from services.recipients import unit_readers
from services.turn import Turn
from services.views import ButtonSpec, View, arguments_of, button

ASKED: Final = "dispatch.unit"
"""The question whose answer is a unit's name."""
REASON_ASKED: Final = "dispatch.reason"
"""The question why cases go to another unit. Words or a button answer it."""
ReassignReason = Literal["mistaken", "unable", "moved"]
REASONS: Final[Mapping[ReassignReason, str]] = {
    "mistaken": "desk.reassign_mistaken",
    "unable": "desk.reassign_unable",
    "moved": "desk.reassign_moved",
}

_TITLES: Final[Mapping[CaseEvent, str]] = {
    CaseEvent.REGISTER: "desk.plan_register",
    CaseEvent.DISPATCH: "desk.plan_dispatch",
    CaseEvent.REASSIGN: "desk.plan_reassign",
}


@dataclass(frozen=True, slots=True)
class DispatchChoice:
    """What the office is about to dispatch.

    ``cases``: pairs of the case's id and how many steps it had then. ``unit_id`` None: the suggested unit.
    ``decided``: whether the office has chosen the parent task, so that ``task_id`` None means no task.
    ``pile``: the list that several cases were picked from.
    """

    cases: tuple[tuple[int, int], ...]
    unit_id: int | None = None
    task_id: int | None = None
    decided: bool = False
    pile: Pile = Pile.TO_DISPATCH

    @property
    def ids(self) -> list[int]:
        return [case_id for case_id, _ in self.cases]


async def preview_one(turn: Turn, case_id: int, seen: int) -> View:
    """As ``preview``, for the case of a card."""
    return await preview(turn, DispatchChoice(((case_id, seen),)))


async def preview(turn: Turn, wanted: DispatchChoice) -> View:
    """A preview of the order. If the unit is not known, the program asks for it first."""
    found, event = await _still(turn, wanted)
    suggester = await Suggester.load(turn.session, found)
    unit = suggester.unit_for_all(found) if wanted.unit_id is None else suggester.units.get(wanted.unit_id)
    held = unit is not None and any(case.unit_id == unit.id for case in found)
    if unit is not None and held and wanted.unit_id is not None:
        raise DomainError("desk.same_unit", unit=unit.name)
    if unit is None or held:
        return await choose_unit(turn, wanted)
    task = await _task(turn.session, wanted, unit, found)
    settled = replace(wanted, unit_id=unit.id, task_id=task.id if task else None, decided=True)
    lines = [
        Text(_TITLES[event], unit=unit.name, count=len(found)),
        *case_lines(found, turn.now, turn.campaign),
        *await _about(turn.session, unit, task, found, turn.today),
    ]
    rows = _confirm_rows(turn.actor, settled, event) + await _rows(
        turn.session, turn.actor, settled, task, unit, found
    )
    if event is CaseEvent.REASSIGN:
        await _ask(turn, settled, REASON_ASKED)
        lines.append(Text("desk.plan_why", limit=REASON_LIMIT))
    return View(lines, rows, case_ids=wanted.ids)


def _confirm_rows(actor: Actor, settled: DispatchChoice, event: CaseEvent) -> list[list[ButtonSpec]]:
    """One button to confirm. For 改派, one button per reason: a case is not taken from a unit without one."""
    said = arguments_of(settled)
    if event is not CaseEvent.REASSIGN:
        return [[button("desk.confirm_button", "desk.confirm", actor.id, **said)]]
    labels = {name: Text("desk.reassign_for_button", reason=Text(key)) for name, key in REASONS.items()}
    return reason_rows(actor, labels, "desk.confirm", said, keep="why")


async def _still(turn: Turn, wanted: DispatchChoice) -> tuple[list[Case], CaseEvent]:
    """The cases, if they are as they were when the office chose them, and the first step they would take.

    ``MovedOnError``: one of them has changed.
    """
    found = []
    for case_id, seen in wanted.cases:
        found.append(await case_steps.case_as_seen(turn.session, turn.actor, case_id, seen))
    if not found:
        raise DomainError("desk.nothing_chosen")
    first = CaseEvent.REGISTER if found[0].state in UNDECIDED else dispatching.event_for(found)
    for case in found:
        case_steps.require(turn.actor, case, first, now=turn.now)
    return found, first


async def _task(session: Session, wanted: DispatchChoice, unit: Unit, found: Sequence[Case]) -> Task | None:
    if not wanted.decided:
        return await dispatch_suggestions.task_for(session, ident(unit), found)
    return None if wanted.task_id is None else await tasks.task_by_id(session, wanted.task_id)


def case_lines(found: Sequence[Case], now: datetime, campaign: Campaign) -> list[Text]:
    """Lines for the cases, each with the limit that it would have."""
    lines = []
    for number, case in enumerate(found, 1):
        amount = dispatching.amount_now(case, now, campaign)
        until = campaign.working_time.add(now, amount, case.limit_unit)
        what = {"number": case.number, "category": case.category, "place": case_wording.place_text(case)}
        lines.append(Text("desk.plan_case", n=number, at=moment_text(until, campaign.zone), **what))
    if any(dispatching.is_shortened(case, now, campaign) for case in found):
        lines.append(Text("desk.plan_in_inspection"))
    return lines


async def _about(
    session: Session, unit: Unit, task: Task | None, found: Sequence[Case], today: date
) -> list[Text]:
    lines = []
    if len(found) == 1:
        lines.append(Text("desk.plan_standard", standard=short(found[0].standard, 200)))
    leader = await dispatching.leader_in_charge(session, ident(unit), task)
    if leader:
        lines.append(Text("desk.plan_leader", leader=leader))
    if task is not None:
        lines.append(Text("desk.plan_task", objective=short(task.objective, 60)))
    if not await unit_readers(session, ident(unit), today):
        lines.append(Text("desk.plan_nobody", unit=unit.name))
    return lines


async def _rows(
    session: Session,
    actor: Actor,
    settled: DispatchChoice,
    task: Task | None,
    unit: Unit,
    found: Sequence[Case],
) -> list[list[ButtonSpec]]:
    said = arguments_of(settled)
    rows = []
    if task is not None:
        rows.append(
            [button("desk.without_task_button", "desk.preview", actor.id, **said | {"task_id": None})]
        )
    elif (offered := await dispatch_suggestions.task_for(session, ident(unit), found)) is not None:
        label = Text("desk.with_task_button", objective=short(offered.objective, 18))
        rows.append([button(label, "desk.preview", actor.id, **said | {"task_id": offered.id})])
    other = button("desk.other_unit_button", "desk.units", actor.id, **said)
    return [*rows, [other, back_to_origin(actor, settled)]]


def back_to_origin(actor: Actor, wanted: DispatchChoice) -> ButtonSpec:
    """The button back to the card or the list that the dispatch was begun from."""
    if len(wanted.cases) == 1:
        return button("desk.back_button", "desk.back", actor.id, case_id=wanted.ids[0])
    return back_to_list(actor, wanted.pile)


async def choose_unit_for_one(turn: Turn, case_id: int, seen: int) -> View:
    """As ``choose_unit``, for the case of a card."""
    return await choose_unit(turn, DispatchChoice(((case_id, seen),)))


async def choose_unit(turn: Turn, wanted: DispatchChoice) -> View:
    """Offer the likely units. The name of any other unit is written."""
    found, _ = await _still(turn, wanted)
    suggester = await Suggester.load(turn.session, found)
    held = {case.unit_id for case in found}
    near = {unit.id: unit for case in found for unit in suggester.near(case) if unit.id not in held}
    await _ask(turn, wanted)
    key = "desk.choose_unit" if near else "desk.write_unit"
    what = (
        Text("desk.one_case", number=found[0].number)
        if len(found) == 1
        else Text("desk.several", count=len(found))
    )
    rows = _unit_rows(turn.actor, wanted, list(near.values()))
    return View([Text(key, what=what)], [*rows, [back_to_origin(turn.actor, wanted)]], case_ids=wanted.ids)


async def _ask(turn: Turn, wanted: DispatchChoice, what: str = ASKED) -> None:
    await questions.ask_here(turn, what, arguments_of(wanted))


def _unit_rows(actor: Actor, wanted: DispatchChoice, units: Sequence[Unit]) -> list[list[ButtonSpec]]:
    # Another unit has other tasks, so the parent task is looked for anew.
    said = {"cases": wanted.cases, "pile": wanted.pile}
    return [[unit_button(actor, unit, "desk.preview", **said)] for unit in units[:CHOICES]]


async def unit_named(turn: Turn, wanted: DispatchChoice, words: str) -> View:
    """Offer the units that a typed name fits."""
    await _still(turn, wanted)
    searched = words_of(words)
    units = await units_named(turn.session, searched) if searched else []
    if not units:
        raise DomainError("desk.no_unit_named", words=short(" ".join(searched), 40))
    await _ask(turn, wanted)
    key = "desk.units_found" if len(units) <= CHOICES else "desk.units_found_many"
    rows = _unit_rows(turn.actor, wanted, units)
    return View(
        [Text(key, shown=CHOICES)], [*rows, [back_to_origin(turn.actor, wanted)]], case_ids=wanted.ids
    )
