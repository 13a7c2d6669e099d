"""A 分解 that somebody has begun: reading its row, keeping what was chosen, letting it go."""

from __future__ import annotations

from locales import Text
from models.tasks import Task, breakdowns
from models.tasks.breakdowns import TaskBreakdown
from rules.tasks.breakdown import MOST_UNITS
from services import access
from services.breakdown.breakdown_plan import BreakdownPlan
from services.errors import DomainError, TaskMovedError
from services.tasks import breakdown_rights
from services.turn import Turn
from services.views import ButtonSpec, View, button


async def begun(turn: Turn, breakdown_id: int) -> tuple[TaskBreakdown, Task, BreakdownPlan]:
    """What the person has begun, locked, with its task and what is chosen.

    ``DomainError``: it is over, or they may not break the task down any more.
    """
    row = await _own(turn, breakdown_id)
    task = await breakdown_rights.to_break_down(turn, row.task_id)
    return row, task, BreakdownPlan.from_json(row.plan)


async def _own(turn: Turn, breakdown_id: int) -> TaskBreakdown:
    row = await breakdowns.locked(turn.session, breakdown_id)
    if row is None or row.contact_id != turn.actor.id:
        raise DomainError("breakdowns.over")
    if row.confirmed_at is not None:
        await access.visible_task(turn.session, turn.actor, row.task_id)
        raise TaskMovedError("breakdowns.over", row.task_id)
    return row


async def keep(turn: Turn, row: TaskBreakdown, plan: BreakdownPlan) -> None:
    """Keep what was chosen. ``DomainError``: these are more units than can be chosen at once."""
    if len(plan.units) > MOST_UNITS:
        raise DomainError("breakdowns.too_many", most=MOST_UNITS, count=len(plan.units))
    row.plan, row.updated_at = plan.to_json(), turn.now
    turn.session.add(row)
    await turn.session.flush()


def leave_button(turn: Turn, row: TaskBreakdown) -> ButtonSpec:
    return button("breakdowns.leave_button", "breakdown.leave", turn.actor.id, breakdown_id=row.id)


async def leave(turn: Turn, breakdown_id: int) -> View:
    """放弃: nothing was made."""
    row = await _own(turn, breakdown_id)
    await breakdowns.let_go(turn.session, breakdown_id)
    card = button("completion.card_button", "task.card", turn.actor.id, task_id=row.task_id)
    return View([Text("breakdowns.left")], [[card]], [row.task_id])
