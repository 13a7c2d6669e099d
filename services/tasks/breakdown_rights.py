"""Who may break a task down, and into which units."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from locales import Text
from models import people, tasks
from models.db import Session, ident
from models.people import Unit
from models.tasks import Task, children
from rules.tasks.breakdown import MOST_LEVELS
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access
from services.access import Actor
from services.errors import DomainError
from services.turn import Turn


def may_break_down(actor: Actor, task: Task) -> bool:
    """The office, the task's 责任人, the lead unit's 联络员, and deputies of these two."""
    return actor.is_office or access.answers_for(actor, task)


def able_units(task: Task, assisting: Collection[int], units: Sequence[Unit]) -> list[Unit]:
    """The units in use into which a task may be broken down: those below its lead unit, and assisting ones.

    ``units``: all units, those out of use included, for units may lie below one of these.
    """
    under: dict[int | None, list[int]] = {}
    for unit in units:
        under.setdefault(unit.parent_id, []).append(ident(unit))
    below, level = {task.lead_unit_id}, [task.lead_unit_id]
    while level:
        level = [one for over in level for one in under.get(over, ()) if one not in below]
        below.update(level)
    able = {*below, *assisting} - {task.lead_unit_id}
    return [unit for unit in units if unit.id in able and unit.retired_at is None]


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
    """The units among which the task may be broken down now, without those that have a part of it already.

    A cancelled part does not count. ``but``: further parts that do not.
    """
    taken = await children.units_of(session, ident(task), but=but)
    return [unit for unit in await all_units_for(session, task) if unit.id not in taken]


async def all_units_for(session: Session, task: Task) -> list[Unit]:
    """As ``units_for``, those that have a part of it already included."""
    assisting = (await tasks.assisting_units(session, [ident(task)]))[ident(task)]
    return able_units(task, assisting, await people.all_units(session, retired=True))
