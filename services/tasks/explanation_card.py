"""说明原因 where a task is shown: why it is late, in the words of who answers for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from locales import Text
from models import audit_log
from models.audit_log import Audit
from models.db import Session, ident, row_of
from models.tasks import Task
from reports.formats import moment_text
from rules.tasks.task_lifecycle import NAGGED_STATES
from services import access, audit
from services.campaign import Campaign
from services.turn import Turn
from services.views import CardPart, button

EXPLAIN: Final = "explain"
"""The event in the audit of a task."""


def is_late(task: Task, turn: Turn) -> bool:
    """Whether its person owes it although its deadline is over."""
    return task.state in NAGGED_STATES and task.deadline is not None and task.deadline < turn.today


async def last_of(session: Session, found: Iterable[Task], campaign: Campaign) -> dict[int, Audit]:
    """By the id of the task: the last reason that was given since its present deadline passed."""
    tasks = {ident(task): task for task in found if task.deadline is not None}
    rows = await audit_log.last_of_each(session, "task", tasks.keys(), EXPLAIN) if tasks else ()
    said = {row.subject_id: row for row in rows}
    return {
        task_id: row
        for task_id, task in tasks.items()
        if (row := said.get(task_id)) is not None
        and task.deadline is not None
        and campaign.today(row.at) > task.deadline
    }


async def reasons(session: Session, found: Iterable[Task], campaign: Campaign) -> dict[int, str]:
    """As ``last_of``, in the words that were given."""
    return {task_id: reason_of(row) for task_id, row in (await last_of(session, found, campaign)).items()}


def reason_of(row: Audit) -> str:
    return str((row.after or {}).get("reason", ""))


async def on_card(turn: Turn, task: Task) -> CardPart:
    if not is_late(task, turn):
        return CardPart()
    row = row_of(await last_of(turn.session, [task], turn.campaign), task.id)
    lines, key = [], "explanations.start_button"
    if row is not None:
        who, at = await audit.who_of(turn.session, row), moment_text(row.at, turn.campaign.zone)
        lines.append(Text("explanations.line", reason=reason_of(row), who=who, at=at))
        key = "explanations.again_button"
    may = access.answers_for(turn.actor, task)
    start = button(key, "explain.start", turn.actor.id, task_id=task.id)
    return CardPart(lines, [[start]] if may else [])
