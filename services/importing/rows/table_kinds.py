"""The kind of a file that somebody sent, by the headers of its tables, or by what its sender answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from locales import Text
from services.importing.reading.cells import Grid
from services.importing.reading.headers import HeaderWords, seen_heads, tables_of
from services.importing.rows import (
    calendar_rows,
    category_rows,
    point_rows,
    policy_rows,
    roster_rows,
    section_rows,
    task_columns,
)
from services.importing.rows.chosen_columns import ask_columns, heads_text, no_header, with_chosen
from services.importing.rows.file_kinds import FileKind, kind_name
from services.importing.rows.questions import Answers, AskKind, ImportQuestion, Option, question_key
from services.importing.rows.table_headers import ACTIVITIES_NEED, HEADERS, kind_of_table


@dataclass(frozen=True, slots=True)
class TableKind:
    """The header of a kind of sheet, and the columns about which its sender is asked if they are missing."""

    words: HeaderWords[Any]
    asked: Sequence[StrEnum]


TABLES: Final[Mapping[FileKind, TableKind]] = {
    FileKind.TASKS: TableKind(HEADERS[FileKind.TASKS], task_columns.NEEDED),
    FileKind.ROSTER: TableKind(HEADERS[FileKind.ROSTER], roster_rows.NEEDED),
    FileKind.CATEGORIES: TableKind(HEADERS[FileKind.CATEGORIES], category_rows.NEEDED),
    FileKind.POINTS: TableKind(HEADERS[FileKind.POINTS], point_rows.NEEDED),
    FileKind.CALENDAR: TableKind(HEADERS[FileKind.CALENDAR], calendar_rows.NEEDED),
    FileKind.LADDER: TableKind(HEADERS[FileKind.LADDER], policy_rows.NEEDED),
    FileKind.ACTIVITIES: TableKind(HEADERS[FileKind.ACTIVITIES], ACTIVITIES_NEED),
    FileKind.SECTIONS: TableKind(HEADERS[FileKind.SECTIONS], section_rows.NEEDED),
}
KIND_KEY: Final = question_key(AskKind.KIND, "file")


def kind_of(grids: Sequence[Grid], filename: str, answers: Answers) -> FileKind | list[ImportQuestion]:
    """The kind of the file, or what its sender has to answer first.

    A table has the kind of which it names the most columns. If there are several kinds, or no complete
    header, the sender says which it is, and then which label stands over which column. Raises
    ImportFileError if no row looks like a header.
    """
    words = {kind: with_chosen(table.words, kind, answers) for kind, table in TABLES.items()}
    if (answer := answers.get(KIND_KEY)) is not None:
        chosen = FileKind(answer)
        if tables_of(grids, words[chosen]):
            return chosen
        return _columns_of(grids, filename, chosen, words[chosen], answers)
    kinds = dict.fromkeys(kind for grid in grids if (kind := kind_of_table(grid, words)) is not None)
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds:
        names = [kind_name(kind) for kind in kinds]
        text = Text("importing.ask.several_kinds", file=filename, kinds=names)
        return [ImportQuestion(KIND_KEY, text, [Option(kind_name(kind), kind.value) for kind in kinds])]
    return [_ask_kind(grids, filename, words)]


def _ask_kind(
    grids: Sequence[Grid], filename: str, words: Mapping[FileKind, HeaderWords[Any]]
) -> ImportQuestion:
    """Which kind it is, the likeliest first, by the columns that a row names."""
    seen = {kind: seen_heads(grids, of_kind) for kind, of_kind in words.items()}
    heads = [one for one in seen.values() if one is not None]
    if not heads:
        tasks = TABLES[FileKind.TASKS]
        raise no_header(filename, grids, tasks.words, tasks.asked)
    named = {kind: 0 if one is None else len(one.columns) for kind, one in seen.items()}
    best = max(heads, key=lambda one: len(one.columns))
    text = Text("importing.ask.kind", file=filename, seen=heads_text(best.labels))
    order = sorted(named, key=lambda kind: -named[kind])
    return ImportQuestion(KIND_KEY, text, [Option(kind_name(kind), kind.value) for kind in order])


def _columns_of(
    grids: Sequence[Grid], filename: str, kind: FileKind, words: HeaderWords[Any], answers: Answers
) -> list[ImportQuestion]:
    table = TABLES[kind]
    seen = seen_heads(grids, words)
    labels = [] if seen is None else [one for one in seen.labels if words.rank(one) is None]
    lacking = [column for column in table.asked if seen is None or column not in seen.columns]
    questions = ask_columns(kind, lacking, labels, answers, required=words.required)
    if not questions:
        raise no_header(filename, grids, words, table.asked)
    return questions
