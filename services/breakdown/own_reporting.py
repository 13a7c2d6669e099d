"""本级另报 on the card of a task that was broken down: its lead unit reports beside its parts, or not."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import tasks
from models.db import ident
from models.tasks import child_duties, children
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access, audit
from services.errors import DomainError
from services.tasks import breakdown_rights, completion, task_card
from services.tasks.task_steps import schedule_nags
from services.turn import Turn
from services.views import TurnOutcome

OWN_REPORTS: Final = "own_reports"


async def switch(turn: Turn, task_id: int, on: bool) -> TurnOutcome:
    """Let the lead unit report by itself from now on, or let the reports of the parts be its reports.

    ``DomainError``: they may not. Nothing is changed of a task that is over, or of which no part is reported
    as often.
    """
    await tasks.lock(turn.session, task_id)
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if not breakdown_rights.may_break_down(turn.actor, task):
        raise DomainError("breakdowns.not_yours")
    if task.state not in OPEN_STATES:
        return await completion.too_late(turn, task_id)
    reporting = await children.reported_below(turn.session, [task_id], ())
    if task.frequency is None or (not on and not reporting):
        return await completion.refused(turn, task_id, Text("breakdowns.no_parts"))
    if task.own_reports is not on:
        child_duties.set_own_reports(task, own=on, now=turn.now)
        task.updated_at = turn.now
        schedule_nags(task, turn.now)
        turn.session.add(task)
        said = {"before": {"own_reports": not on}, "after": {"own_reports": on}}
        audit.note(turn, OWN_REPORTS, ("task", ident(task)), **said)
        await turn.session.flush()
    key = "breakdowns.own_is_on" if on else "breakdowns.own_is_off"
    return TurnOutcome(await task_card.card(turn, task_id), Text(key))
