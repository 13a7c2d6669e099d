"""A lock that lets only one instance poll and send for a database. It dies with its process."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol

import structlog
from sqlalchemy.engine import URL

from bot.fatal import FatalError

if TYPE_CHECKING:
    import psycopg

log = structlog.get_logger(__name__)
PING_SECONDS: Final = 5.0
PING_PATIENCE: Final = 10.0
# The server needs a moment to notice that a killed process is gone. The next instance waits for that.
GRACE_MS: Final = 2_000
# A pooler that hands out its backends in turn gives ours to one of these, or another one to us.
PROBES: Final = 3
PROBE_PATIENCE: Final = 5.0


class AlreadyRunningError(Exception):
    """Another instance holds this database."""


class PooledConnectionError(FatalError):
    """A transaction pooler stands before the database: its session locks belong to everybody."""

    def __init__(self) -> None:
        super().__init__("run.pooled_database")


class UnreachableError(FatalError):
    """The database's server went away while the lock was taken."""

    def __init__(self) -> None:
        super().__init__("cli.database_unreachable")


class LockLostError(Exception):
    """The connection that held the lock broke: another instance may be running by now."""


class InstanceLock(Protocol):
    async def acquire(self) -> None:
        """Take the lock, at once or nearly so.

        ``AlreadyRunningError``: another instance has it. ``PooledConnectionError``: nobody can have it.
        ``UnreachableError``: the server is not there.
        """
        ...

    async def watch(self) -> None:
        """Wait as long as the lock is held; raise ``LockLostError`` when it is lost."""
        ...

    async def release(self) -> None: ...


class FileLock:
    """``flock`` beside the SQLite file. The kernel drops it with the process, even after ``kill -9``."""

    def __init__(self, path: Path) -> None:
        # The path is resolved: two names of one file must not allow two instances.
        self._path = path.resolve()
        self._file: IO[bytes] | None = None

    async def acquire(self) -> None:
        # This is opened in the event loop on purpose: it is one open and one non-blocking flock at start-up.
        file = self._path.open("ab")  # see above
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise AlreadyRunningError from None
        self._file = file

    async def watch(self) -> None:
        await asyncio.Event().wait()

    async def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class AdvisoryLock:
    """A session advisory lock on a connection of its own, which must keep its backend.

    A pooler may stand between if it keeps sessions. One that pools transactions is refused. Its driver is
    imported where it is used, so that a program on SQLite never loads it.
    """

    def __init__(self, url: URL) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._key = int.from_bytes(hashlib.sha256(b"chuangcheng/run").digest()[:8], "big", signed=True)
        self._connection: psycopg.AsyncConnection | None = None

    async def acquire(self) -> None:
        import psycopg

        try:
            connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
        except psycopg.OperationalError as error:
            raise _unreachable(error) from None
        try:
            await self._refuse_pooler(connection)
            await connection.execute(f"SET lock_timeout = {GRACE_MS}")
            await connection.execute("SELECT pg_advisory_lock(%s)", (self._key,))
            await connection.execute("RESET lock_timeout")
        except psycopg.errors.LockNotAvailable:
            await connection.close()
            raise AlreadyRunningError from None
        except psycopg.errors.ProtocolViolation:
            # A pooler of single statements refuses transactions.
            await connection.close()
            raise PooledConnectionError from None
        except psycopg.OperationalError as error:
            await connection.close()
            raise _unreachable(error) from None
        except BaseException:
            await connection.close()
            raise
        self._connection = connection

    async def _refuse_pooler(self, connection: psycopg.AsyncConnection) -> None:
        """Raise ``PooledConnectionError`` if the connection does not keep its backend.

        A pooler of transactions gives the backend of an idle connection to the next who begins. A pooler of
        sessions may have no backend left for our probes; then they say nothing.
        """
        import psycopg

        mine = await _backend(connection)
        async with AsyncExitStack() as probes:
            for _ in range(PROBES):
                try:
                    async with asyncio.timeout(PROBE_PATIENCE):
                        probe = await probes.enter_async_context(
                            await psycopg.AsyncConnection.connect(self._dsn)
                        )
                        # The transaction that begins here lasts, and holds its backend, until all is asked.
                        taken = await _backend(probe)
                except psycopg.errors.ProtocolViolation:
                    raise
                except (psycopg.OperationalError, TimeoutError) as error:
                    log.info("no further connection to ask for a pooler", error=type(error).__name__)
                    return
                if taken == mine or await _backend(connection) != mine:
                    raise PooledConnectionError

    async def watch(self) -> None:
        import psycopg

        while self._connection is not None:
            await asyncio.sleep(PING_SECONDS)
            try:
                # A connection that died silently answers nothing, not even an error.
                async with asyncio.timeout(PING_PATIENCE):
                    await self._connection.execute("SELECT 1")
            except (psycopg.Error, TimeoutError) as error:
                log.error("instance lock lost", error=type(error).__name__)
                raise LockLostError from error

    async def release(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


def _unreachable(error: psycopg.OperationalError) -> UnreachableError:
    log.error("database error", error=type(error).__name__)
    return UnreachableError()


async def _backend(connection: psycopg.AsyncConnection) -> int:
    """The process of the server that answers the connection."""
    cursor = await connection.execute("SELECT pg_backend_pid()")
    (found,) = await cursor.fetchone() or (0,)
    return int(found)


def instance_lock(url: URL) -> InstanceLock:
    """The lock that fits a database's engine."""
    if url.get_backend_name() == "sqlite":
        database = url.database
        if not database or database == ":memory:":
            raise ValueError("an in-memory database cannot be run")
        return FileLock(Path(database + ".lock"))
    return AdvisoryLock(url)
