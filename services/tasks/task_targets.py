"""The targets of tasks, and the metrics that measure them: those of the task, and those of all below it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, Protocol, TypeVar

from models.columns import from_scaled
from models.db import Session, ident
from models.progress import period_sums
from models.tasks import Task, counted_tasks, target_metrics
from models.tasks.target_metrics import TargetMetric
from reports.pictures.tally_picture import TargetSum
from rules.progress.measures import are_same
from rules.tasks.targets import Target, measured_by, read_target

_AT_ONCE: Final = 10_000


class NamedMetric(Protocol):
    """What names a metric, and which other took it in."""

    @property
    def id(self) -> int: ...
    @property
    def item(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def merged_into(self) -> int | None: ...


MetricT = TypeVar("MetricT", bound=NamedMetric)


@dataclass(frozen=True, slots=True)
class SharedMetric(Generic[MetricT]):
    """The metrics of one item and unit of measure, of a task and of those below it; ``names``: all theirs."""

    item: str
    unit: str
    metrics: Sequence[MetricT]
    names: Sequence[str]


def target_of(task: Task) -> Target | None:
    """The task's target, with its item if its words still state it."""
    if not task.target_value:
        return None
    read = read_target(task.objective, task.standard)
    same = read is not None and (read.value, read.unit) == (task.target_value, task.target_unit)
    return Target(task.target_value, task.target_unit or "", read.item if read and same else "")


async def targeted_metrics(session: Session) -> list[tuple[str, str]]:
    """Item and unit of measure of each metric that measures a target of its task or of one above, sorted."""
    metrics = await target_metrics.metrics_of_targets(session)
    if not metrics:
        return []
    found = await target_metrics.tasks_with_target(session)
    measuring = (one for task_id, some in metrics.items() for one in measuring_of(found[task_id], some))
    return sorted({(metric.item, metric.unit) for one in measuring for metric in one.metrics})


async def target_sums(
    session: Session,
    scope: Collection[int] | None,
    until: datetime,
    came_by: datetime | None = None,
    *,
    action: str | None = None,
    focus: str | None = None,
) -> list[TargetSum]:
    """How far the targets of the tasks that count in a scope were reached at ``until``, the least first.

    What was reported below such a task counts for its target; a target below it does not count beside it.
    ``came_by``: by what had come in then. ``action``, ``focus``: only those of tasks of this 行动 and of this
    重点. Targets of one item and unit of measure are one. One that nobody has reported on yet has its own
    words. Tasks that were made later have none.
    """
    there = await counted_tasks.targets_in(session, scope, action=action, focus=focus)
    known = [task for task in there if task.created_at <= until]
    if not known:
        return []
    metrics = await target_metrics.metrics_of_targets(session)
    measuring = {ident(task): measuring_of(task, metrics.get(ident(task), [])) for task in known}
    totals = await _totals(session, measuring, until, came_by)
    sums: dict[tuple[str, str], TargetSum] = {}
    for task in known:
        item, measure = _named(task, measuring[ident(task)])
        before = sums.get((item, measure), TargetSum(item, measure, Decimal(0), Decimal(0)))
        target = before.target + (task.target_value or 0)
        sums[item, measure] = TargetSum(item, measure, before.reached + totals[ident(task)], target)
    return sorted(sums.values(), key=lambda one: (one.share, one.item))


async def _totals(
    session: Session,
    measuring: Mapping[int, Sequence[SharedMetric[TargetMetric]]],
    until: datetime,
    came_by: datetime | None,
) -> dict[int, Decimal]:
    """What was reached of each target, by its task."""
    of_task = {
        task_id: [metric.id for one in shared for metric in one.metrics]
        for task_id, shared in measuring.items()
    }
    ids = sorted({metric_id for some in of_task.values() for metric_id in some})
    found: dict[int, int] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= await period_sums.of_metrics(session, ids[start : start + _AT_ONCE], until, came_by)
    return {task_id: from_scaled(sum(found.get(one, 0) for one in some)) for task_id, some in of_task.items()}


def _named(task: Task, shared: Sequence[SharedMetric[TargetMetric]]) -> tuple[str, str]:
    if shared:
        return shared[0].item, shared[0].unit
    target = target_of(task)
    return (target.item if target and target.item else task.objective), task.target_unit or ""


def measuring_of(task: Task, metrics: Sequence[MetricT]) -> list[SharedMetric[MetricT]]:
    """Those of the metrics of a task and of all below it that measure its target."""
    able = [one for one in shared_metrics(metrics) if are_same(one.unit, task.target_unit or "")]
    # The task's words are read only where they are needed: a tally is counted often.
    target = target_of(task) if len(able) > 1 else None
    if target is None:
        return able
    return [able[index] for index in measured_by(target, [(one.names, one.unit) for one in able])]


def shared_metrics(metrics: Sequence[MetricT]) -> list[SharedMetric[MetricT]]:
    """The metrics that stand, together where item and unit of measure are the same, in the order given."""
    named = names_of(metrics)
    found: dict[tuple[str, str], list[MetricT]] = {}
    for metric in metrics:
        if metric.merged_into is None:
            found.setdefault((metric.item, metric.unit), []).append(metric)
    return [
        SharedMetric(item, unit, some, [name for metric in some for name in named[metric.id]])
        for (item, unit), some in found.items()
    ]


def names_of(metrics: Sequence[MetricT]) -> dict[int, list[str]]:
    """Of each metric that stands: its name, its former names and those merged into it."""
    by_id = {metric.id: metric for metric in metrics}
    found: dict[int, list[str]] = {}
    for metric in metrics:
        standing = metric
        while standing.merged_into is not None:
            standing = by_id[standing.merged_into]
        found.setdefault(standing.id, []).append(metric.item)
    return found
