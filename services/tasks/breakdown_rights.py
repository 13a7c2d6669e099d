"""Who may break a task down, and into which units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from locales import Text
from models import audit_log, people, tasks
from models.audit_log import Audit
from models.db import Session, ident
from models.people import Unit
from models.progress import report_lookup
from models.tasks import Task, breakdowns, children
from models.tasks.breakdowns import TaskBreakdown
from reports.formats import short
from rules.tasks.breakdown import MOST_LEVELS, UNDO_WITHIN
from rules.tasks.task_lifecycle import OPEN_STATES, TaskEvent, TaskState
from services import access
from services.access import Actor
from services.errors import TaskMovedError
from services.turn import Turn

PART: Final = "part"
ATTACH: Final = "attach"
VERIFY: Final = "verify_reopened"
# What parts do not do themselves: they are made, and follow a deadline or a frequency of the whole.
_NOT_THEIRS: Final = frozenset({PART, ATTACH, TaskEvent.EXTEND.value, "import"})
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
    """The open task for the actor to break down. ``DomainError``: they may not, or it cannot be.

    It is a ``TaskMovedError`` if they may see the task.
    """
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if not may_break_down(turn.actor, task):
        raise TaskMovedError("breakdowns.not_yours", task_id)
    if task.state not in OPEN_STATES:
        state = Text(f"common.task_state.{task.state.value}")
        raise TaskMovedError("breakdowns.closed", task_id, state=state)
    if len(await children.ancestors(turn.session, task)) + 1 >= MOST_LEVELS:
        raise TaskMovedError("breakdowns.too_deep", task_id, most=MOST_LEVELS)
    return task


async def may_undo(turn: Turn, task: Task) -> bool:
    """Whether the last 分解 of a task may be taken back now: within an hour, while nobody has begun."""
    row = await breakdowns.last_of(turn.session, ident(task))
    return row is not None and not is_late(turn, row) and not await begun_with(turn.session, row)


def is_late(turn: Turn, row: TaskBreakdown) -> bool:
    return row.confirmed_at is None or turn.now > row.confirmed_at + UNDO_WITHIN


async def begun_with(session: Session, row: TaskBreakdown) -> set[int]:
    """The new parts with which somebody has begun: anything but their making stands in their history."""
    parts, since = [*row.made, *row.attached], row.confirmed_at or row.updated_at
    found = await tasks.tasks_by_id(session, row.made)
    begun = {task_id for task_id, task in found.items() if task.state is not TaskState.ASSIGNED}
    begun |= await audit_log.touched(session, ("task", parts), since=since, but=_NOT_THEIRS)
    return begun | await report_lookup.reported_since(session, parts, since)


async def attached(session: Session, task: Task) -> Audit | None:
    """How a task with a life of its own became a part of the one above it by 分解; None: it did not."""
    rows = await audit_log.last_of_each(session, "task", [ident(task)], ATTACH)
    return next((row for row in rows if (row.after or {}).get("parent_id") == task.parent_id), None)


async def verified(session: Session, reopened: Mapping[int, datetime]) -> dict[int, Audit]:
    """The last 已核实 of completed tasks, by id, where nothing below them was reopened later.

    ``reopened``: when something was reopened below each of them last.
    """
    rows = await audit_log.last_of_each(session, "task", reopened, VERIFY)
    known = {row.subject_id: row for row in rows if row.subject_id is not None}
    return {task_id: row for task_id, row in known.items() if row.at >= reopened[task_id]}


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


def named_in(task: Task, units: Mapping[int, str], most: int) -> Text:
    """The task's name, with its unit before it where that is among the ``units``, by the task's id."""
    objective = short(task.objective, most)
    if (unit := units.get(ident(task))) is None:
        return Text("common.as_is", text=objective)
    return Text("children.named", unit=unit, objective=objective)


def said_above(task: Task, names: Mapping[int, str]) -> Text:
    """That something is a part of this task: its name, its unit, and who answers for it."""
    return Text(
        "children.above",
        objective=short(task.objective, 60),
        unit=names[task.lead_unit_id],
        person=task.responsible_person,
    )


async def names_of(session: Session, found: Collection[Task], most: int) -> dict[int, Text]:
    """The names of tasks on buttons beside each other, by the task's id."""
    parts = [one for one in found if one.parent_id is not None]
    units = await unit_names(session, parts) if parts else {}
    return {ident(one): named(one, units, most) for one in found}


async def units_of_parts(session: Session, actor: Actor, found: Iterable[Task]) -> dict[int, str]:
    """The lead units of the parts among some tasks, by the task's id, but for those of the reader's own unit.

    A list names them: the parts of a task all have its name. The reader's own is named beside such another.
    """
    every = list(found)
    names = Counter(one.objective for one in every)
    own = actor.contact.unit_id
    parts = [
        one
        for one in every
        if one.parent_id is not None and (one.lead_unit_id != own or names[one.objective] > 1)
    ]
    units = await unit_names(session, parts) if parts else {}
    return {ident(one): units[one.lead_unit_id] for one in parts}


async def units_for(session: Session, task: Task) -> list[Unit]:
    """The units among which the task may be broken down now, without those that have a part of it already.

    Parts of its parts count, cancelled ones do not.
    """
    taken = await children.units_below(session, ident(task))
    return [unit for unit in await all_units_for(session, task) if unit.id not in taken]


async def all_units_for(session: Session, task: Task) -> Sequence[Unit]:
    """As ``units_for``, those that have a part of it already included."""
    assisting = (await tasks.assisting_units(session, [ident(task)]))[ident(task)]
    return await people.units_in_use(session, await able_units(session, task, assisting))
