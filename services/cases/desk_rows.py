"""Buttons of a case's card: what the office decides, and what whoever verifies has found."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from locales import Text
from models.cases import Case
from rules.case_lifecycle import RUNNING, CaseEvent
from services.access import Actor
from services.cases import steps
from services.views import ButtonSpec

# Row by row, the usual case first: the step that makes the button sensible, its label, its action.
_ROWS: Final = (
    (
        (CaseEvent.REGISTER, "desk.quick_button", "desk.preview"),
        (CaseEvent.DISPATCH, "desk.dispatch_button", "desk.preview"),
    ),
    (
        (CaseEvent.REGISTER, "desk.register_button", "desk.register"),
        (CaseEvent.REJECT, "desk.reject_button", "desk.reject"),
        (CaseEvent.MERGE, "desk.merge_button", "desk.merge"),
    ),
    (
        (CaseEvent.ASK_VERIFICATION, "desk.ask_verification_button", "desk.ask_verification"),
        (CaseEvent.VERIFY, "desk.verdict_button", "desk.ask_verdict"),
    ),
    ((CaseEvent.REASSIGN, "desk.reassign_button", "desk.units"),),
)


def decision_rows(actor: Actor, case: Case, *, now: datetime) -> list[list[ButtonSpec]]:
    """What the actor may press now."""
    if not actor.is_office:
        return verdict_rows(actor.id, case) if steps.can(actor, case, CaseEvent.VERIFY, now=now) else []
    said = {"case_id": case.id, "seen": case.steps}
    found = [
        [
            ButtonSpec(Text(label), action, said, actor.id)
            for event, label, action in row
            if steps.can(actor, case, event, now=now)
        ]
        for row in _ROWS
    ]
    if case.state in RUNNING:
        urge = ButtonSpec(Text("desk.remind_button"), "desk.remind", {"cases": [case.id]}, actor.id)
        found[-1].append(urge)
    return [row for row in found if row]


def verdict_rows(reader_id: int | None, case: Case) -> list[list[ButtonSpec]]:
    """属实, 不属实, or with photos and words first."""
    said = {"case_id": case.id, "seen": case.steps}
    return [
        [
            ButtonSpec(Text("desk.true_button"), "desk.verify", {**said, "found": True}, reader_id),
            ButtonSpec(Text("desk.false_button"), "desk.verify", {**said, "found": False}, reader_id),
        ],
        [ButtonSpec(Text("desk.verify_photos_button"), "desk.verify_photos", said, reader_id)],
    ]
