"""Databases with all tables and no rows: up to date, or of an earlier revision."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.db import Database
from models.upgrade import upgrade
from tests.support import releases
from tests.support.postgres import PostgresServer


async def migrate(url: str) -> str:
    """Bring an empty database up to date. Returns its address."""
    database = Database(url)
    await upgrade(database)
    await database.close()
    return url


@asynccontextmanager
async def empty_at(
    revision: str, engine: str, folder: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    """A database of that revision on the engine, for one test."""
    if engine == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{folder / 'old.db'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        server.create(name := f"at_{revision}")
        database = Database(server.url(name))
    async with database.engine.begin() as connection:
        await connection.run_sync(releases.upgrade_to, revision)
    yield database
    await database.close()
    if engine == "postgres":
        server.drop(name)


@asynccontextmanager
async def filled_at(
    revision: str, engine: str, folder: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    """As ``empty_at``, with two rows in every table."""
    async with empty_at(revision, engine, folder, request) as database:
        async with database.engine.begin() as connection:
            await connection.run_sync(releases.fill)
        yield database
