"""The targets of tasks, and the metrics that measure them."""

from __future__ import annotations

from models import tasks
from models.db import Session
from models.tasks import Task
from rules.tasks.targets import Target, measured_by, read_target


def target_of(task: Task) -> Target | None:
    """The task's target, with its item if its words still state it."""
    if not task.target_value:
        return None
    read = read_target(task.objective, task.standard)
    same = read is not None and (read.value, read.unit) == (task.target_value, task.target_unit)
    return Target(task.target_value, task.target_unit or "", read.item if read and same else "")


async def targeted_metrics(session: Session) -> list[tuple[str, str]]:
    """Item and unit of measure of each metric of any task that measures its task's target, sorted."""
    found: dict[int, tuple[Task, list[tuple[str, str]]]] = {}
    for task, metric in await tasks.metrics_with_target(session):
        _, names = found.setdefault(metric.task_id, (task, []))
        if metric.unit == (task.target_unit or ""):
            names.append((metric.item, metric.unit))
    return sorted({name for task, names in found.values() for name in _measuring(task, names)})


def _measuring(task: Task, names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the metrics of the target's unit that measure it."""
    # The task's words are read only where they are needed: a tally is counted often.
    target = target_of(task) if len(names) > 1 else None
    return names if target is None else [names[index] for index in measured_by(target, names)]
