"""延期 on a task's card: the request that waits, and the button of each reader's next step."""

from __future__ import annotations

from locales import Text
from models import audit_log
from models.audit_log import Audit
from models.db import Session, ident
from models.tasks import Task
from reports.formats import full_day_text, moment_text
from rules.tasks.task_extensions import ExtensionFacts, ExtensionStep, refusal_of
from rules.tasks.task_lifecycle import EXTENDING, NAGGED_STATES
from services import access, audit
from services.campaign import Campaign
from services.turn import Turn
from services.views import CardPart, button


def facts_of(task: Task) -> ExtensionFacts:
    return ExtensionFacts(task.deadline, task.extensions, task.extension_until)


async def last_step(session: Session, task_id: int) -> Audit | None:
    """The last step of 延期 of a task: the request that waits, if one does.

    Its id is what a button has ``seen`` (0: none); pressed after a later step, the button changes nothing.
    """
    return await audit_log.last_of_events(session, ("task", task_id), EXTENDING)


async def on_card(turn: Turn, task: Task) -> CardPart:
    if task.state not in NAGGED_STATES or task.deadline is None:
        return CardPart()
    decides = await access.decides_on(turn.session, turn.actor, task)
    step = ExtensionStep.MOVE if decides else ExtensionStep.ASK
    waits, begins = task.extension_until is not None, _may_begin(turn, task, step)
    if not (waits or begins):
        return CardPart()
    last = await last_step(turn.session, ident(task))
    lines = await request_lines(turn.session, task, last, turn.campaign) if last is not None and waits else ()
    said = {"task_id": task.id, "seen": 0 if last is None else last.id}
    rows = []
    if waits and decides:
        rows.append([button("extensions.review_button", "extension.review", turn.actor.id, task_id=task.id)])
    elif begins:
        label = f"extensions.{step.value}_button"
        rows.append([button(label, "extension.start", turn.actor.id, **said, step=step)])
    return CardPart(lines, rows)


def _may_begin(turn: Turn, task: Task, step: ExtensionStep) -> bool:
    may = step is ExtensionStep.MOVE or access.answers_for(turn.actor, task)
    return may and refusal_of(step, facts_of(task), turn.today, turn.campaign.calendar) is None


async def request_lines(session: Session, task: Task, asked: Audit, campaign: Campaign) -> list[Text]:
    """Who asks for which day since when, and why."""
    if task.extension_until is None:
        return []
    who, at = await audit.who_of(session, asked), moment_text(asked.at, campaign.zone)
    lines = [Text("extensions.waiting", day=full_day_text(task.extension_until), who=who, at=at)]
    reason = (asked.after or {}).get("reason")
    return [*lines, Text("completion.reason_line", reason=reason)] if reason else lines
