"""Who may break a task down, and into which units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from locales import Text
from models import people, tasks
from models.db import Session, ident
from models.people import Unit
from models.tasks import Task, children
from reports.formats import short
from rules.tasks.breakdown import MOST_LEVELS
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access
from services.access import Actor
from services.errors import DomainError
from services.turn import Turn

_NAME: Final = 200
"""So much of an objective stands in a message about one task."""


def may_break_down(actor: Actor, task: Task) -> bool:
    """The office, the task's 责任人, the lead unit's 联络员, and deputies of these two."""
    return actor.is_office or access.answers_for(actor, task)


async def able_units(session: Session, task: Task, assisting: Collection[int]) -> set[int]:
    """The units in use into which a task may be broken down: those below its lead unit, and assisting ones.

    Units may lie below one that is out of use.
    """
    below = await people.unit_tree(session, task.lead_unit_id, retired=False)
    others = set(assisting) - below
    elsewhere = await people.units_in_use(session, others) if others else ()
    return {*below, *map(ident, elsewhere)} - {task.lead_unit_id}


async def to_break_down(turn: Turn, task_id: int) -> Task:
    """The open task for the actor to break down. ``DomainError``: they may not, or it cannot be."""
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if not may_break_down(turn.actor, task):
        raise DomainError("breakdowns.not_yours")
    if task.state not in OPEN_STATES:
        raise DomainError("breakdowns.closed", state=Text(f"common.task_state.{task.state.value}"))
    if len(await children.ancestors(turn.session, task)) + 1 >= MOST_LEVELS:
        raise DomainError("breakdowns.too_deep", most=MOST_LEVELS)
    return task


async def unit_names(session: Session, found: Collection[Task]) -> dict[int, str]:
    """The names of the lead units of these tasks, by id."""
    return await people.unit_names(session, {task.lead_unit_id for task in found})


async def name_of(session: Session, task: Task, most: int = _NAME) -> Text:
    """As ``named``; only of a part it asks for its unit."""
    return named(task, {} if task.parent_id is None else await unit_names(session, [task]), most)


def named(task: Task, names: Mapping[int, str], most: int = _NAME) -> Text:
    """The task's name among others: a part has its unit before it, for the whole has the same name."""
    objective = short(task.objective, most)
    if task.parent_id is None:
        return Text("common.as_is", text=objective)
    return Text("children.named", unit=names[task.lead_unit_id], objective=objective)


async def units_of_parts(session: Session, actor: Actor, found: Iterable[Task]) -> dict[int, str]:
    """The lead units of the parts among some tasks, by the task's id, but for those of the reader's own unit.

    A list names them: the parts of a task all have its name.
    """
    parts = [one for one in found if one.parent_id is not None and one.lead_unit_id != actor.contact.unit_id]
    names = await unit_names(session, parts) if parts else {}
    return {ident(one): names[one.lead_unit_id] for one in parts}


async def units_for(session: Session, task: Task) -> list[Unit]:
    """The units among which the task may be broken down now, without those that have a part of it already.

    A cancelled part does not count.
    """
    taken = await children.units_of(session, ident(task))
    return [unit for unit in await all_units_for(session, task) if unit.id not in taken]


async def all_units_for(session: Session, task: Task) -> Sequence[Unit]:
    """As ``units_for``, those that have a part of it already included."""
    assisting = (await tasks.assisting_units(session, [ident(task)]))[ident(task)]
    return await people.units_in_use(session, await able_units(session, task, assisting))
