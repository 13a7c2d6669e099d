"""交办: how a message tells a person which tasks are new for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from locales import Text
from models.tasks import Task
from reports.formats import day_text, quantity_text, short
from services.campaign import Campaign
from services.task_wording import due_text
from services.tasks.listed_tasks import ListedTasks


def assigned(
    mine: Sequence[Task], now: datetime, campaign: Campaign, instead_of: str | None = None
) -> ListedTasks:
    """The new tasks of one person. ``instead_of``: the person for whom the reader stands in."""
    first = day_text(min(campaign.sign_by(task.assigned_at) for task in mine))
    title = Text("tasks.assigned_title", count=len(mine), day=first)
    if instead_of is not None:
        title = Text("tasks.assigned_deputy_title", count=len(mine), day=first, name=instead_of)
    entries = [_line(number, task, now, campaign) for number, task in enumerate(mine, 1)]
    return ListedTasks(title, entries)


def _line(number: int, task: Task, now: datetime, campaign: Campaign) -> Text:
    """A part has the words of the whole, and a target of its own."""
    shown = {"objective": short(task.objective, 40), "due": due_text(task, now, campaign)}
    if task.parent_id is None or task.target_value is None:
        return Text("tasks.assigned_line", number=number, **shown)
    target = quantity_text(task.target_value, task.target_unit or "")
    return Text("tasks.assigned_part_line", number=number, target=target, **shown)
