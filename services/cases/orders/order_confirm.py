"""Confirming 派遣 in the office's chat: the order goes out, and the office learns which case has changed."""

from __future__ import annotations

from locales import Text
from models.cases import SupervisionOrder
from models.db import ident
from models.people import Unit
from rules.cases.case_lifecycle import UNDECIDED, CaseEvent
from services.cases import case_access, case_steps
from services.cases.cards import case_card
from services.cases.orders import dispatching, picked_cases
from services.cases.orders.order_choice import REASONS, DispatchChoice, ReassignReason, back_to_origin
from services.cases.orders.picked_cases import PickedCases
from services.errors import DomainError
from services.reasons import named_reason, written_reason
from services.turn import Turn
from services.views import TurnOutcome, View


async def confirm_for(turn: Turn, wanted: DispatchChoice, why: ReassignReason | None = None) -> TurnOutcome:
    """Confirm by a button. ``why``: the reason on the button; None: it has none."""
    reason = None if why is None else named_reason(REASONS[why], turn.campaign)
    return await confirm(turn, wanted, reason)


async def confirm(turn: Turn, wanted: DispatchChoice, reason: str | None) -> TurnOutcome:
    """Dispatch what the preview showed. A case that is not registered yet is registered first.

    ``reason``: why the cases go to another unit. A written reason is checked here.
    """
    if wanted.unit_id is None:
        raise DomainError("desk.no_such_unit")
    said = None if reason is None else written_reason(reason)
    if len(wanted.cases) == 1:
        order = await issue(turn, wanted.cases, wanted.unit_id, wanted.task_id, said)
        return TurnOutcome(await case_card.card(turn, wanted.ids[0]), _told(order))
    found = await picked_cases.split(turn, wanted.cases, lock=True)
    back = [[back_to_origin(turn.actor, wanted)]]
    if not found.still:
        nothing = [Text("desk.nothing_dispatched"), *found.moved_lines()]
        return TurnOutcome(View(nothing, back), Text("cases.moved_on"), done=False)
    order = await issue(turn, picked_cases.pairs(found.still), wanted.unit_id, wanted.task_id, said)
    unit = await turn.session.get_one(Unit, wanted.unit_id)
    lines = [
        Text("desk.dispatched_several", number=order.number, unit=unit.name, count=len(found.still)),
        Text("desk.numbers", numbers=[case.number for case in found.still]),
        *found.moved_lines(),
    ]
    return TurnOutcome(View(lines, back, case_ids=[ident(case) for case in found.still]), _told(order))


def _told(order: SupervisionOrder) -> Text:
    return Text("desk.dispatched", number=order.number)


async def issue(
    turn: Turn, picked: PickedCases, unit_id: int, task_id: int | None, reason: str | None = None
) -> SupervisionOrder:
    """Make one order of the cases, all or none of them. A case that is not registered is registered first.

    ``MovedOnError``: one of them has changed.
    """
    async with turn.session.begin_nested():
        seen = await _registered(turn, picked)
        ids = [case_id for case_id, _ in picked]
        return await dispatching.dispatch(turn, ids, unit_id, seen=seen, task_id=task_id, reason=reason)


async def _registered(turn: Turn, picked: PickedCases) -> dict[int, int]:
    """Register the cases that are not registered yet. By case: how many steps it has then."""
    seen = dict(picked)
    for case_id in seen:
        case = await case_access.visible_case(turn.session, turn.actor, case_id)
        if case.state in UNDECIDED:
            case = await case_steps.take(
                turn, case_id, CaseEvent.REGISTER, actor=turn.actor, seen=seen[case_id]
            )
            seen[case_id] = case.steps
    return seen
