"""A marker beside an SQLite database says that there was one: a lost file is never taken for a new one.

A restart on an empty disk, or with a wrong path, would else begin an empty campaign and tell nobody.
"""

from __future__ import annotations

from pathlib import Path

from bot.fatal import FatalError


class DatabaseGoneError(FatalError):
    """The database's file is gone or empty."""


def _marker(database: Path) -> Path:
    return database.with_name(database.name + ".made")


def require_database(database: Path | None, *, new: bool) -> None:
    """``DatabaseGoneError``: the file is missing or empty, and the marker says that there was one.

    ``new``: the person at the terminal wants a new one. None: the database is no file.
    """
    if database is None or new or not _marker(database).exists():
        return
    if not database.exists() or database.stat().st_size == 0:
        raise DatabaseGoneError("run.database_gone")


def mark(database: Path | None) -> None:
    """Note that there is a database now."""
    if database is not None:
        _marker(database).touch()
