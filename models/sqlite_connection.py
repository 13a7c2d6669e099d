"""SQLite without a hop to another thread for each statement.

``aiosqlite`` hands each statement to the connection's own thread, four times: to make a cursor, to execute,
to fetch, to close. Such a hop costs more than a usual statement. Here a transaction that writes runs its
statements where they are asked. It holds the lock of the one writer, so none of them waits. The thread is for
what may take long: waiting for that lock, the commit with its fsync, and all that a transaction only reads,
with one hop for each statement. Such a transaction begins in the hop of its first statement.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar

import aiosqlite

BEGIN_READING: Final = "BEGIN"
BEGIN_WRITING: Final = "BEGIN IMMEDIATE"
# The same, for a transaction whose statements may take long: they run in the thread, one hop each.
BEGIN_IN_THREAD: Final = "BEGIN IMMEDIATE TRANSACTION"
# A result that is no longer than this comes with its statement.
AT_ONCE: Final = 1_000
# After so many seconds of statements in a row, other tasks get a turn.
MOST_IN_A_ROW: Final = 0.01
ResultT = TypeVar("ResultT")
# Who replaces the sleep of others to test their waiting means no statement.
_sleep: Final = asyncio.sleep


# The tasks that wait for a connection now, and for nothing else.
_waiters: Final[set[asyncio.Task[Any] | None]] = set()


def is_waited_for() -> bool:
    """Whether the present task waits for a connection."""
    return asyncio.current_task() in _waiters


@contextmanager
def _waiting() -> Iterator[None]:
    task = asyncio.current_task()
    _waiters.add(task)
    try:
        yield
    finally:
        _waiters.discard(task)


async def connect(path: str, **options: Any) -> aiosqlite.Connection:
    """Open a connection for SQLAlchemy. It takes the arguments of ``sqlite3.connect``."""
    connection = SqliteConnection(path, options | {"check_same_thread": False})
    # A thread that still waits for a lock must not hold up the end of the program.
    connection._thread.daemon = True
    with _waiting():
        return await connection


class SqliteConnection(aiosqlite.Connection):
    """A connection whose writing transactions need its thread to begin, if they wait, and to commit.

    ``options``: those of ``sqlite3.connect``; ``timeout``: seconds that a transaction waits for the lock of
    another process. ``left_behind``: the thread may be at work for a task that was cancelled.
    ``begins``: a transaction that reads begins with the next statement.
    """

    def __init__(self, path: str, options: dict[str, Any]) -> None:
        super().__init__(lambda: sqlite3.connect(path, **options), iter_chunk_size=64)
        self._busy_ms = round(1000 * options.get("timeout", 5.0))
        self._writes = False
        self._turn_at = 0.0
        self.left_behind = False
        self.begins = False

    def cursor(self) -> SqliteCursor:  # type: ignore[override]  # what SQLAlchemy asks of a cursor
        return SqliteCursor(self, self._conn.cursor())

    async def run(self, act: Callable[[], ResultT]) -> ResultT:
        """Run something on the connection: here in a transaction that writes, else in the thread."""
        if not self._writes:
            return await self._in_thread(partial(self._reading, act) if self.begins else act)
        if time.perf_counter() - self._turn_at > MOST_IN_A_ROW:
            with _waiting():
                await _sleep(0)
            self._turn_at = time.perf_counter()
        return act()

    def _reading(self, act: Callable[[], ResultT]) -> ResultT:
        self.begins = False
        self._conn.execute(BEGIN_READING)
        return act()

    async def begin_writing(self) -> None:
        """Take the lock of the one writer: at once if it is free, else the thread waits for it."""
        try:
            self._begin(0)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            await self._in_thread(lambda: self._begin(self._busy_ms))
        self._writes, self._turn_at = True, time.perf_counter()

    async def _in_thread(self, act: Callable[[], ResultT]) -> ResultT:
        try:
            with _waiting():
                result: ResultT = await self._execute(act)  # type: ignore[no-untyped-call]  # it has no types
        except asyncio.CancelledError:
            self.left_behind = True
            raise
        return result

    def _begin(self, busy_ms: int) -> None:
        self._conn.execute(f"PRAGMA busy_timeout={busy_ms}")
        try:
            self._conn.execute(BEGIN_WRITING)
        finally:
            self._conn.execute(f"PRAGMA busy_timeout={self._busy_ms}")

    def data_version(self) -> object:
        """A value that differs from the last one if another connection has committed, or may have."""
        try:
            self._conn.execute("PRAGMA busy_timeout=0")
            try:
                return self._conn.execute("PRAGMA data_version").fetchone()[0]
            finally:
                self._conn.execute(f"PRAGMA busy_timeout={self._busy_ms}")
        except sqlite3.Error:
            return object()

    async def commit(self) -> None:
        """Commit in the thread, which waits for the disk."""
        self._writes = self.begins = False
        await self._in_thread(self._commit)

    def _commit(self) -> None:
        try:
            self._conn.commit()
        except sqlite3.Error:
            # SQLAlchemy takes the transaction for over. It would hold the lock of the one writer.
            if self._conn.in_transaction:
                self._conn.rollback()
            raise

    async def rollback(self) -> None:
        """Undo what was written, which the disk need not know."""
        self._writes = self.begins = False
        if self.left_behind:
            await super().rollback()  # behind what the thread still does for a task that was cancelled
            self.left_behind = False
        else:
            self._conn.rollback()


class SqliteCursor:
    """A cursor of ``sqlite3`` with the awaitable methods that SQLAlchemy asks of a driver's cursor."""

    arraysize = 1

    def __init__(self, connection: SqliteConnection, inner: sqlite3.Cursor) -> None:
        self._connection = connection
        self._inner = inner
        self._fetched: list[Any] = []
        # Whether the result may have more rows than were fetched.
        self._more = False

    async def __aenter__(self) -> SqliteCursor:
        return self

    @property
    def description(self) -> Any:
        return self._inner.description

    @property
    def rowcount(self) -> int:
        return self._inner.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._inner.lastrowid

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        if statement == BEGIN_WRITING:
            await self._connection.begin_writing()
        elif statement == BEGIN_READING:
            self._connection.begins = True
        else:
            await self._connection.run(lambda: self._execute(statement, values))

    def _execute(self, statement: str, values: Sequence[Any]) -> None:
        self._inner.execute(statement, values)
        self._fetched = self._inner.fetchmany(AT_ONCE) if self._inner.description else []
        self._more = len(self._fetched) == AT_ONCE

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        await self._connection.run(lambda: self._inner.executemany(statement, rows))

    async def fetchall(self) -> list[Any]:
        rows, self._fetched = self._fetched, []
        return rows + await self._connection.run(self._inner.fetchall) if self._more else rows

    async def fetchmany(self, size: int) -> list[Any]:
        """The next rows of a result that is read piece by piece."""
        if not self._fetched and self._more:
            return await self._connection.run(lambda: self._inner.fetchmany(size))
        rows, self._fetched = self._fetched[:size], self._fetched[size:]
        return rows

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def close(self) -> None:
        # The thread may still use it for a task that was cancelled; then it goes with its last reference.
        if not self._connection.left_behind:
            self._inner.close()
