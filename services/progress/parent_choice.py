"""归入上级任务: a report is about the unit's own part; one tap lets it count for the task above instead."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import people, tasks
from models.db import Session, ident
from models.drafts import Draft
from models.tasks import Task, children
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access
from services.access import Actor
from services.drafts import draft_changes
from services.drafts.draft_kinds import draft_button
from services.views import ButtonSpec

_PART: Final = "part"


async def rows(session: Session, actor: Actor, draft: Draft, task: Task) -> list[list[ButtonSpec]]:
    """The button to the task above, if the actor may report on that, or back to the part."""
    part = draft.content.get(_PART)
    if part is not None and part != task.id:
        return [[draft_button("progress.to_part_button", "report.pick", actor.id, draft, task_id=part)]]
    above = await children.parent_of(session, task)
    if above is None or above.state not in OPEN_STATES or draft.report_id is not None:
        return []
    if not await access.may_report_above(session, actor, above):
        return []
    label = "progress.to_parent_button"
    return [[draft_button(label, "report.pick", actor.id, draft, task_id=above.id)]]


async def lines(session: Session, actor: Actor, draft: Draft, task: Task) -> list[Text]:
    """That the report counts for the task above, or that the parts of a task are summed up without it."""
    if draft.content.get(_PART) not in {None, task.id}:
        return [await _for_another("progress.card.to_parent", session, task)]
    if draft.report_id is not None or not draft_changes.figures_of(draft):
        return []
    units = await children.units_of(session, ident(task))
    if units.isdisjoint(actor.reporting_units):
        return [Text("progress.card.broken_down")] if units else []
    # Their own part is over, or they came here past it.
    return [await _for_another("progress.card.of_another", session, task)]


async def _for_another(key: str, session: Session, task: Task) -> Text:
    names = await people.unit_names(session, [task.lead_unit_id])
    return Text(key, unit=names[task.lead_unit_id])


async def note(session: Session, draft: Draft, task: Task) -> None:
    """The draft will be about that task: remember the part from which it goes there, for the way back."""
    part = None if draft.task_id is None else await tasks.task_by_id(session, draft.task_id)
    content = {name: value for name, value in draft.content.items() if name != _PART}
    if part is not None and part.parent_id == task.id:
        content[_PART] = part.id
    draft.content = content
