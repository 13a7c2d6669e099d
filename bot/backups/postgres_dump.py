"""Copies of a PostgreSQL database, by its own programs ``pg_dump`` and ``pg_restore``.

The dump leaves out alembic's table. So a restore that is cut leaves a database that no program takes for
whole: the revision is written last, together with all else that a restore has to write.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL

from bot.backups.archive import LEFT_SECONDS, BackupError
from bot.backups.sqlite_copy import REVISIONS

log = structlog.get_logger(__name__)
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
_SCRATCH: Final = "chuangcheng_check_"
# What a database is named in which a backup is tried out: it says when that began, in Unix seconds.
_SCRATCH_NAME: Final = re.compile(rf"{_SCRATCH}(?P<at>[0-9]{{10}})_[0-9a-f]{{8}}")


async def copy(url: URL, to: Path) -> tuple[str, dict[str, int]]:
    """Dump the database as it is at one moment. Returns its revision, and its rows by table.

    ``BackupError``: ``pg_dump`` is missing, too old, or failed.
    """
    async with _connected(url) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        # All that follows, and pg_dump too, sees the database as it is now.
        snapshot = await _value(connection, "SELECT pg_export_snapshot()")
        counted = await _rows(connection)
        revision = await _value(connection, f"SELECT version_num FROM {REVISIONS}")  # noqa: S608  # a constant
        await _run(
            url, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--exclude-table={REVISIONS}",
            "--no-owner", "--no-privileges", f"--file={to}",
        )  # fmt: skip
    return revision, counted


async def checked_rows(url: URL, data: Path) -> dict[str, int]:
    """The rows of a dump, by table, as they are once it is restored to a database that is dropped again.

    ``BackupError``: the dump cannot be restored, or no database may be made for that.
    """
    async with _scratch(url) as scratch:
        await load(scratch, data)
        return await rows(scratch)


async def rows(url: URL) -> dict[str, int]:
    """The rows of the database, by table."""
    async with _connected(url) as connection:
        return await _rows(connection)


async def load(url: URL, data: Path) -> None:
    """Restore a dump to an empty database, in one transaction. ``BackupError``: it cannot be restored."""
    await _run(
        url, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
        str(data),
    )  # fmt: skip


async def is_empty(url: URL) -> bool:
    """Whether the database has no table."""
    async with _connected(url) as connection:
        return not await _tables(connection)


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection. ``BackupError``: there is none, or the server refuses what the block asks for."""
    target = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await psycopg.AsyncConnection.connect(target)
    except psycopg.OperationalError:
        raise BackupError("cli.database_unreachable") from None
    async with connection:
        try:
            yield connection
        except psycopg.Error as error:
            said = error.diag.message_primary or type(error).__name__
            raise BackupError("cli.backup.not_copied", error=said) from None


async def _value(connection: psycopg.AsyncConnection, query: str) -> str:
    found = await (await connection.execute(query.encode())).fetchone()
    if found is None:
        raise BackupError("cli.backup.not_copied", error=query)
    return str(found[0])


async def _tables(connection: psycopg.AsyncConnection) -> list[str]:
    found = await (await connection.execute(_TABLES)).fetchall()
    return [name for (name,) in found]


async def _rows(connection: psycopg.AsyncConnection) -> dict[str, int]:
    counted = {}
    for name in await _tables(connection):
        if name != REVISIONS:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            counted[name] = int(await _value(connection, query.as_string()))
    return counted


@asynccontextmanager
async def _scratch(url: URL) -> AsyncIterator[URL]:
    """A database beside the real one, dropped at the block's end."""
    name = f"{_SCRATCH}{time.time():.0f}_{secrets.token_hex(4)}"
    async with _connected(url) as connection:
        await connection.set_autocommit(True)
        await _drop_left(connection)
        try:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
            await connection.execute(made)
        except psycopg.errors.InsufficientPrivilege:
            raise BackupError("cli.backup.needs_createdb", user=url.username or "") from None
        try:
            # Where the names of tables are looked up may be set for the database alone.
            there = sql.SQL("ALTER DATABASE {} SET search_path FROM CURRENT").format(sql.Identifier(name))
            await connection.execute(there)
            yield url.set(database=name)
        finally:
            gone = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            await connection.execute(gone)


async def _drop_left(connection: psycopg.AsyncConnection) -> None:
    """Drop the databases in which backups were tried out that a kill has ended.

    A younger one may be in use.
    """
    found = await (await connection.execute("SELECT datname FROM pg_database")).fetchall()
    for (name,) in found:
        made = _SCRATCH_NAME.fullmatch(name)
        if made is None or float(made["at"]) > time.time() - LEFT_SECONDS:
            continue
        try:
            await connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        except psycopg.Error as error:
            # It is in use after all, or another user's.
            log.warning("a left database is not dropped", name=name, error=type(error).__name__)


async def _run(url: URL, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database. The password is not among its arguments."""
    found = shutil.which(program)
    if found is None:
        raise BackupError("cli.backup.no_program", program=program)
    given = url.translate_connect_args(database="dbname", username="user") | dict(url.query)
    password = str(given.pop("password", ""))
    target = make_conninfo("", **{name: str(value) for name, value in given.items()})
    # Without a password in the URL the programs find it where psycopg does: in PGPASSWORD or in ~/.pgpass.
    secret = {"PGPASSWORD": password} if password else {}
    running = await asyncio.create_subprocess_exec(
        found,
        f"--dbname={target}",
        "--no-password",
        *arguments,
        env=os.environ | secret | {"LC_ALL": "C.UTF-8"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await running.communicate()
    finally:
        # The program was told to stop meanwhile.
        if running.returncode is None:
            running.kill()
            await running.wait()
    if running.returncode:
        words = said.decode("utf-8", "replace").strip()
        # These lines show the row that failed, and with it what people wrote.
        plain = [line for line in words.splitlines() if not line.startswith(("DETAIL:", "CONTEXT:"))]
        log.error("a program of PostgreSQL failed", program=program, said="\n".join(plain)[-2000:])
        key = "cli.backup.old_program" if "version mismatch" in words else "cli.backup.program_failed"
        raise BackupError(key, program=program)
