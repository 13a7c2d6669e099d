"""立案 and 不予立案, by the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from locales import Text
from models.cases.case_piles import Pile
from models.db import ident
from rules.cases.case_lifecycle import CaseEvent
from services import questions
from services.access import require_office
from services.cases import case_steps
from services.cases.cards import case_card
from services.cases.case_steps import StepDetails
from services.cases.deciding.verifying import back_button

# Re-exported, so that all decisions on a reported case are reached from this module.
from services.cases.deciding.verifying import receive_verification as receive_verification
from services.cases.deciding.verifying import show_verification as show_verification
from services.cases.orders import picked_cases
from services.cases.orders.picked_cases import PickedCase
from services.reasons import REASON_LIMIT, named_reason, reason_rows, written_reason
from services.turn import Turn
from services.views import TurnOutcome, View, button

ASKED: Final = "dispatch.reject"
"""The question whose answer is the written reason."""

RejectReason = Literal["not_there", "not_ours", "mended"]
REASONS: Final[Mapping[RejectReason, str]] = {
    "not_there": "desk.reject_not_there",
    "not_ours": "desk.reject_not_ours",
    "mended": "desk.reject_mended",
}
"""The reasons with a button; any other reason is written."""


async def register(turn: Turn, case_id: int, seen: int) -> TurnOutcome:
    """立案: the case waits for its dispatch from now on."""
    await case_steps.take(turn, case_id, CaseEvent.REGISTER, actor=turn.actor, seen=seen)
    return TurnOutcome(await case_card.card(turn, case_id), Text("desk.registered"))


async def register_picked(turn: Turn, picked: tuple[PickedCase, ...], pile: Pile) -> TurnOutcome:
    """立案 for many. Cases that moved on meanwhile are named, and the rest goes through."""
    require_office(turn.actor)
    found = await picked_cases.split(turn, picked, CaseEvent.REGISTER, lock=True)
    for case in found.still:
        await case_steps.take(turn, ident(case), CaseEvent.REGISTER, actor=turn.actor)
    head = Text("desk.registered_many", count=len(found.still))
    back = picked_cases.back_to_list(turn.actor, pile)
    view = View([head, *found.moved_lines()], [[back]])
    return TurnOutcome(view, head if found.still else Text("cases.moved_on"), done=bool(found.still))


async def ask_reason(turn: Turn, case_id: int, seen: int) -> View:
    """Ask for the reason of 不予立案."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.REJECT, seen, now=turn.now
    )
    said = {"case_id": case_id, "seen": seen}
    labels = {name: Text(key) for name, key in REASONS.items()}
    write = button("completion.write_reason_button", "desk.reject_write", turn.actor.id, **said)
    rows = reason_rows(turn.actor, labels, "desk.reject_for", said, write)
    await questions.ask_here(turn, ASKED, said)
    line = Text("desk.why_reject", number=case.number)
    return View([line], [*rows, [back_button(turn.actor, case_id)]], case_ids=[case_id])


async def ask_words(turn: Turn, case_id: int, seen: int) -> View:
    """Ask for a written reason: the next words in this chat are the answer."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.REJECT, seen, now=turn.now
    )
    said = {"case_id": case_id, "seen": seen}
    await questions.ask_here(turn, ASKED, said)
    line = Text("desk.write_reject", number=case.number, limit=REASON_LIMIT)
    return View([line], [[back_button(turn.actor, case_id)]], case_ids=[case_id])


async def reject_for(turn: Turn, case_id: int, seen: int, reason: RejectReason) -> TurnOutcome:
    """不予立案 for the reason on a button; it is stored in words."""
    return await reject(turn, case_id, seen, named_reason(REASONS[reason], turn.campaign))


async def reject(turn: Turn, case_id: int, seen: int, reason: str) -> TurnOutcome:
    """不予立案: the case ends, and its reporter learns why."""
    reason = written_reason(reason)
    await case_steps.take(
        turn, case_id, CaseEvent.REJECT, actor=turn.actor, seen=seen, change=StepDetails(reason=reason)
    )
    return TurnOutcome(await case_card.card(turn, case_id), Text("desk.rejected"))
