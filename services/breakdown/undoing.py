"""撤回分解: within an hour, while nobody has signed for a part, reported on it, or touched it otherwise."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import tasks
from models.db import ident
from models.tasks import Task, breakdowns, child_duties, children
from models.tasks.breakdowns import TaskBreakdown
from reports.formats import short
from services import access, audit
from services.breakdown import breakdown_notices, releasing
from services.breakdown.breakdown_plan import BreakdownPlan
from services.errors import DomainError
from services.reasons import named_reason
from services.tasks import breakdown_rights, completion, task_card, task_steps
from services.tasks.task_card import task_button
from services.turn import Turn
from services.views import TurnOutcome, View, button

UNDO: Final = "undo_break_down"


async def ask(turn: Turn, task_id: int) -> TurnOutcome:
    """撤回分解 was pressed: say what is taken back, and ask."""
    task, row, why_not = await _last(turn, task_id)
    if row is None or why_not is not None:
        return await completion.refused(turn, task_id, why_not or Text("breakdowns.nothing_to_undo"))
    lines = [Text("breakdowns.undo_title", objective=short(task.objective, 80))]
    if row.made:
        lines.append(Text("breakdowns.undo_made", count=len(row.made)))
    if row.attached:
        lines.append(Text("breakdowns.undo_attached", count=len(row.attached)))
    lines.append(Text("breakdowns.undo_ask"))
    confirm = button("breakdowns.undo_now_button", "breakdown.undo_now", turn.actor.id, breakdown_id=row.id)
    back = task_button("completion.back_button", "task.show", turn.actor, task)
    return TurnOutcome(View(lines, [[confirm], [back]], [task_id]))


async def _last(turn: Turn, task_id: int) -> tuple[Task, TaskBreakdown | None, Text | None]:
    """The last 分解 of a task, and why it cannot be taken back now (None: it can)."""
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if not breakdown_rights.may_break_down(turn.actor, task):
        raise DomainError("breakdowns.not_yours")
    row = await breakdowns.last_of(turn.session, task_id)
    return task, row, None if row is None else await _hindrance(turn, row)


async def _hindrance(turn: Turn, row: TaskBreakdown) -> Text | None:
    if breakdown_rights.is_late(turn, row):
        return Text("breakdowns.undo_too_late")
    begun = await breakdown_rights.begun_with(turn.session, row)
    if begun:
        found = await tasks.tasks_by_id(turn.session, begun)
        first = min(found.values(), key=ident)
        key = "breakdowns.undo_begun" if len(begun) == 1 else "breakdowns.undo_begun_more"
        return Text(key, count=len(begun), person=first.responsible_person)
    return None


async def undo(turn: Turn, breakdown_id: int) -> TurnOutcome:
    """Cancel the new parts, let go of the attached ones, and edit what their people were told. Once."""
    known = await turn.session.get(TaskBreakdown, breakdown_id)
    if known is None:
        raise DomainError("buttons.expired")
    await breakdowns.locked(turn.session, breakdown_id)
    lower = await children.child_ids(turn.session, known.attached)
    await children.locked(turn.session, [known.task_id, *known.made, *known.attached, *lower])
    if known.undone_at is not None:
        return await completion.refused(turn, known.task_id, Text("breakdowns.undone_before"))
    task, row, why_not = await _last(turn, known.task_id)
    if row is None or row.id != breakdown_id:
        why_not = Text("breakdowns.undo_too_late")
    if row is None or why_not is not None:
        return await completion.refused(turn, known.task_id, why_not or Text("breakdowns.undo_too_late"))
    await _take_apart(turn, row, task)
    await breakdown_notices.take_back(turn, row)
    card = await task_card.card(turn, known.task_id)
    return TurnOutcome(card, Text("breakdowns.undone", count=len(row.made)))


async def _take_apart(turn: Turn, row: TaskBreakdown, task: Task) -> None:
    row.undone_at = turn.now
    turn.session.add(row)
    reason = named_reason("breakdowns.undo_reason", turn.campaign)
    made = (await tasks.tasks_by_id(turn.session, row.made)).values()
    for child in made:
        await task_steps.cancel_part(turn, child, reason)
    await releasing.let_go(turn, row.attached, task)
    plan = BreakdownPlan.from_json(row.plan)
    own = plan.own_before
    if own is not None and task.own_reports is plan.own_reports:  # nobody has switched it since
        child_duties.set_own_reports(task, own=own, now=turn.now)
        turn.session.add(task)
    units = [child.lead_unit_id for child in made]
    audit.note(turn, UNDO, ("task", task.id), before={"below_units": units}, after={})
    await turn.session.flush()
    await child_duties.settle_above(turn.session, ident(task), turn.now)
