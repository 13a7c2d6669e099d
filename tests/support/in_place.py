"""SQLite without a thread for each statement, which costs a test a quarter of its time.

``aiosqlite`` hands each statement to the connection's own thread and waits for it. Here the statement runs
where it is asked, except for the one that may wait for another connection: the begin of a transaction that
writes. No other task has a turn meanwhile. So this is for tests in which one thing happens after the other.
A test that is marked ``both_engines``, or that runs the whole program, keeps its threads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiosqlite.core
import pytest

from tests.support.engines import MARKER, engine_of

# See ``models.db``: it takes the lock of the one writer. What follows in that transaction waits for nobody.
WAITS: Final = "BEGIN IMMEDIATE"


def run_in_place(item: pytest.Item, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on to the end of the test, if that is one for it."""
    if engine_of(item) == "sqlite" and item.get_closest_marker(MARKER) is None:
        without_threads(monkeypatch)


def without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a process in which one thing happens after the other."""
    in_thread: Callable[..., Awaitable[Any]] = aiosqlite.core.Connection._execute

    async def execute(
        self: aiosqlite.core.Connection, function: Callable[..., Any], *values: Any, **more: Any
    ) -> Any:
        if values[:1] == (WAITS,):
            return await in_thread(self, function, *values, **more)
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        return function(*values, **more)

    def connect(*values: Any, inner: Callable[..., Any] = sqlite3.connect, **more: Any) -> Any:
        return inner(*values, **{**more, "check_same_thread": False})

    monkeypatch.setattr(aiosqlite.core.Connection, "_execute", execute)
    monkeypatch.setattr(sqlite3, "connect", connect)
