"""The targets of tasks, and the metrics that measure them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from models import tasks
from models.columns import from_scaled
from models.db import Session, ident
from models.progress import period_sums
from models.tasks import Metric, Task
from reports.pictures.tally_picture import TargetSum
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


async def target_sums(
    session: Session,
    scope: Collection[int] | None,
    until: datetime,
    came_by: datetime | None = None,
    *,
    action: str | None = None,
    focus: str | None = None,
) -> list[TargetSum]:
    """How far the targets of the lead units' tasks (None: all) were reached at ``until``, the least first.

    ``came_by``: by what had come in then. ``action``, ``focus``: only those of tasks of this 行动 and of this
    重点. Targets of one item and unit of measure are one. One that nobody has reported on yet has its own
    words. Tasks that were made later have none.
    """

    def there(task: Task) -> bool:
        return task.created_at <= until and action in (None, task.action) and focus in (None, task.focus)

    found: dict[int, tuple[Task, list[Metric]]] = {}
    for task, metric in await tasks.metrics_with_target(session):
        if (scope is None or task.lead_unit_id in scope) and there(task):
            found.setdefault(ident(task), (task, []))[1].append(metric)
    measuring = {task_id: _measuring(task, metrics) for task_id, (task, metrics) in found.items()}
    metric_ids = [ident(metric) for metrics in measuring.values() for metric in metrics]
    totals = await period_sums.of_metrics(session, metric_ids, until, came_by)
    sums: dict[tuple[str, str], TargetSum] = {}
    for task in await tasks.tasks_with_target(session, scope):
        if not there(task):
            continue
        metrics = measuring.get(ident(task), [])
        reached = from_scaled(sum(totals.get(ident(metric), 0) for metric in metrics))
        item, measure = _named(task, metrics)
        before = sums.get((item, measure), TargetSum(item, measure, Decimal(0), Decimal(0)))
        target = before.target + (task.target_value or 0)
        sums[item, measure] = TargetSum(item, measure, before.reached + reached, target)
    return sorted(sums.values(), key=lambda one: (one.share, one.item))


def _named(task: Task, metrics: Sequence[Metric]) -> tuple[str, str]:
    if metrics:
        return metrics[0].item, metrics[0].unit
    target = target_of(task)
    return (target.item if target and target.item else task.objective), task.target_unit or ""


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
