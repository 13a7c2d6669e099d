"""Brings a database up to date. If it is up to date, this is cheap: alembic is not even imported."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from models import schema_releases
from models.db import Database

MIGRATIONS: Final = Path(__file__).parent / "migrations"
HEAD: Final = "0040"
# Any number of our own will do. It keeps two commands that start together from migrating together.
_LOCK: Final = 7_316_042


class UnknownRevisionError(Exception):
    """The database has a ``revision`` that no migration of this program makes.

    ``program``: the version that made it; None if it did not say so.
    """

    def __init__(self, revision: str, program: str | None) -> None:
        super().__init__(revision)
        self.revision = revision
        self.program = program


class UnfinishedRestoreError(Exception):
    """The database has tables and no revision: a restore was cut, or the tables are another program's."""


async def upgrade(database: Database) -> None:
    """Run the missing migrations in one transaction.

    ``UnknownRevisionError``, ``UnfinishedRestoreError``: nothing was changed.
    """
    async with _looking(database).connect() as connection:
        found = await connection.run_sync(_revision)
        if found == HEAD:
            return
        if found is not None:
            await connection.run_sync(_require_known, found)
    async with _changing(database) as connection:
        await connection.run_sync(_upgrade)


async def build(
    database: Database, fill: Callable[[AsyncConnection], Awaitable[None]], *, revision: str | None = None
) -> None:
    """Make tables that are up to date, or bring restored ones of a known ``revision`` up to date.

    What ``fill`` writes commits together with that. Until then no program takes it for a whole database.
    """
    async with _changing(database) as connection:
        await connection.run_sync(_build, revision)
        await fill(connection)


def is_known(revision: str) -> bool:
    """Whether a migration of this program makes the revision."""
    # The whole name has to match: alembic itself also takes the beginning of a name, or "head".
    return revision in {script.revision for script in _scripts().walk_revisions()}


@asynccontextmanager
async def _changing(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection in the one transaction in which tables change."""
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            # Batch mode makes a table anew and drops the old one, to which others refer. The switch has no
            # effect inside a transaction, so it is set before. BEGIN IMMEDIATE then takes the lock.
            await _foreign_keys(connection, "OFF")
        try:
            async with connection.begin():
                if not database.is_sqlite:
                    await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield connection
                if database.is_sqlite:
                    await connection.run_sync(_refuse_broken_references)
        finally:
            if database.is_sqlite:
                await _foreign_keys(connection, "ON")


def _looking(database: Database) -> AsyncEngine:
    """The engine for the first look, which must not change a file that may not be ours.

    The database's own connections would switch a SQLite file to WAL.
    """
    if not database.is_sqlite:
        return database.engine
    return create_async_engine(database.url, poolclass=sa.NullPool, hide_parameters=True)


async def _foreign_keys(connection: AsyncConnection, switch: str) -> None:
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if driver is None:
        raise LookupError("the connection has no driver")
    await driver.execute(f"PRAGMA foreign_keys={switch}")


def _refuse_broken_references(connection: Connection) -> None:
    broken = connection.execute(sa.text("PRAGMA foreign_key_check")).all()
    if broken:
        raise LookupError(f"a migration left {len(broken)} references to nothing, first in {broken[0][0]}")


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _require_known(connection: Connection, revision: str) -> None:
    if not is_known(revision):
        raise UnknownRevisionError(revision, schema_releases.program_of(connection, revision))


def _upgrade(connection: Connection) -> None:
    # Another process may have upgraded it, since the first look, to what only a newer program knows.
    if (found := _revision(connection)) is not None:
        _require_known(connection, found)
    elif sa.inspect(connection).get_table_names():
        raise UnfinishedRestoreError
    _run_migrations(connection)


def _build(connection: Connection, revision: str | None) -> None:
    from alembic import command

    if revision is not None and _revision(connection) is None:
        command.stamp(alembic_config(connection), revision)
    _run_migrations(connection)


def _run_migrations(connection: Connection) -> None:
    upgrade_to_head(connection)
    if (made := _revision(connection)) is not None:
        schema_releases.note(connection, made)


def upgrade_to_head(connection: Connection) -> None:
    """Run the missing migrations in the connection's transaction."""
    from alembic import command

    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection | None) -> Any:
    """Alembic's configuration for an open connection, or for none; there is no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    # The first thirty have a folder of their own.
    config.set_main_option("recursive_version_locations", "true")
    config.attributes["connection"] = connection
    return config


def _scripts() -> Any:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config(None))
