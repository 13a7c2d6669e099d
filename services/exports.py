"""Sheets that are made on demand, from what was read for them, once the transaction is over."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from reports.sheets import sheet
from services.views import FileSpec

Columns = Sequence[tuple[str, float]]
Rows = Sequence[Sequence[str | int]]
_NOT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|]')


def file_title(title: str) -> str:
    """A file's name without its ending. What no file system takes is left out: it may hold people's words."""
    return _NOT_IN_NAMES.sub("", title)


def as_document(title: str, columns: Columns, rows: Callable[[], Rows]) -> FileSpec:
    """A document ``title.xlsx``; ``columns``: heads and widths. ``rows`` is called in a thread, when nobody
    waits for the database any more: it may look at nothing but what has been read."""
    name = file_title(title)
    return FileSpec("document", name=f"{name}.xlsx", make=lambda: sheet(name, columns, rows()))
