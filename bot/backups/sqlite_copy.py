"""Copies of an SQLite database that is in use.

A copy of its file alone lacks what is in the log beside it, and looks sound all the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from bot.backups.archive import BackupError

REVISIONS: Final = "alembic_version"
_TABLES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
)


def copy(database: Path, to: Path) -> tuple[str, dict[str, int]]:
    """Copy the database as it is at one moment. Returns its revision, and its rows by table.

    Others may read and write meanwhile. ``BackupError``: the file is no database of this program.
    """
    with _opened(database) as source, closing(sqlite3.connect(to)) as target:
        # Within one transaction the rows that are counted are those that are copied.
        source.execute("BEGIN")
        revision, rows = _revision(source), _rows(source)
        source.backup(target)
        source.execute("ROLLBACK")
        # The copy is one file: it has no log beside it.
        target.execute("PRAGMA journal_mode=DELETE")
    return revision, rows


def checked_rows(data: Path) -> dict[str, int]:
    """The rows of a copy, by table. ``BackupError``: the copy is not sound."""
    with _opened(data) as copied:
        faults = [*copied.execute("PRAGMA integrity_check"), *copied.execute("PRAGMA foreign_key_check")]
        if faults != [("ok",)]:
            raise BackupError("cli.backup.not_sound")
        return _rows(copied)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    try:
        # "rw" makes no file where there is none.
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        ) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise BackupError("cli.backup.not_copied", error=str(error)) from error


def _revision(connection: sqlite3.Connection) -> str:
    return str(connection.execute(f"SELECT version_num FROM {REVISIONS}").fetchone()[0])  # noqa: S608  # a constant


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    names = [name for (name,) in connection.execute(_TABLES) if name != REVISIONS]
    counted = {}
    for name in sorted(names):
        # The name comes from the database itself.
        counted[name] = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  # see above
    return counted
