"""A table in a text: .csv, or what Excel calls Unicode text. What separates its cells is told by the text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
from typing import Final

from services.importing.reading.cells import Cell, ContentLimits, Grid, build_rows, sheet_name, sound
from services.importing.reading.file_errors import ImportFileError

_SEPARATORS: Final = ("\t", ",", ";")
_BLANK: Final = " \t\r\n,;"
_SHEET_ROWS: Final = 1_048_576  # a spreadsheet shows no more
_TRIED_CHARS: Final = 200_000
_TRIED_ROWS: Final = 200
# Excel's own first line, which it does not show as a row.
_STATED: Final = re.compile(r"\Asep=([^\r\n])\r?\n", re.IGNORECASE)


def read_text(text: str, filename: str) -> list[Grid]:
    """The table, if it holds something. Raises ImportFileError.

    Rows have the numbers that a spreadsheet shows: a line break inside quotes begins no row.
    """
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # limits of our own come later
    text = sound(text)
    if not text.strip(_BLANK):
        return []
    separator = None
    if (stated := _STATED.match(text)) is not None:
        separator, text = stated[1], text[stated.end() :]
    separator = separator or _separator(text)
    if separator is None:
        raise ImportFileError("only_words", file=filename)
    grid = _grid(sheet_name(PurePath(filename).stem), _rows(text, separator))
    return [grid] if grid.rows else []


def _grid(name: str, rows: Iterator[list[str]]) -> Grid:
    limits = ContentLimits()
    filled: dict[int, dict[int, Cell]] = {}
    for number, values in enumerate(rows, 1):
        cells: dict[int, Cell] = {}
        for at, value in enumerate(values):
            if value and (cell := limits.text(value.strip())).filled:
                limits.columns(at + 1, name)
                cells[at] = cell
        if cells:
            limits.rows(len(filled) + 1, name)
            filled[number] = cells
        if number > _SHEET_ROWS:
            limits.rows(number, name)
    return Grid(name, build_rows(filled, ()))


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except (csv.Error, TypeError, ValueError) as error:
        raise ImportFileError("corrupt") from error


def _separator(text: str) -> str | None:
    """What cuts most rows into the same number of cells. None if nothing cuts half of them so."""
    best = (0.5, 1)
    found = None
    tried = text[:_TRIED_CHARS]
    for separator in _SEPARATORS:
        widths = [len(row) for row in islice(_rows(tried, separator), _TRIED_ROWS) if any(row)]
        width, count = max(Counter(widths).items(), key=lambda pair: (pair[0] > 1, pair[1]), default=(0, 0))
        share = (count / max(len(widths), 1), width)
        if width > 1 and share >= best:
            best, found = share, separator
    return found
