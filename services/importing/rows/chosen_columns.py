"""Columns that the office names, because the header of its file does not say so in known words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from locales import Text
from reports.formats import short
from rules.people.typed_names import normalise
from services.importing.reading.cells import Grid
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.headers import Column, Header, HeaderWords, seen_heads
from services.importing.rows.file_kinds import FileKind, kind_name
from services.importing.rows.questions import DECLINED, Answers, AskKind, ImportQuestion, Option, question_key
from services.importing.rows.sheet_lines import column_name

_LABEL: Final = 30
_HEADS: Final = 15


def heads_text(labels: Sequence[str]) -> Text:
    """The heads that were seen, each cut, the first few of them."""
    shown = [short(label, _LABEL) for label in labels[:_HEADS]]
    return Text("importing.ask.heads_more" if len(labels) > _HEADS else "importing.ask.heads", labels=shown)


def column_key(kind: FileKind, column: Any) -> str:
    """The key of the question which label stands over a column."""
    return question_key(AskKind.COLUMN, f"{kind.value}.{column.value}")


def asked_about_column(key: str) -> bool:
    """Whether it is the key of a question about a column."""
    return key.startswith(f"{AskKind.COLUMN.value}:")


def columns_given(answers: Answers) -> set[str]:
    """The labels that answers have given to a column."""
    return {value for key, value in answers.items() if value and asked_about_column(key)}


def label_key(label: str) -> str:
    """The key of the statement which column a label means."""
    return question_key(AskKind.LABEL, label)


def with_chosen(words: HeaderWords[Column], kind: FileKind, answers: Answers) -> HeaderWords[Column]:
    """The words of a kind of sheet, together with the labels that the answers assign to its columns."""
    columns = {column.value: column for column in words.words}
    chosen: dict[str, Column] = {}
    for key, value in answers.items():
        asked, _, about = key.partition(":")
        if asked == AskKind.COLUMN and value:
            of_kind, _, column = about.partition(".")
            if of_kind == kind and column in columns:
                chosen[value] = columns[column]
        elif asked == AskKind.LABEL and value in columns:
            chosen[about] = columns[value]
    return words.choosing(chosen)


def ask_columns(
    kind: FileKind,
    lacking: Sequence[Column],
    labels: Sequence[str],
    answers: Answers,
    *,
    required: Collection[Column] = (),
    sheets: Mapping[Any, Sequence[str]] | None = None,
) -> list[ImportQuestion]:
    """For each lacking column the question which of the labels stands over it.

    A required column cannot be declined: without it the sheet cannot be read. ``sheets``: those that lack the
    column, if the file has several.
    """
    if not labels:
        return []
    found = []
    for column in lacking:
        key = column_key(kind, column)
        if key in answers:
            continue
        options = [Option(Text("importing.ask.label", label=short(label, _LABEL)), label) for label in labels]
        if column not in required:
            options.append(Option(Text("importing.ask.no_such_column_button"), DECLINED))
        values = {"column": column_name(column), "kind": kind_name(kind)}
        text = Text("importing.ask.column", **values)
        if sheets and sheets.get(column):
            text = Text("importing.ask.column_of_sheets", **values, sheets=list(sheets[column]))
        found.append(ImportQuestion(key, text, options))
    return found


def chosen_notices(header: Header[Any], grid: Grid, sheet: str = "") -> list[Text]:
    """The columns of a table that are read because somebody has said what their heads mean."""
    found = []
    for column, at in header.columns.items():
        label = header.label(grid, at)
        if normalise(label) in header.words.chosen:
            values = {"label": short(label, _LABEL), "column": column_name(column)}
            said = Text("importing.notice.chosen_column", **values)
            found.append(Text("importing.unread.of_sheet", sheet=sheet, said=said) if sheet else said)
    return found


def no_header(
    filename: str, grids: Sequence[Grid], words: HeaderWords[Column], needed: Sequence[Column]
) -> ImportFileError:
    """Why a file holds no such table: the heads that were seen, and the columns that are missing."""
    seen = seen_heads(grids, words)
    if seen is None or not seen.columns:
        return ImportFileError("no_header", file=filename, columns=[column_name(c) for c in needed])
    missing = [column_name(column) for column in needed if column not in seen.columns]
    return ImportFileError("incomplete_header", file=filename, seen=heads_text(seen.labels), columns=missing)
