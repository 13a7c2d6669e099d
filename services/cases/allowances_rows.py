"""What a checker, the office and a leader may press on a case's card."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from locales import Text
from models.cases import Case
from rules.case_lifecycle import CaseEvent
from services.access import Actor
from services.cases import instructions, steps
from services.views import ButtonSpec

# By the step that makes them sensible: label and action. What waits for an answer has a row of its own.
_ALONE: Final = {
    CaseEvent.CLOSE: ("checking.check_button", "case.check"),
    CaseEvent.EXTEND: ("checking.extension_button", "case.extension"),
    CaseEvent.GRANT_APPEAL: ("checking.hearing_button", "case.hearing"),
}
_TOGETHER: Final = {
    CaseEvent.SUSPEND: ("checking.suspend_button", "case.suspend"),
    CaseEvent.RESUME: ("checking.resume_button", "case.ask_ruling"),
    CaseEvent.REOPEN: ("checking.reopen_button", "case.ask_ruling"),
}


def checker_rows(actor: Actor, case: Case, *, now: datetime) -> list[list[ButtonSpec]]:
    """What the actor may press now."""
    found = [
        [_button(label, action, actor, case)]
        for event, (label, action) in _ALONE.items()
        if steps.can(actor, case, event, now=now)
    ]
    last = [
        _button(label, action, actor, case, event=event.value)
        for event, (label, action) in _TOGETHER.items()
        if steps.can(actor, case, event, now=now)
    ]
    if instructions.may_instruct(actor, case):
        last.append(_button("checking.instruct_button", "case.instruct", actor, case))
    return [*found, last] if last else found


def _button(label: str, action: str, actor: Actor, case: Case, **arguments: object) -> ButtonSpec:
    seen = {"case_id": case.id, "seen": case.steps}
    return ButtonSpec(Text(label), action, {**seen, **arguments}, actor.id)
