"""Who may break a task down, and into which units."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from locales import Text
from models import people, tasks
from models.db import Session, ident
from models.people import Unit
from models.tasks import Task, children
from rules.tasks.breakdown import MOST_LEVELS
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services import access
from services.access import Actor
from services.errors import DomainError
from services.turn import Turn


def may_break_down(actor: Actor, task: Task) -> bool:
    """The office, the task's 责任人, the lead unit's 联络员, and deputies of these two."""
    return actor.is_office or access.answers_for(actor, task)


def has_units(task: Task, assisting: Collection[int], units: Iterable[Unit]) -> bool:
    """Whether any unit could be chosen: one that assists, or one directly below the lead unit."""
    others = {*assisting} - {task.lead_unit_id}
    return bool(others) or any(
        unit.parent_id == task.lead_unit_id for unit in units if unit.retired_at is None
    )


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


async def units_for(session: Session, task: Task, *, but: Collection[int] = ()) -> list[Unit]:
    """The units among which the task may be broken down: those below its lead unit, and those that assist.

    Units that have a part of it already are left out, unless only a cancelled one. ``but``: parts that do
    not count.
    """
    there = {
        child.lead_unit_id
        for child in await children.children_of(session, ident(task))
        if child.state is not TaskState.CANCELLED and child.id not in but
    }
    return [unit for unit in await all_units_for(session, task) if unit.id not in there]


async def all_units_for(session: Session, task: Task) -> list[Unit]:
    """As ``units_for``, those that have a part of it already included."""
    below = await people.unit_tree(session, task.lead_unit_id)
    assisting = (await tasks.assisting_units(session, [ident(task)]))[ident(task)]
    able = {*below, *assisting} - {task.lead_unit_id}
    return [unit for unit in await people.all_units(session) if unit.id in able]
