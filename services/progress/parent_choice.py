"""归入上级任务: a report is about the unit's own part; one tap lets it count for the task above instead."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from locales import Text
from models import people, tasks
from models.db import Session, ident
from models.drafts import Draft
from models.progress import ProgressReport
from models.tasks import Task, children
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access
from services.access import Actor
from services.drafts import draft_changes, kept_choices, task_split
from services.drafts.draft_figures import DraftFigure
from services.drafts.draft_kinds import draft_button
from services.progress import receipts
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


class Place(StrEnum):
    """Where a report counts that is about a task with parts.

    TO_PARENT: for the task above the unit's part, as the person chose. OF_ANOTHER: there, too, but their
    part is over, or they came past it. BROKEN_DOWN: beside the parts, which are summed up by themselves.
    """

    TO_PARENT = "to_parent"
    OF_ANOTHER = "of_another"
    BROKEN_DOWN = "broken_down"


ABOVE: Final = frozenset({Place.TO_PARENT, Place.OF_ANOTHER})


async def place_of(session: Session, actor: Actor, draft: Draft) -> Place | None:
    """Where the draft counts; None: there is nothing to say of it."""
    if task_split.is_split(draft):
        return None
    task = None if draft.task_id is None else await tasks.task_by_id(session, draft.task_id)
    if task is None:
        return None
    if draft.report_id is not None:
        report = await session.get_one(ProgressReport, draft.report_id)
        return Place.TO_PARENT if await receipts.counts_above(session, report, task) else None
    if draft.content.get(_PART) not in {None, task.id}:
        return Place.TO_PARENT
    if not draft_changes.figures_of(draft):
        return None
    units = await children.units_of(session, ident(task))
    if units.isdisjoint(actor.reporting_units):
        return Place.BROKEN_DOWN if units else None
    unit_id = await draft_changes.counting_unit(session, actor, draft)
    return Place.BROKEN_DOWN if unit_id == task.lead_unit_id else Place.OF_ANOTHER


async def lines(session: Session, task: Task, place: Place | None) -> list[Text]:
    """That the report counts for the task above, or that the parts of a task are summed up without it."""
    if place is None or place is Place.BROKEN_DOWN:
        return [] if place is None else [Text("progress.card.broken_down")]
    names = await people.unit_names(session, [task.lead_unit_id])
    key = "progress.card.to_parent" if place is Place.TO_PARENT else "progress.card.of_another"
    return [Text(key, unit=names[task.lead_unit_id])]


async def note(session: Session, draft: Draft, task: Task) -> list[DraftFigure]:
    """The draft will be about that task: remember the part from which it goes there, for the way back.

    Returns the numbers for which something was chosen, if it goes there or back.
    """
    part = None if draft.task_id is None else await tasks.task_by_id(session, draft.task_id)
    goes_up = part is not None and part.parent_id == task.id
    goes_back = draft.content.get(_PART) == task.id
    chosen = kept_choices.leave(draft) if goes_up or goes_back else []
    content = {name: value for name, value in draft.content.items() if name != _PART}
    draft.content = {**content, _PART: draft.task_id} if goes_up else content
    return chosen
