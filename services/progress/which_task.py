"""Which of several tasks a report is about: each number by its item, words without one as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models import tasks
from models.db import Session, ident
from models.tasks import Task
from rules.progress import task_fit
from rules.progress.quantities import Quantity, read_quantities
from services.drafts.task_metrics import TaskMetrics


@dataclass(frozen=True, slots=True)
class NamedTasks:
    """The tasks that words name. ``by_number``: for each number that is done, its task or None."""

    by_number: Sequence[tuple[Quantity, int | None]]
    by_words: int | None

    @property
    def task_ids(self) -> list[int]:
        """Every task that a number names, else the one that the words name."""
        named = [task_id for _, task_id in self.by_number if task_id is not None]
        return list(dict.fromkeys(named)) or ([] if self.by_words is None else [self.by_words])


async def named(session: Session, text: str, candidates: Sequence[Task]) -> NamedTasks:
    """What the words say about these tasks. A metric that a task already has decides."""
    told = {ident(task): f"{task.objective}，{task.standard}" for task in candidates}
    counted = [quantity for quantity in read_quantities(text) if quantity.aside is None and quantity.item]
    known: Mapping[int, TaskMetrics] = {}
    if counted:
        metrics = await tasks.metrics_of_tasks(session, list(told))
        known = {task_id: TaskMetrics(found, {}) for task_id, found in metrics.items()}
    by_number = [(quantity, _task_of(quantity, told, known)) for quantity in counted]
    if any(task_id is not None for _, task_id in by_number):
        return NamedTasks(by_number, None)
    scores = {task_id: task_fit.words_score(text, words) for task_id, words in told.items()}
    return NamedTasks(by_number, task_fit.clearly_best(scores))


def _task_of(quantity: Quantity, told: Mapping[int, str], known: Mapping[int, TaskMetrics]) -> int | None:
    having = [task_id for task_id, metrics in known.items() if metrics.has(quantity)]
    if len(having) == 1:
        return having[0]
    thing = task_fit.thing_of(quantity.item)
    able = having or told
    return task_fit.clearly_best({task_id: task_fit.thing_score(thing, told[task_id]) for task_id in able})
