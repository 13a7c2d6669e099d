"""Lines that do not state a deadline or frequency in full: what the task has already is kept.

立行立改 and 长期 were answered when the task was new, 12月底前 was dated by the title of then. The same line
in a later file must neither be asked again nor move what stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from models.tasks import Task
from services.importing.rows.questions import AskKind, only_waits
from services.importing.rows.task_lines import RefusedRow, Sureness, TaskRow

_KNOWN: Final = frozenset({AskKind.AT_ONCE, AskKind.FREQUENCY, AskKind.WEEKDAY, AskKind.HELPER})


def kept_fields(row: TaskRow, task: Task) -> frozenset[str]:
    """The fields that stay as the task has them, because the line does not state them in full."""
    kept = set()
    if row.deadline_is is Sureness.ANSWERED and task.deadline is not None:
        kept.add("deadline")
    if row.deadline_is is Sureness.YEARLESS and row.deadline is not None and task.deadline is not None:
        same = (row.deadline.month, row.deadline.day) == (task.deadline.month, task.deadline.day)
        kept |= {"deadline"} if same and row.deadline != task.deadline else set()
    if row.frequency_is is Sureness.ANSWERED and task.frequency is not None:
        kept.add("frequency")
    return frozenset(kept)


def answered_before(
    refused: Sequence[RefusedRow],
    task_of: Callable[[TaskRow], Task | None],
    helpers_of: Callable[[Task], Collection[str]],
) -> tuple[list[TaskRow], list[RefusedRow]]:
    """The refused lines that only wait for what their task has already, as rows; and the others.

    ``task_of``: the stored task that a line means; ``helpers_of``: the names of the units that assist it. An
    unknown unit that was left out once is so again, as long as the others assist the task.
    """
    rows, left = [], []
    for one in refused:
        task = task_of(one.draft) if only_waits(one) and one.draft is not None else None
        if task is None or one.draft is None or not all(ask.kind in _KNOWN for ask in one.asks):
            left.append(one)
            continue
        # All that is asked must be kept: else the line still lacks something.
        of_time = [ask.kind for ask in one.asks if ask.kind is not AskKind.HELPER]
        needed = {"frequency" if kind is AskKind.FREQUENCY else "deadline" for kind in of_time}
        same_helpers = set(one.draft.assisting_units) == set(helpers_of(task))
        if needed <= kept_fields(one.draft, task) and (len(of_time) == len(one.asks) or same_helpers):
            rows.append(one.draft)
        else:
            left.append(one)
    return rows, left
