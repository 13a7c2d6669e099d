"""Statements of SQLite: which of them leave the loop's thread, and what a lock or a cancelled task does."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from models import db, sqlite_connection
from models.db import Database
from models.sqlite_connection import SqliteConnection

ADD = sa.text("INSERT INTO counter (name, value) VALUES (:name, 1)")
COUNT = sa.text("SELECT count(*) FROM counter")
MANY = sa.text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n"
)


@pytest.fixture
def path(tmp_path: Path, sqlite_template: Path) -> Path:
    copy = tmp_path / "own.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return copy


@pytest.fixture
async def own(path: Path) -> AsyncIterator[Database]:
    """A database that no other test has open."""
    opened = Database(f"sqlite+aiosqlite:///{path}")
    yield opened
    await opened.close()


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Any]]:
    """What goes to the thread of a connection."""
    hops: list[Callable[[], Any]] = []
    execute = SqliteConnection._execute

    async def note(self: SqliteConnection, act: Callable[[], Any], *values: Any, **named: Any) -> Any:
        hops.append(act)
        return await execute(self, act, *values, **named)  # type: ignore[no-untyped-call]  # aiosqlite has no types here

    monkeypatch.setattr(SqliteConnection, "_execute", note)
    return hops


async def count(database: Database) -> int:
    async with database.reading() as session:
        return int((await session.execute(COUNT)).scalar_one())


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the lock of the one writer, as another process does."""
    other = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield other
    finally:
        other.close()


async def test_a_transaction_goes_to_the_thread_for_its_commit_alone(
    own: Database, hops: list[Callable[[], Any]]
) -> None:
    await count(own)  # the connection is open, and its pragmas are set
    hops.clear()
    async with own.transaction() as session:
        for name in "abc":
            await session.execute(ADD, {"name": name})
        assert (await session.execute(COUNT)).scalar_one() == 3
        assert not hops
    assert len(hops) == 1
    assert await count(own) == 3


async def test_what_is_undone_needs_no_thread(own: Database, hops: list[Callable[[], Any]]) -> None:
    await count(own)
    hops.clear()
    async with own.rehearsal() as session:
        await session.execute(ADD, {"name": "a"})
    assert not hops
    assert await count(own) == 0


async def test_reading_takes_one_hop_a_statement(own: Database, hops: list[Callable[[], Any]]) -> None:
    await count(own)
    hops.clear()
    async with own.reading() as session:
        for _ in range(3):
            await session.execute(COUNT)
    assert len(hops) == 3  # it begins together with the first statement


async def test_what_may_take_long_is_in_the_thread_from_begin_to_commit(
    own: Database, path: Path, hops: list[Callable[[], Any]]
) -> None:
    await count(own)
    hops.clear()
    async with own.long_transaction() as session:
        await session.execute(ADD, {"name": "a"})
        with pytest.raises(sqlite3.OperationalError, match="locked"), locked(path):
            pass  # it has the lock of the one writer
    assert len(hops) == 3  # begin, the statement, commit
    assert await count(own) == 1


@pytest.mark.parametrize("kind", ["reading", "transaction", "long_transaction"])
async def test_a_long_result_is_whole(own: Database, kind: str) -> None:
    async with getattr(own, kind)() as session:
        assert (await session.execute(MANY)).scalars().all() == list(range(1, 2501))
        connection = await session.connection()
        async with connection.stream(MANY, execution_options={"yield_per": 700}) as result:
            assert [row[0] async for row in result] == list(range(1, 2501))
        async with connection.stream(MANY, execution_options={"yield_per": 300}) as result:
            assert len(await result.fetchmany(300)) == 300
            assert [row[0] for row in await result.fetchall()] == list(range(301, 2501))
        async with connection.stream(MANY) as result:
            assert await result.fetchone() == (1,)


async def test_the_thread_waits_for_the_lock_of_another_process(own: Database, path: Path) -> None:
    """The loop goes on meanwhile: this test's own task releases the lock."""
    await count(own)

    async def write() -> None:
        async with own.transaction() as session:
            await session.execute(ADD, {"name": "a"})

    with locked(path) as other:
        writing = asyncio.create_task(write())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not writing.done()
        other.execute("ROLLBACK")
        await writing
    assert await count(own) == 1


async def test_a_lock_that_stays_is_an_error_and_nothing_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 20)
    own = Database(f"sqlite+aiosqlite:///{path}")
    with locked(path), pytest.raises(OperationalError, match="locked"):
        async with own.transaction() as session:
            await session.execute(ADD, {"name": "a"})
    async with own.transaction() as session:
        await session.execute(ADD, {"name": "b"})
    assert await count(own) == 1
    await own.close()


async def test_who_is_cancelled_while_they_wait_for_the_lock_leaves_nothing(
    own: Database, path: Path
) -> None:
    await count(own)

    async def write(name: str) -> None:
        async with own.transaction() as session:
            await session.execute(ADD, {"name": name})

    with locked(path) as other:
        writing = asyncio.create_task(write("a"))
        for _ in range(10):
            await asyncio.sleep(0)
        writing.cancel()
        other.execute("ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await writing
    await write("b")
    assert await count(own) == 1


async def test_who_is_cancelled_during_the_commit_leaves_a_whole_transaction(
    own: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await count(own)
    begun, go_on = asyncio.Event(), threading.Event()
    loop, commit = asyncio.get_running_loop(), SqliteConnection.commit

    async def slow(self: SqliteConnection) -> None:
        self._tx.put_nowait((None, lambda: (loop.call_soon_threadsafe(begun.set), go_on.wait())))
        await commit(self)

    async def write() -> None:
        async with own.transaction() as session:
            for name in "ab":
                await session.execute(ADD, {"name": name})

    monkeypatch.setattr(SqliteConnection, "commit", slow)
    writing = asyncio.create_task(write())
    await begun.wait()
    writing.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    monkeypatch.undo()
    assert await count(own) in {0, 2}
    async with own.transaction() as session:
        await session.execute(ADD, {"name": "c"})
    assert await count(own) in {1, 3}


async def test_who_is_cancelled_while_they_read_leaves_a_sound_connection(
    own: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop, run = asyncio.get_running_loop(), SqliteConnection._in_thread

    async def slow(self: SqliteConnection, act: Callable[[], Any]) -> Any:
        def later() -> Any:
            loop.call_soon_threadsafe(begun.set)
            go_on.wait()
            return act()

        return await run(self, later)

    await count(own)
    monkeypatch.setattr(SqliteConnection, "_in_thread", slow)
    reading = asyncio.create_task(count(own))
    await begun.wait()
    reading.cancel()
    loop.call_later(0.01, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await reading
    monkeypatch.undo()
    assert await count(own) == 0
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_others_get_a_turn_during_many_statements(
    own: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(sqlite_connection, "MOST_IN_A_ROW", 0.0)
    beside = asyncio.create_task(others())
    async with own.transaction() as session:
        before = turns
        for number in range(20):
            await session.execute(ADD, {"name": str(number)})
        assert turns - before >= 20
    beside.cancel()


async def test_an_error_of_a_statement_undoes_its_transaction(own: Database) -> None:
    async def fail() -> None:
        async with own.transaction() as session:
            await session.execute(ADD, {"name": "a"})
            await session.execute(sa.text("SELECT nothing FROM nowhere"))

    with pytest.raises(OperationalError):
        await fail()
    assert await count(own) == 0


async def test_a_commit_that_fails_leaves_nobody_locked_out(own: Database, path: Path) -> None:
    """The database refuses what was written only now; the next transaction and other processes go on."""
    async with own.engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        deferred = "REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED"
        await connection.execute(sa.text(f"CREATE TABLE child (parent INTEGER {deferred})"))
    with pytest.raises(IntegrityError):
        async with own.transaction() as session:
            await session.execute(sa.text("INSERT INTO child VALUES (5)"))
    with locked(path):
        pass
    async with own.transaction() as session:
        await session.execute(ADD, {"name": "next"})
    assert await count(own) == 1


async def test_more_readers_than_stay_open_leave_nothing_behind(own: Database) -> None:
    """Some are cancelled while they read, or while they wait for a connection."""

    async def read() -> int:
        async with own.reading() as session:
            return len((await session.execute(MANY)).all())

    async with own.transaction():
        readers = [asyncio.create_task(read()) for _ in range(60)]
        for turn, reader in enumerate(readers):
            if turn % 3 == 0:
                reader.cancel()
                await asyncio.sleep(0)
        done = await asyncio.gather(*readers, return_exceptions=True)
    assert {one for one in done if isinstance(one, int)} == {2_500}
    pool = own.engine.pool
    assert isinstance(pool, sa.pool.QueuePool)
    assert pool.checkedout() == 1, "the writer's"
    assert pool.checkedin() <= 3
