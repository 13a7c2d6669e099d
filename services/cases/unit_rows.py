"""What the unit that holds a case may press on its card."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from locales import Text
from models.cases import Case
from rules.case_lifecycle import CaseEvent
from services.access import Actor
from services.cases import access, steps
from services.views import ButtonSpec

_FIRST: Final = (CaseEvent.ACKNOWLEDGE, CaseEvent.HANDLE)
_LABELS: Final = {
    CaseEvent.ACKNOWLEDGE: "orders.sign_button",
    CaseEvent.HANDLE: "orders.handle_button",
    CaseEvent.FEEDBACK: "orders.feedback_button",
    CaseEvent.SEND_BACK: "orders.send_back_button",
    CaseEvent.ASK_EXTENSION: "orders.ask_extension_button",
    CaseEvent.APPEAL: "orders.appeal_button",
}


def unit_rows(actor: Actor, case: Case, *, now: datetime) -> list[list[ButtonSpec]]:
    """What the actor may press now: the next step alone, below it what else is open; last the order itself
    for whoever sees inside."""
    possible = [event for event in _LABELS if steps.can(actor, case, event, now=now)]
    first = [event for event in possible if event in _FIRST][:1]
    others = [event for event in possible if event not in _FIRST]
    result = [[_button(event, actor, case) for event in row] for row in (first, others) if row]
    if case.order_id is not None and access.sees_inside(actor, case):
        paper = {"order_id": case.order_id}
        result.append([ButtonSpec(Text("orders.paper_button"), "order.paper", paper, actor.id)])
    return result


def _button(event: CaseEvent, actor: Actor, case: Case) -> ButtonSpec:
    arguments = {"case_id": case.id, "seen": case.steps}
    return ButtonSpec(Text(_LABELS[event]), f"order.{event.value}", arguments, actor.id)
