"""The targets of tasks, and the metrics that measure them."""

from __future__ import annotations

from collections.abc import Sequence

from models import tasks
from models.db import Session, ident
from models.tasks import Metric, Task
from rules.progress.measures import are_same
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
    found: dict[int, tuple[Task, list[Metric]]] = {}
    for task, metric in await tasks.metrics_with_target(session):
        found.setdefault(metric.task_id, (task, []))[1].append(metric)
    measuring = (metric for task, metrics in found.values() for metric in _measuring(task, metrics))
    return sorted({(metric.item, metric.unit) for metric in measuring})


def _measuring(task: Task, metrics: Sequence[Metric]) -> list[Metric]:
    """Those of a task's metrics that measure its target."""
    named = names_of(metrics)
    able = [m for m in metrics if m.merged_into is None and are_same(m.unit, task.target_unit or "")]
    # The task's words are read only where they are needed: a tally is counted often.
    target = target_of(task) if len(able) > 1 else None
    if target is None:
        return able
    return [able[index] for index in measured_by(target, [(named[ident(m)], m.unit) for m in able])]


def names_of(metrics: Sequence[Metric]) -> dict[int, list[str]]:
    """Of each of a task's metrics that stands: its name, its former names and those merged into it."""
    by_id = {metric.id: metric for metric in metrics}
    found: dict[int, list[str]] = {}
    for metric in metrics:
        standing = metric
        while standing.merged_into is not None:
            standing = by_id[standing.merged_into]
        found.setdefault(ident(standing), []).append(metric.item)
    return found
