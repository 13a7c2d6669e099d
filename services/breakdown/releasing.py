"""解除归入: a task with a life of its own, which a 分解 made a part of another one, stands alone again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from locales import Text
from models import audit_log, tasks
from models.audit_log import Audit
from models.db import ident
from models.tasks import Task, child_duties, children
from reports.formats import short
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import OPEN_STATES
from services import audit
from services.breakdown import breakdown_notices
from services.breakdown.breakdown_writing import FOLLOW, follow
from services.tasks import breakdown_rights, completion, task_card
from services.tasks.breakdown_rights import ATTACH
from services.tasks.task_card import task_button
from services.tasks.task_steps import for_decider, schedule_nags
from services.turn import Turn
from services.views import TurnOutcome, View

DETACH: Final = "detach"


async def ask(turn: Turn, task_id: int) -> TurnOutcome:
    """解除归入 was pressed: say what comes of it, and ask."""
    task = await for_decider(turn.session, turn.actor, task_id)
    joined = await _joined(turn, task)
    if joined is None:
        return await completion.refused(turn, task_id, Text("breakdowns.not_attached"))
    above, how = joined
    lines = [
        Text("breakdowns.release_title", task=await breakdown_rights.name_of(turn.session, task, 80)),
        Text("breakdowns.release_ask", above=short(above.objective, 60)),
    ]
    if (own := _own_frequency(task, above, how)) is not task.frequency:
        lines.insert(1, Text("breakdowns.release_reports", reports=breakdown_notices.rhythm_text(own)))
    confirm = task_button("breakdowns.release_now_button", "child.release_now", turn.actor, task)
    back = task_button("completion.back_button", "task.show", turn.actor, task)
    return TurnOutcome(View(lines, [[confirm], [back]], [task_id]))


async def release(turn: Turn, task_id: int) -> TurnOutcome:
    """Let the task stand alone, and tell who answers for it. Its decider may not see it any more."""
    known = await for_decider(turn.session, turn.actor, task_id)
    lower = await children.child_ids(turn.session, [task_id])
    family = {task_id, *lower, *([] if known.parent_id is None else [known.parent_id])}
    await children.locked(turn.session, family)
    task = await for_decider(turn.session, turn.actor, task_id)
    joined = await _joined(turn, task)
    if joined is None:
        return await completion.refused(turn, task_id, Text("breakdowns.not_attached"))
    above, _ = joined
    await let_go(turn, [task_id], above)
    await turn.session.flush()
    await child_duties.settle_above(turn.session, ident(above), turn.now)
    said = breakdown_notices.told_released(task)
    dedupe = f"breakdowns.released:{task.id}:{turn.now.isoformat()}"
    await breakdown_notices.tell_person(turn, task, said, dedupe)
    card = await task_card.card(turn, ident(above) if not turn.actor.is_office else task_id)
    return TurnOutcome(card, Text("breakdowns.released"))


async def _joined(turn: Turn, task: Task) -> tuple[Task, Audit] | None:
    """The task from which it can be released, and how it became a part of that; None: it cannot."""
    above = await children.parent_of(turn.session, task)
    if above is None or task.state not in OPEN_STATES:
        return None
    how = await breakdown_rights.attached(turn.session, task)
    return None if how is None else (above, how)


async def let_go(turn: Turn, attached: Collection[int], task: Task) -> None:
    """The tasks stand alone again; they, and what followed them, have the frequency that they had."""
    rows = await audit_log.last_of_each(turn.session, "task", attached, ATTACH)
    joined = {row.subject_id: row for row in rows}
    for child in (await tasks.tasks_by_id(turn.session, attached)).values():
        if child.parent_id == task.id:
            await _give_back(turn, child, task, joined[ident(child)])
            child.parent_id, child.updated_at = None, turn.now
            if child.state in OPEN_STATES:
                schedule_nags(child, turn.now)
            turn.session.add(child)
            audit.note(turn, DETACH, ("task", child.id), before={"parent_id": task.id}, after={})


async def _give_back(turn: Turn, child: Task, task: Task, joined: Audit) -> None:
    """Its frequency and its fortnights."""
    if (own := _own_frequency(child, task, joined)) is not child.frequency:
        child.frequency = own
        await _give_back_below(turn, child, joined.at)
    rhythm_from = (joined.before or {}).get("rhythm_from")
    child.rhythm_from = rhythm_from and datetime.fromisoformat(rhythm_from)


def _own_frequency(child: Task, task: Task, joined: Audit) -> Frequency | None:
    """The frequency that it had before it was attached, if it has not got another one of its own since."""
    before, after = joined.before or {}, joined.after or {}
    if "frequency" not in before or child.frequency not in {after["frequency"], task.frequency}:
        return child.frequency
    return Frequency(before["frequency"]) if before["frequency"] else None


async def _give_back_below(turn: Turn, child: Task, since: datetime) -> None:
    """The parts of a task that stands alone again have the frequency that they had before."""
    lower = {ident(one): one for one in await children.children_of(turn.session, ident(child))}
    for row in await audit_log.last_of_each(turn.session, "task", list(lower), FOLLOW):
        part, before, after = lower[row.subject_id or 0], row.before or {}, row.after or {}
        if row.at >= since and part.state in OPEN_STATES and part.frequency == after["frequency"]:
            follow(turn, part, before["frequency"] and Frequency(before["frequency"]))
