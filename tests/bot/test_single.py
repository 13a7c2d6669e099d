"""One instance per database: a second is refused, the lock ends with its holder, and its loss is noticed."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from bot import single_instance
from bot.single_instance import (
    AdvisoryLock,
    AlreadyRunningError,
    FileLock,
    LockLostError,
    PooledConnectionError,
    UnreachableError,
    instance_lock,
)
from tests.support.patience import PATIENCE
from tests.support.pgbouncer import pgbouncer
from tests.support.postgres import PostgresServer, free_port

pytestmark = pytest.mark.both_engines("locks")


def url_of(postgres: PostgresServer) -> str:
    """The URL of the server's own database; an advisory lock needs no table."""
    return postgres.url("postgres")


def dsn(postgres: PostgresServer) -> str:
    return url_of(postgres).replace("+psycopg", "")


async def test_a_second_instance_is_refused_until_the_first_lets_go(database_url: str) -> None:
    first, second = (instance_lock(make_url(database_url)) for _ in range(2))
    await first.acquire()
    try:
        with pytest.raises(AlreadyRunningError):
            await second.acquire()
        await second.release()  # it does not hold this lock
        with pytest.raises(AlreadyRunningError):
            await second.acquire()
        await first.release()
        await second.acquire()
    finally:
        await first.release()
        await second.release()


async def test_other_databases_are_not_held(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.create("another_instance")
    locks = [
        instance_lock(make_url(url))
        for url in (
            f"sqlite+aiosqlite:///{tmp_path / 'a.db'}",
            f"sqlite+aiosqlite:///{tmp_path / 'b.db'}",
            url_of(postgres),
            postgres.url("another_instance"),
        )
    ]
    try:
        for lock in locks:
            await lock.acquire()
    finally:
        for lock in locks:
            await lock.release()


def test_the_lock_fits_the_engine(tmp_path: Path) -> None:
    assert isinstance(instance_lock(make_url(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")), FileLock)
    assert isinstance(instance_lock(make_url("postgresql+psycopg://user@host/name")), AdvisoryLock)
    for nowhere in ("sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"):
        with pytest.raises(ValueError, match="in-memory"):
            instance_lock(make_url(nowhere))


def _hold(url: str, ready: Connection) -> None:
    async def hold() -> None:
        lock = instance_lock(make_url(url))
        await lock.acquire()
        ready.send("held")
        await asyncio.Event().wait()

    asyncio.run(hold())


async def test_a_killed_holder_holds_nothing(database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    holder = context.Process(target=_hold, args=(database_url, theirs))
    holder.start()
    lock = instance_lock(make_url(database_url))
    try:
        assert await asyncio.to_thread(ours.poll, PATIENCE)
        with pytest.raises(AlreadyRunningError):
            await lock.acquire()
    finally:
        os.kill(holder.pid or 0, signal.SIGKILL)
        await asyncio.to_thread(holder.join)
        ours.close()
        theirs.close()
    async with asyncio.timeout(PATIENCE):
        # PostgreSQL notices the broken connection by itself, but a moment later.
        while True:
            try:
                await lock.acquire()
                break
            except AlreadyRunningError:
                await asyncio.sleep(0.01)
    await lock.release()


async def _terminate_holder(postgres: PostgresServer) -> None:
    connection = await psycopg.AsyncConnection.connect(dsn(postgres), autocommit=True)
    async with connection:
        cursor = await connection.execute(
            "SELECT pg_terminate_backend(l.pid, 10000) FROM pg_locks l"
            " JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
        )
        assert [row[0] for row in await cursor.fetchall()] == [True]


def _through(bouncer: str) -> URL:
    return make_url(f"postgresql+psycopg://test@{bouncer}/postgres")


@pytest.mark.parametrize(
    ("mode", "settings"),
    [
        ("transaction", {}),
        ("transaction", {"server_round_robin": "1", "min_pool_size": "2"}),
        ("transaction", {"default_pool_size": "1"}),
        ("statement", {}),
    ],
)
async def test_a_pooler_that_shares_the_backend_of_a_lock_is_refused(
    postgres: PostgresServer, mode: str, settings: dict[str, str]
) -> None:
    with pgbouncer(postgres, mode, **settings) as bouncer:
        # Other connections of the program, whose backends are idle, make no difference.
        async with AsyncExitStack() as others:
            for _ in range(3):
                other = await psycopg.AsyncConnection.connect(
                    _through(bouncer).set(drivername="postgresql").render_as_string(), autocommit=True
                )
                await (await others.enter_async_context(other)).execute("SELECT 1")
            lock = AdvisoryLock(_through(bouncer))
            with pytest.raises(PooledConnectionError):
                await lock.acquire()
            await lock.release()
        # The lock was not left behind with a backend of the pooler.
        direct = AdvisoryLock(make_url(url_of(postgres)))
        await direct.acquire()
        await direct.release()


@pytest.mark.parametrize("size", ["20", "1"])
async def test_a_pooler_of_sessions_is_as_good_as_none(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    monkeypatch.setattr(single_instance, "PROBE_PATIENCE", 0.2)
    with pgbouncer(postgres, "session", default_pool_size=size) as bouncer:
        lock, second = AdvisoryLock(_through(bouncer)), AdvisoryLock(make_url(url_of(postgres)))
        await lock.acquire()
        with pytest.raises(AlreadyRunningError):
            await second.acquire()
        await lock.release()


async def test_a_server_that_is_away_is_no_second_instance() -> None:
    lock = AdvisoryLock(make_url(f"postgresql+psycopg://test@127.0.0.1:{free_port()}/postgres"))
    with pytest.raises(UnreachableError):
        await lock.acquire()


async def test_a_server_that_goes_away_while_the_lock_is_taken(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It restarts, say. The program says the sentence that its supervisor's log should show."""

    async def cut(_lock: AdvisoryLock, connection: psycopg.AsyncConnection) -> None:
        other = await psycopg.AsyncConnection.connect(dsn(postgres), autocommit=True)
        async with other:
            await other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))

    monkeypatch.setattr(AdvisoryLock, "_refuse_pooler", cut)
    lock = AdvisoryLock(make_url(url_of(postgres)))
    with pytest.raises(UnreachableError) as refused:
        await lock.acquire()
    assert refused.value.key == "cli.database_unreachable"
    await lock.release()


async def test_a_lock_whose_connection_breaks_is_lost(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "PING_SECONDS", 0.01)
    lock = AdvisoryLock(make_url(url_of(postgres)))
    await lock.acquire()
    watching = asyncio.create_task(lock.watch())
    try:
        await asyncio.sleep(0)
        assert not watching.done()
        await _terminate_holder(postgres)
        with pytest.raises(LockLostError):
            async with asyncio.timeout(PATIENCE):
                await watching
        # Another instance may run now.
        other = AdvisoryLock(make_url(url_of(postgres)))
        await other.acquire()
        await other.release()
    finally:
        watching.cancel()
        await lock.release()


async def test_watching_goes_on_while_the_lock_is_held(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "PING_SECONDS", 0)
    lock = AdvisoryLock(make_url(url_of(postgres)))
    await lock.acquire()
    pings = asyncio.Semaphore(0)
    execute: Any = psycopg.AsyncConnection.execute

    async def counted(*args: Any) -> Any:
        answer = await execute(*args)
        pings.release()
        return answer

    monkeypatch.setattr(psycopg.AsyncConnection, "execute", counted)
    watching = asyncio.create_task(lock.watch())
    try:
        async with asyncio.timeout(PATIENCE):
            for _ in range(3):
                await pings.acquire()
        assert not watching.done()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await lock.release()


async def test_a_file_lock_that_cannot_be_made(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "missing" / "a.db.lock")
    with pytest.raises(OSError, match="missing"):
        await lock.acquire()


async def test_another_name_of_the_same_file_is_the_same_database(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("data")
    names = ("data/a.db", "link/a.db", "data/../data/a.db")
    first, *others = (instance_lock(make_url(f"sqlite+aiosqlite:///{tmp_path / name}")) for name in names)
    await first.acquire()
    try:
        for other in others:
            with pytest.raises(AlreadyRunningError):
                await other.acquire()
    finally:
        await first.release()
