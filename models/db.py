"""The database: one engine, short transactions, the same promises on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Final, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Result, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_state
from sqlmodel.ext.asyncio.session import AsyncSession as SQLModelSession

from models import sqlite_connection, written
from models.sqlite_connection import SqliteConnection
from models.written import WrittenRows

BUSY_TIMEOUT_MS: Final = 20_000
# The number of compiled statements that an engine keeps. There are fewer, so none is compiled twice.
STATEMENTS: Final = 3_000
# The same of a connection of SQLite. An IN of another length is another statement there, so there are more.
PREPARED: Final = 512
# Where a session keeps the running numbers that it has given: the last one by the counter's name.
NUMBERS: Final = "numbers"
# Where a session keeps rows that are asked for again; else it forgets a row that nobody holds any more.
_KEPT: Final = "kept"
# What PostgreSQL says of a full disk, and of one that fails.
_DISK_STATES: Final = frozenset({"53100", "58030"})
_DISK_NAMES: Final = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY")
RowT = TypeVar("RowT")
# JSON as a row keeps it. Only its reader knows the shape, and no type can say it for all rows.
RowJson = Mapping[str, Any]
# Values of columns by name, of which a row is made. Each column has a type of its own.
ColumnValues = dict[str, Any]


class Row(Protocol):
    """A row of a table whose key is a number."""

    @property
    def id(self) -> int | None: ...


def ident(row: Row) -> int:
    """The key of a row. Raises ``ValueError`` for a row that is not flushed yet: it has none."""
    if row.id is None:
        raise ValueError(f"{type(row).__name__} has no key before it is flushed")
    return row.id


def known(id: int | None) -> int:
    """An id that cannot be missing here. Raises ``ValueError`` if it is."""
    if id is None:
        raise ValueError("the row lacks an id that rows of its kind have")
    return id


def row_of(rows: Mapping[int, RowT], id: int | None) -> RowT | None:
    """What belongs to an id; None: nothing does, or there is no id."""
    return None if id is None else rows.get(id)


class Session(SQLModelSession):
    """SQLModel's session. ``exec`` for entities, ``execute`` for guarded updates and sums over columns."""

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Result[Any]:
        # SQLModel marks its ``execute`` as deprecated, to lead newcomers to ``exec``.
        result: Result[Any] = await AsyncSession.execute(self, statement, params, **options)
        return result


def keep(session: Session, rows: Iterable[object]) -> None:
    """Hold rows until the transaction ends, so that whoever asks for one by its key needs no query."""
    session.info.setdefault(_KEPT, []).extend(rows)


def held(session: Session, table: type[RowT], id: int) -> RowT | None:
    """The row with this key if the transaction has read it and all of it is known still; no query is made."""
    return _held(session, sa.inspect(table), id)


def _held(session: Session, mapper: Mapper[RowT], id: int) -> RowT | None:
    row: RowT | None = session.identity_map.get(mapper.identity_key_from_primary_key((id,)))
    # After a savepoint was undone, or a guarded update, a row has to be read anew.
    return None if row is None or instance_state(row).expired_attributes else row


async def rows_by_id(session: Session, table: type[RowT], ids: Collection[int]) -> dict[int, RowT]:
    """The rows with these ids that there are; those that the transaction has read are not asked for again."""
    mapper = sa.inspect(table)
    found = {id: row for id in ids if (row := _held(session, mapper, id)) is not None}
    if missing := [id for id in ids if id not in found]:
        key: Any = mapper.columns.id
        query = sa.select(table).where(key.in_(missing))
        found |= {row.id: row for row in (await session.execute(query)).scalars()}
    return found


class Database:
    """Opens transactions. Services get its sessions and never commit themselves.

    ``engine``: an engine that was made for it before, and that it closes. ``keep_numbers`` gets the running
    numbers of a transaction before it commits; if it fails, nothing is committed.
    """

    keep_numbers: Callable[[Mapping[str, int]], Awaitable[None]] | None = None

    def __init__(self, url: str, engine: AsyncEngine | None = None) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = engine or (_sqlite_engine(url) if self.is_sqlite else _postgres_engine(url))
        # PostgreSQL would let each statement see what was committed meanwhile.
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = self.engine.execution_options(reading=True, **snapshot)
        # SQLite has one writer at a time. Waiting in line here is fair and wakes at once;
        # SQLite's own busy handler sleeps and lets anybody in.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        self._kept: AsyncConnection | None = None
        self._followers: list[Callable[[WrittenRows], None]] = []
        self._seen: tuple[object, ...] | None = None

    def transaction(self) -> AbstractAsyncContextManager[Session]:
        """A writing transaction: commits when the block ends, rolls back when it raises."""
        return self._transaction()

    def long_transaction(self) -> AbstractAsyncContextManager[Session]:
        """As ``transaction``, for statements that may take long: on SQLite the loop goes on meanwhile."""
        return self._transaction(in_thread=True)

    @asynccontextmanager
    async def _transaction(self, *, in_thread: bool = False) -> AsyncIterator[Session]:
        rows = WrittenRows()
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._writing(in_thread=in_thread))
            written.note_on(_sync(connection), rows)
            session = await stack.enter_async_context(Session(connection, expire_on_commit=False))
            try:
                async with session.begin():
                    yield session
                    if self.keep_numbers is not None and (given := session.info.get(NUMBERS)):
                        await self.keep_numbers(given)
            except asyncio.CancelledError:
                # The commit may have begun. Who looks before its end sees it as another process's change.
                self._tell(rows)
                raise
            self._tell(rows)

    def _tell(self, rows: WrittenRows) -> None:
        for follower in self._followers:
            follower(rows)

    @asynccontextmanager
    async def _writing(self, *, in_thread: bool = False) -> AsyncIterator[AsyncConnection]:
        """A connection for a transaction that writes.

        On SQLite it is always the same one. What it sees change was changed by another process.
        """
        if self._writer is None:
            async with self.engine.connect() as connection:
                yield connection
            return
        async with self._writer:
            kept = self._kept
            if kept is None or kept.closed or kept.invalidated or kept.in_transaction():
                if kept is not None:
                    await kept.close()
                kept = self._kept = await self.engine.connect()
            _sync(kept).execution_options(in_thread=in_thread)
            yield kept

    def follow(self, committed: Callable[[WrittenRows], None]) -> None:
        """Call ``committed`` after each commit of this process, with what it wrote."""
        self._followers.append(committed)

    async def changed_elsewhere(self) -> bool:
        """Whether another process may have changed something since the last call.

        The first call says so, too. On PostgreSQL a change of this process counts as well.
        """
        before, self._seen = self._seen, await (self._sqlite_state() if self.is_sqlite else self._snapshot())
        return before is None or before != self._seen

    async def _sqlite_state(self) -> tuple[object, ...]:
        async with self._writing() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            if not isinstance(driver, SqliteConnection):
                raise TypeError("another driver's connection")
            return driver, driver.data_version()

    async def _snapshot(self) -> tuple[object, ...]:
        """Which transactions have written and ended by now."""
        async with self.reading() as session:
            return ((await session.execute(sa.text("SELECT txid_current_snapshot()::text"))).scalar(),)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A snapshot to read from. Writes in it are rolled back."""
        async with Session(self._readers, expire_on_commit=False) as session:
            yield session
            # The caller keeps the objects as they were read; a rollback would expire them.
            session.expunge_all()
            await session.rollback()

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[Session]:
        """A writing transaction that is always rolled back, for dry runs."""
        async with self._writing() as connection, Session(connection, expire_on_commit=False) as session:
            try:
                yield session
            finally:
                await session.rollback()

    def watch_errors(self, met: Callable[[BaseException], None]) -> None:
        """Call ``met`` with each error of the driver, whoever meets it."""

        def note(context: sa.engine.ExceptionContext) -> None:
            met(context.original_exception)

        sa.event.listen(self.engine.sync_engine, "handle_error", note)

    async def close(self) -> None:
        if self._kept is not None:
            await self._kept.close()
            self._kept = None
        await self.engine.dispose()


def _sync(connection: AsyncConnection) -> sa.Connection:
    if connection.sync_connection is None:
        raise RuntimeError("the connection is not open")
    return connection.sync_connection


def disk_refuses(error: BaseException) -> bool:
    """Whether the database could not write because its disk is full, fails or has become read-only."""
    cause = getattr(error, "orig", None) or error
    name = getattr(cause, "sqlite_errorname", "") or ""
    if isinstance(cause, OSError):
        return cause.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
    return name.startswith(_DISK_NAMES) or getattr(cause, "sqlstate", None) in _DISK_STATES


def _postgres_engine(url: str) -> AsyncEngine:
    # prepare_threshold=None: prepared statements do not survive a pooler such as PgBouncer.
    engine = create_async_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,
        query_cache_size=STATEMENTS,
        connect_args={"prepare_threshold": None},
    )
    written.listen(engine.sync_engine)
    return engine


def _sqlite_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        # Each connection keeps a thread, pages and prepared statements. So the writer's and three more stay
        # open and are used again and again; others come for a while.
        pool_size=3,
        max_overflow=37,
        pool_use_lifo=True,
        # Errors go to the log; people's words, their phones and hashes of links must not.
        hide_parameters=True,
        query_cache_size=STATEMENTS,
        connect_args={
            "timeout": BUSY_TIMEOUT_MS / 1000,
            "cached_statements": PREPARED,
            "async_creator_fn": sqlite_connection.connect,
        },
    )
    sa.event.listen(engine.sync_engine, "connect", _on_connect)
    sa.event.listen(engine.sync_engine, "begin", _on_begin)
    written.listen(engine.sync_engine)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    # The driver must not begin by itself: it would begin DEFERRED, and two readers that both
    # go on to write lose one of the writes (measured: 2035 of 2707 read-modify-writes).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("reading", False):
        connection.exec_driver_sql(sqlite_connection.BEGIN_READING)
    else:
        in_thread = options.get("in_thread", False)
        begin = sqlite_connection.BEGIN_IN_THREAD if in_thread else sqlite_connection.BEGIN_WRITING
        connection.exec_driver_sql(begin)
