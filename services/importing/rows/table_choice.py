"""The one table of a file that a register, a roster or a policy is read from, and what else it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from locales import Text
from services.importing.reading.cells import Grid
from services.importing.reading.headers import Column, Header, HeaderWords, best_table
from services.importing.rows.chosen_columns import chosen_notices, no_header, with_chosen
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.questions import Answers
from services.importing.rows.unread import (
    UnreadColumn,
    join_stacked,
    lines_above,
    unread_columns,
    unread_tables,
)


@dataclass(frozen=True, slots=True)
class NotImported:
    """What the file holds beside the table: ``notices`` name all of it; ``unread`` are its columns."""

    notices: list[Text] = field(default_factory=list)
    unread: list[UnreadColumn] = field(default_factory=list)


def choose_table(
    grids: Sequence[Grid],
    filename: str,
    words: HeaderWords[Column],
    kind: FileKind,
    needed: Sequence[Column],
    answers: Answers,
) -> tuple[Grid, Header[Column], NotImported]:
    """The table whose header names most columns. Raises ImportFileError if there is none."""
    words = with_chosen(words, kind, answers)
    grids, stacked = join_stacked(grids, words)
    tables = best_table(grids, words)
    if not tables:
        raise no_header(filename, grids, words, needed)
    grid, header = tables[0]
    unread = unread_columns(grid, header)
    others = [Text("importing.notice.other_table", name=other.name) for other, _ in tables[1:]]
    headed = [one for one, _ in tables]
    notices = [
        *chosen_notices(header, grid),
        *stacked,
        *lines_above(grid, header),
        *(column.notice for column in unread),
        *others,
        *unread_tables(grids, headed),
    ]
    return grid, header, NotImported(notices, unread)
