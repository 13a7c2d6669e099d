"""Confirming 派遣 in the office's chat: the order goes out, or the office learns which case has changed."""

from __future__ import annotations

from locales import Text
from models import cases
from models.db import Session
from models.people import Unit
from rules.cases.case_lifecycle import UNDECIDED, CaseEvent
from services.access import Actor
from services.cases import case_access, case_steps
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError
from services.cases.orders import dispatching
from services.cases.orders.order_choice import REASONS, DispatchChoice, ReassignReason, back_to_origin
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
    try:
        async with turn.session.begin_nested():
            seen = await _registered(turn, wanted)
            order = await dispatching.dispatch(
                turn,
                wanted.ids,
                wanted.unit_id,
                seen=seen,
                task_id=wanted.task_id,
                reason=None if reason is None else written_reason(reason),
            )
    except MovedOnError as moved:
        if len(wanted.cases) == 1:
            raise
        return await _overtaken(turn.session, turn.actor, wanted, moved.case_id)
    told = Text("desk.dispatched", number=order.number)
    if len(wanted.cases) == 1:
        return TurnOutcome(await case_card.card(turn, wanted.ids[0]), told)
    unit = await turn.session.get_one(Unit, wanted.unit_id)
    lines = [Text("desk.dispatched_several", number=order.number, unit=unit.name, count=len(wanted.cases))]
    numbers = [case.number for case in (await cases.cases_by_id(turn.session, wanted.ids)).values()]
    lines.append(Text("desk.numbers", numbers=numbers))
    return TurnOutcome(View(lines, [[back_to_origin(turn.actor, wanted)]], case_ids=wanted.ids), told)


async def _registered(turn: Turn, wanted: DispatchChoice) -> dict[int, int]:
    """Register the cases that are not registered yet. By case: how many steps it has then."""
    seen = dict(wanted.cases)
    for case_id in wanted.ids:
        case = await case_access.visible_case(turn.session, turn.actor, case_id)
        if case.state in UNDECIDED:
            case = await case_steps.take(
                turn, case_id, CaseEvent.REGISTER, actor=turn.actor, seen=seen[case_id]
            )
            seen[case_id] = case.steps
    return seen


async def _overtaken(session: Session, actor: Actor, wanted: DispatchChoice, case_id: int) -> TurnOutcome:
    """The answer if one of several cases has changed: nothing went out, and the office chooses again."""
    case = await case_access.visible_case(session, actor, case_id)
    told = Text("desk.one_moved_on", number=case.number, state=Text(f"cases.state.{case.state.value}"))
    return TurnOutcome(View([told], [[back_to_origin(actor, wanted)]]), Text("cases.moved_on"), done=False)
