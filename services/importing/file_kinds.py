"""What a file that somebody sent is: a breakdown of tasks or a roster."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from services.importing.cells import Grid
from services.importing.errors import ImportFileError
from services.importing.headers import find_header
from services.importing.roster_lines import ROSTER_HEADER
from services.importing.roster_rows import wanted_columns as roster_columns
from services.importing.task_columns import TASK_HEADER
from services.importing.task_rows import wanted_columns as task_columns


class FileKind(StrEnum):
    TASKS = "tasks"
    ROSTER = "roster"


def kind_of(grids: Sequence[Grid], filename: str) -> FileKind:
    """By the headers of its tables: each is of the kind of which it names more columns.

    Raises ImportFileError, with the columns that are needed, when there is neither or there are both.
    """
    kinds = {kind for grid in grids if (kind := _kind_of_table(grid)) is not None}
    if len(kinds) == 1:
        return kinds.pop()
    raise ImportFileError(
        "both_kinds" if kinds else "neither_kind",
        file=filename,
        tasks=task_columns(),
        roster=roster_columns(),
    )


def _kind_of_table(grid: Grid) -> FileKind | None:
    tasks, roster = find_header(grid, TASK_HEADER), find_header(grid, ROSTER_HEADER)
    if tasks is None and roster is None:
        return None
    of_tasks = len(tasks.columns) if tasks is not None else 0
    of_roster = len(roster.columns) if roster is not None else 0
    return FileKind.TASKS if of_tasks >= of_roster else FileKind.ROSTER
