"""From a plan of tasks to the database, a part at a time: adds and changes, never deletes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import col

from models import tasks
from models.db import ColumnValues, Session, ident
from models.tasks import Task, TaskAssistingUnit, former_lines
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services.importing.jobs import child_links, import_notices
from services.importing.jobs.task_changes import TOLD, is_another, record_import
from services.importing.plans.planned_tasks import PlannedTask, TaskPlan
from services.importing.plans.stored_lines import CHAIN, changes_of, is_former_deadline
from services.tasks.reassign import begin_anew, write_move
from services.tasks.task_steps import schedule_nags
from services.turn import TickTurn
from services.unit_use import require_in_use


async def apply_tasks(turn: TickTurn, plan: TaskPlan) -> None:
    """Write the whole plan in the caller's transaction.

    Each person whom it concerns is told of it.
    """
    written = []
    for _, part in groupby(plan.to_write(), key=lambda one: one.level):
        written += await write_tasks(turn, list(part))
    await import_notices.tell(turn, [ident(task) for task in written], turn.now.isoformat())


async def write_tasks(
    turn: TickTurn, part: Sequence[PlannedTask], *, actor_id: int | None = None
) -> list[Task]:
    """Write some rows of a plan; returns the tasks that are new, or have changed so that somebody must hear.

    The plan was made in an earlier transaction, and things may have changed since. What is stored now
    decides. The tasks above are written already.
    """
    units = {unit_id for planned in part for unit_id in (planned.lead_unit_id, *planned.assisting)}
    await require_in_use(turn.session, units)
    found = await child_links.locked(turn, part)
    there = found.there
    part = await child_links.with_parents(turn, part, found)
    part = await _move(turn, part, there, actor_id)
    # A task that existed when the plan was made, and does not now, has been moved since: it is left alone.
    part = [planned for planned in part if planned.status == "new" or planned.identity in there]
    created = {p.identity: _new(p, turn.now) for p in part if p.identity not in there}
    turn.session.add_all(created.values())
    changes = await _changes(turn, part, there)
    following = child_links.follow(turn, part, found, changes, actor_id)
    await turn.session.flush()
    written = created | there
    wanted = {ident(written[planned.identity]): planned.assisting for planned in part}
    helped = await _set_assisting(turn.session, wanted)
    for planned in {planned.identity: planned for planned in part}.values():
        task_id = ident(written[planned.identity])
        before, after = changes.get(planned.identity, (None, _all_of(planned)))
        if before is not None and "responsible_person" in after:
            await former_lines.forget_former_lines(turn.session, task_id, planned.identity)
        if task_id in helped:
            after["assisting_units"] = sorted(wanted[task_id])
            if before is not None:
                before["assisting_units"] = helped[task_id]
        if after:
            record_import(turn, task_id, before, after, actor_id)
    await turn.session.flush()
    joined = [written[planned.identity] for planned in part if "parent_id" in planned.fields]
    relieved = await child_links.settle(turn, joined, found, actor_id)
    moved = {planned.identity for planned in part if planned.moved_from is not None}
    told = [there[name] for name, (_, after) in changes.items() if name in moved or after.keys() & set(TOLD)]
    return list({ident(task): task for task in (*created.values(), *told, *relieved, *following)}.values())


async def _move(
    turn: TickTurn, part: Sequence[PlannedTask], there: dict[str, Task], actor_id: int | None
) -> list[PlannedTask]:
    """Give tasks to the units that lead them from now on, as 转派 does.

    Returns the rows that are still to be written; ``there`` then has the tasks by their new identity. A task
    that was moved or closed since the plan was made, or got a namesake in the unit, is left alone.
    """
    rest = []
    for planned in part:
        if planned.moved_from is not None:
            task = there.pop(planned.moved_from, None)
            if task is None or task.state not in OPEN_STATES or planned.identity in there:
                continue
            chain = {name: value for name, value in planned.fields.items() if name in CHAIN}
            change = changes_of(task, {**chain, "lead_unit_id": planned.lead_unit_id})
            await write_move(turn, task, {**change, "identity": planned.identity}, actor_id=actor_id)
            there[planned.identity] = task
        rest.append(planned)
    return rest


def _new(planned: PlannedTask, now: datetime) -> Task:
    task = Task(
        identity=planned.identity,
        created_at=now,
        updated_at=now,
        assigned_at=now,
        nagged_until=now,
        **_all_of(planned),
    )
    schedule_nags(task, now)
    return task


def _all_of(planned: PlannedTask) -> ColumnValues:
    row = planned.row
    named = {"action": row.action, "objective": row.objective, "lead_unit_id": planned.lead_unit_id}
    return {**planned.fields, **named}


async def _changes(
    turn: TickTurn, part: Sequence[PlannedTask], there: Mapping[str, Task]
) -> dict[str, tuple[dict[str, object], dict[str, object]]]:
    """Change the tasks that exist; returns the old and the new values, by identity.

    Two lines may mean the same task, which has moved since: then the last one decides. Who is given a task
    that nobody has signed for has as long to sign as after 转派; what is signed stays signed.
    """
    changes: dict[str, tuple[dict[str, object], dict[str, object]]] = {}
    for planned in part:
        if planned.identity in there:
            task = there[planned.identity]
            before, after = _change(task, planned, turn.now)
            if task.state is TaskState.ASSIGNED and is_another(before, after, task.responsible_id):
                await begin_anew(turn.session, task, turn.now, {})
            old, new = changes.get(planned.identity, ({}, {}))
            changes[planned.identity] = before | old, new | after
    return changes


def _change(task: Task, planned: PlannedTask, now: datetime) -> tuple[dict[str, object], dict[str, object]]:
    """Change the fields that differ; returns their old and their new values."""
    after = changes_of(task, planned.fields)
    if is_former_deadline(task, planned.row.deadline):  # it may have been extended since the plan was made
        after.pop("deadline", None)
    before = {name: getattr(task, name) for name in after}
    for name, value in after.items():
        setattr(task, name, value)
    if after:
        task.updated_at = now
    if {"deadline", "frequency"} & after.keys() and task.state in OPEN_STATES:
        schedule_nags(task, now)
    return before, after


async def _set_assisting(session: Session, wanted: Mapping[int, frozenset[int]]) -> dict[int, list[int]]:
    """Let the tasks (by id) be assisted by those units and no others.

    Returns the tasks for which that is a change, with their units before.
    """
    present = await tasks.assisting_units(session, wanted)
    news = {task_id: present[task_id] for task_id in wanted if wanted[task_id] != frozenset(present[task_id])}
    for task_id, before in news.items():
        if gone := frozenset(before) - wanted[task_id]:
            await session.execute(
                sa.delete(TaskAssistingUnit).where(
                    col(TaskAssistingUnit.task_id) == task_id, col(TaskAssistingUnit.unit_id).in_(gone)
                )
            )
    session.add_all(
        TaskAssistingUnit(task_id=task_id, unit_id=unit_id)
        for task_id, before in news.items()
        for unit_id in sorted(wanted[task_id] - frozenset(before))
    )
    return news
