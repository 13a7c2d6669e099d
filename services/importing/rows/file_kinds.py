"""The kind of a file that somebody sent: a breakdown of tasks, a roster, or the policy of the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from services.importing.reading.cells import Grid
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.headers import find_header
from services.importing.rows.policy_rows import POLICY_HEADER
from services.importing.rows.policy_rows import wanted_policy_columns as policy_columns
from services.importing.rows.roster_lines import ROSTER_HEADER
from services.importing.rows.roster_rows import wanted_roster_columns as roster_columns
from services.importing.rows.task_columns import TASK_HEADER
from services.importing.rows.task_rows import wanted_task_columns as task_columns


class FileKind(StrEnum):
    TASKS = "tasks"
    ROSTER = "roster"
    LADDER = "ladder"


def kind_of(grids: Sequence[Grid], filename: str) -> FileKind:
    """Find the kind by the headers of the tables; a table has the kind of which it names the most columns.

    Raises ImportFileError, with the columns that are needed, if there is no kind or more than one.
    """
    kinds = {kind for grid in grids if (kind := _kind_of_table(grid)) is not None}
    if len(kinds) == 1:
        return kinds.pop()
    raise ImportFileError(
        "both_kinds" if kinds else "neither_kind",
        file=filename,
        tasks=task_columns(),
        roster=roster_columns(),
        ladder=policy_columns(),
    )


def _kind_of_table(grid: Grid) -> FileKind | None:
    headers = (
        (FileKind.TASKS, find_header(grid, TASK_HEADER)),
        (FileKind.ROSTER, find_header(grid, ROSTER_HEADER)),
        (FileKind.LADDER, find_header(grid, POLICY_HEADER)),
    )
    named = {kind: len(header.columns) for kind, header in headers if header is not None}
    # Of equals, the first counts.
    return max(named, key=lambda kind: named[kind], default=None)
