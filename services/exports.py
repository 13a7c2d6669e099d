"""Sheets on demand: the transaction reads the data, and a worker makes the sheet after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from reports.papers import Workbook
from reports.sheet_tables import SheetTable
from services.views import FileSpec

Columns = Sequence[tuple[str, float]]
Rows = Sequence[Sequence[str | int]]
_NOT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|]')


def file_title(title: str) -> str:
    """A file's name without its ending.

    It may hold people's words, so characters that file systems refuse are removed.
    """
    return _NOT_IN_NAMES.sub("", title)


def as_document(title: str, columns: Columns, rows: Callable[[], Rows]) -> FileSpec:
    """A document ``title.xlsx``; ``columns``: heads and widths.

    ``rows`` is called in a thread, when nobody waits for the database any more. It may use only what has been
    read already.
    """
    name = file_title(title)
    make = Workbook(lambda: [SheetTable(name, columns, rows())])
    return FileSpec("document", name=f"{name}.xlsx", make=make)
