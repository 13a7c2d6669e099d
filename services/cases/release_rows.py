"""The office's button on the card of a case that is overdue."""

from __future__ import annotations

from datetime import datetime

from locales import Text
from models.cases import Case
from rules.case_lifecycle import CaseEvent
from services.access import Actor
from services.cases import steps
from services.views import ButtonSpec


def release_rows(actor: Actor, case: Case, *, now: datetime) -> list[list[ButtonSpec]]:
    """What the actor may press now."""
    if not steps.can(actor, case, CaseEvent.RELEASE, now=now):
        return []
    subject = {"case_id": case.id, "seen": case.steps}
    return [[ButtonSpec(Text("colours.release_button"), "case.release", subject, actor.id)]]
