"""Lines that name another lead unit for a task that is there: whether it goes over is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from locales import Text
from models.tasks import Task
from rules.people.typed_names import identity_key
from rules.tasks.task_lifecycle import OPEN_STATES
from services.importing.rows.questions import Answers, Ask, AskKind, Option
from services.importing.rows.task_lines import RefusedRow, TaskRow

MOVES: Final = "moves"
"""The answer that a task goes over to the unit that the line names."""
OTHER_TASK: Final = "other"
"""The answer that the line is a task of its own."""


@dataclass(frozen=True, slots=True)
class MovedLeads:
    """``tasks``: those that go over, by the identity that they have afterwards.

    ``warnings``: of lines that are new tasks though others have the same text, by the lines' identity.
    ``refused``: lines that wait for an answer, or were declined.
    """

    tasks: dict[str, Task] = field(default_factory=dict)
    warnings: dict[str, Text] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)


def moved_leads(
    new: Sequence[TaskRow],
    drafts: Iterable[TaskRow],
    lacking: Iterable[Task],
    names: Mapping[int, str],
    answers: Answers | None,
) -> MovedLeads:
    """What becomes of the ``new`` lines with the action and objective of an open task that the file lacks.

    Only one line and one task can mean each other; several are new tasks with a warning. ``drafts``: the
    refused lines, which may mean the task as well. ``answers`` None: nobody can be asked. None of them is
    below another: the parts of a task are mostly called as it is, and each unit has its own.
    """
    former: dict[str, list[Task]] = defaultdict(list)
    for task in lacking:
        if task.state in OPEN_STATES:
            former[_matter(task)].append(task)
    if not former:
        return MovedLeads()
    claims: dict[str, set[str]] = defaultdict(set)
    for row in (*new, *drafts):
        claims[_matter(row)].add(row.identity)
    made = MovedLeads()
    for row in new:
        found = former.get(_matter(row), [])
        if len(found) == len(claims[_matter(row)]) == 1 and answers is not None:
            _by_answer(row, found[0], names[found[0].lead_unit_id], answers, made)
        elif found:
            units = [names[task.lead_unit_id] for task in found]
            made.warnings[row.identity] = Text("importing.warning.led_elsewhere", units=units)
    return made


def _by_answer(row: TaskRow, task: Task, unit: str, answers: Answers, made: MovedLeads) -> None:
    ask = Ask(AskKind.MOVED, row.objective, unit, row.lead_unit)
    answer = answers.get(ask.key)
    if answer == MOVES:
        made.tasks[row.identity] = task
    elif answer != OTHER_TASK:
        reason = Text("importing.reason.led_elsewhere", unit=unit)
        asks = (ask,) if answer is None else ()
        made.refused.append(RefusedRow(row.line, row.objective, (reason,), row, asks))


def moved_options(ask: Ask) -> list[Option]:
    """The answers to the question whether a task goes over."""
    return [
        Option(Text("importing.ask.moved_button", unit=ask.instead), MOVES),
        Option(Text("importing.ask.other_task_button"), OTHER_TASK),
    ]


def _matter(one: TaskRow | Task) -> str:
    """What a task is about, whoever leads it."""
    return identity_key(one.action, one.objective, "")
