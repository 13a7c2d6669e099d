"""SQLite without a thread for each statement, which costs a test a quarter of its time.

``aiosqlite`` hands each statement to the connection's own thread and waits for it. Here the statement runs
where it is asked, except for the one that may wait for another connection: the begin of a transaction that
writes. No other task has a turn meanwhile. So this is for tests in which it is of no consequence when exactly
one of two tasks goes on. Tests about just that keep their threads, and so do those of whole programs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final, cast

import aiosqlite
import pytest

from tests.support.engines import MARKER, engine_of

# See ``models.db``: it takes the lock of the one writer. What follows in that transaction waits for nobody.
WAITS: Final = "BEGIN IMMEDIATE"
# Tests that run on both engines for one of these reasons keep their threads.
THREADED: Final = frozenset({"side by side", "locks", "migrations"})


def run_in_place(item: pytest.Item, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on to the end of the test, if that is one for it."""
    reasons = {marker.args[0] for marker in item.iter_markers(MARKER)}
    if engine_of(item) == "sqlite" and not reasons & THREADED:
        without_threads(monkeypatch)


def without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a process in which one thing happens after the other."""
    monkeypatch.setattr(aiosqlite, "connect", ConnectionInPlace)


class CursorInPlace:
    """A cursor of ``sqlite3`` with the awaitable methods that SQLAlchemy asks of a driver's cursor."""

    def __init__(self, connection: ConnectionInPlace) -> None:
        self.connection = connection
        self.inner = connection.opened.cursor()

    async def __aenter__(self) -> CursorInPlace:
        return self

    @property
    def description(self) -> Any:
        return self.inner.description

    @property
    def rowcount(self) -> int:
        return self.inner.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self.inner.lastrowid

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        if statement == WAITS:
            await self.connection.execute(statement)
        else:
            self.inner.execute(statement, values)

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        self.inner.executemany(statement, rows)

    async def fetchall(self) -> list[Any]:
        return self.inner.fetchall()

    async def close(self) -> None:
        self.inner.close()


class ConnectionInPlace(aiosqlite.Connection):
    """A connection that keeps its thread, and uses it only where no cursor of it is asked."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(self._open, iter_chunk_size=64)
        self.path = path
        self.options = options | {"check_same_thread": False}

    def _open(self) -> sqlite3.Connection:
        self.opened = cast("sqlite3.Connection", sqlite3.connect(self.path, **self.options))
        return self.opened

    def cursor(self) -> CursorInPlace:  # type: ignore[override]  # SQLAlchemy asks for no more of it
        return CursorInPlace(self)

    async def commit(self) -> None:
        self.opened.commit()

    async def rollback(self) -> None:
        self.opened.rollback()
