"""暂停催办 on a task's card: until when nobody is nagged about it and why, and the office's buttons."""

from __future__ import annotations

from locales import Text
from models import audit_log
from models.db import Session, ident
from models.tasks import Task
from reports.formats import full_day_text
from rules.tasks.task_lifecycle import NAGGED_STATES, PAUSING
from services import access
from services.task_wording import last_day_of_pause
from services.turn import Turn
from services.views import CardPart, button


async def last_step(session: Session, task_id: int) -> int:
    """Which step of 暂停催办 was the last (0: none). It is what a button has ``seen``."""
    row = await audit_log.last_of_events(session, ("task", task_id), PAUSING)
    return 0 if row is None else ident(row)


async def on_card(turn: Turn, task: Task) -> CardPart:
    last = last_day_of_pause(task, turn.now, turn.campaign)
    lines = []
    if last is not None:
        lines.append(Text("pauses.line", day=full_day_text(last), reason=task.pause_reason or ""))
    if not await access.decides_on(turn.session, turn.actor, task):
        return CardPart(lines)
    said = {"task_id": task.id, "seen": await last_step(turn.session, ident(task))}
    row = [] if last is None else [button("pauses.resume_button", "pause.resume", turn.actor.id, **said)]
    if task.state in NAGGED_STATES:
        key = "pauses.start_button" if last is None else "pauses.renew_button"
        row.append(button(key, "pause.start", turn.actor.id, **said))
    return CardPart(lines, [row] if row else [])
