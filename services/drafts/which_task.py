"""Which of several tasks a report is about: each number by its item, words without one as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models import tasks
from models.db import Session, ident
from models.tasks import Task
from rules.progress import task_fit
from rules.progress.quantities import Quantity
from services.access import Actor
from services.drafts import words_read
from services.drafts.task_metrics import TaskMetrics


async def named(session: Session, actor: Actor, text: str, candidates: Sequence[Task]) -> list[int]:
    """The tasks that the numbers of a text name, in their order, else the one that its words name."""
    read = await words_read.quantities(session, actor, text)
    counted = [quantity for quantity in read if quantity.aside is None]
    by_number = await of_numbers(session, counted, candidates)
    found = [task_id for task_id in dict.fromkeys(by_number) if task_id is not None]
    if found:
        return found
    scores = {ident(task): task_fit.words_score(text, _told(task)) for task in candidates}
    by_words = task_fit.clearly_best(scores)
    return [] if by_words is None else [by_words]


async def of_numbers(
    session: Session, numbers: Sequence[Quantity], candidates: Sequence[Task]
) -> list[int | None]:
    """For each number the task that its item names, or None. A metric that a task already has decides."""
    told = {ident(task): _told(task) for task in candidates}
    metrics = await tasks.metrics_of_tasks(session, list(told)) if numbers else {}
    known = {task_id: TaskMetrics(found, {}) for task_id, found in metrics.items()}
    return [_of_number(number, told, known) if number.item else None for number in numbers]


def _told(task: Task) -> str:
    return f"{task.objective}，{task.standard}"


def _of_number(number: Quantity, told: Mapping[int, str], known: Mapping[int, TaskMetrics]) -> int | None:
    having = [task_id for task_id, metrics in known.items() if metrics.has(number)]
    if len(having) == 1:
        return having[0]
    thing = task_fit.thing_of(number.item)
    able = having or told
    return task_fit.clearly_best({task_id: task_fit.thing_score(thing, told[task_id]) for task_id in able})
