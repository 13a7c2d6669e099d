"""Tasks that a sheet puts below others: a child is written together with its link, after the task above it.

So no child is ever there without its parent, wherever an import is interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.db import ident, row_of
from models.tasks import Task, child_duties, children, former_lines
from rules.duties.frequencies import Frequency
from rules.tasks.breakdown import MOST_LEVELS
from rules.tasks.task_lifecycle import OPEN_STATES
from services.importing.jobs.task_changes import record_import
from services.importing.plans import parent_checks
from services.importing.plans.planned_tasks import PlannedTask
from services.tasks.task_steps import set_frequency
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class LockedTasks:
    """What is stored of some rows. ``there``: their tasks, by identity. ``above``: the new parents, too.

    ``by_id``: all of them, and the tasks below that follow them.
    """

    there: dict[str, Task]
    above: Mapping[str, Task]
    by_id: Mapping[int, Task]


async def locked(turn: TickTurn, part: Sequence[PlannedTask]) -> LockedTasks:
    """The tasks of some rows and those above them, locked in one order until the transaction ends."""
    own = {name for one in part for name in (one.identity, one.moved_from) if name is not None}
    parents = {one.parent.identity: one.parent.task_id for one in part if one.joins and one.parent}
    made = {identity for identity, task_id in parents.items() if task_id is None}
    # What this import has made may have moved to other people since.
    moved = await former_lines.tasks_that_left(turn.session, made) if made else {}
    wanted = {name: moved.get(name) if task_id is None else task_id for name, task_id in parents.items()}
    known = {task_id for task_id in wanted.values() if task_id is not None}
    known |= {task_id for one in part for task_id in one.following}
    ids = await children.ids_with_above(turn.session, own | made, known)
    found = await children.locked(turn.session, ids)
    by_identity = {task.identity: task for task in found}
    by_id = {ident(task): task for task in found}
    above = {
        name: (by_identity.get(name) if name in made else None) or row_of(by_id, task_id)
        for name, task_id in wanted.items()
    }
    return LockedTasks(
        {name: by_identity[name] for name in own & by_identity.keys()},
        {name: task for name, task in above.items() if task is not None},
        by_id,
    )


async def with_parents(turn: TickTurn, part: Sequence[PlannedTask], found: LockedTasks) -> list[PlannedTask]:
    """The rows, each with the id of its new parent among its fields.

    A row is left alone if its parent was closed since the plan was made, or has no room for it any more: a
    child must not be made without its parent. A task that got another parent meanwhile keeps that one.
    """
    joining = [one for one in part if one.joins]
    if not joining:
        return list(part)
    above = await children.parents_by_id(turn.session, list(found.above.values()))
    there = [ident(found.there[one.identity]) for one in joining if one.identity in found.there]
    heights = await children.heights(turn.session, there) if there else {}
    kept = []
    for one in part:
        parent = found.above.get(one.parent.identity) if one.joins and one.parent else None
        task = found.there.get(one.identity)
        if not one.joins or (task is not None and task.parent_id is not None):
            kept.append(one)
        elif parent is not None and _has_room(parent, one, task, above, heights):
            kept.append(replace(one, fields={**one.fields, "parent_id": ident(parent)}))
    return kept


def _has_room(
    parent: Task,
    one: PlannedTask,
    task: Task | None,
    above: Mapping[int, Task],
    heights: Mapping[int, int],
) -> bool:
    chain = [parent, *children.chain_of(parent, above)]
    below = 0 if task is None else heights.get(ident(task), 0)
    if parent.state not in OPEN_STATES or len(chain) + 1 + below > MOST_LEVELS:
        return False
    if task is not None and task.id in {one.id for one in chain}:
        return False
    day = parent_checks.after(one, task, "deadline")
    return parent.deadline is None or (day is not None and day <= parent.deadline)


def follow(
    turn: TickTurn,
    part: Sequence[PlannedTask],
    found: LockedTasks,
    changes: Mapping[str, tuple[Mapping[str, object], Mapping[str, object]]],
    actor_id: int | None,
) -> list[Task]:
    """Give the tasks below those whose frequency has changed (``changes``: old and new values) the new one.

    What was closed, or got another frequency since the plan was made, is left alone. Returns those changed.
    """
    changed = []
    for one in part:
        old, new = changes.get(one.identity, ({}, {}))
        for child in (found.by_id[task_id] for task_id in one.following if task_id in found.by_id):
            frequency = new.get("frequency")
            if not _is_below(child, found.by_id, one.identity):
                continue
            if not isinstance(frequency, Frequency) or child.frequency is not old["frequency"]:
                continue
            if child.state in OPEN_STATES:
                before, after = set_frequency(child, frequency, turn.now)
                record_import(turn, ident(child), before, after, actor_id)
                changed.append(child)
    return changed


def _is_below(child: Task, by_id: Mapping[int, Task], identity: str) -> bool:
    """Whether it is still a child, or a child's child, of the task with that identity."""
    return identity in {above.identity for above in children.chain_of(child, by_id)}


async def settle(
    turn: TickTurn, joined: Sequence[Task], found: LockedTasks, actor_id: int | None
) -> list[Task]:
    """What follows for the parents of tasks that have just joined them.

    Where the first children report as often as their parent does, their reports are its reports from now on:
    a sheet cannot say 本级另报. Returns the parents for which that is new.
    """
    parents = {ident(task): task for task in found.above.values()}
    below = {task.parent_id for task in joined}
    concerned = [parents[task_id] for task_id in sorted(parents.keys() & below)]
    if not concerned:
        return []
    before = await children.reported_below(
        turn.session, [ident(one) for one in concerned], [ident(task) for task in joined]
    )
    reporting = {
        (task.parent_id, task.frequency) for task in joined if task.state in OPEN_STATES and task.frequency
    }
    relieved = [
        one
        for one in concerned
        if one.own_reports and one.id not in before and (one.id, one.frequency) in reporting
    ]
    for one in relieved:
        child_duties.set_own_reports(one, own=False, now=turn.now)
        one.updated_at = turn.now
        record_import(turn, ident(one), {"own_reports": True}, {"own_reports": False}, actor_id)
    for task in joined:
        if task.parent_id is not None:
            task.rhythm_from = child_duties.rhythm_below(parents[task.parent_id])
    await turn.session.flush()
    for one in concerned:
        await child_duties.settle_above(turn.session, ident(one), turn.now)
    return relieved
