"""The migration after which a task may have a deadline and a frequency keeps what is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from models.db import Database
from models.upgrade import upgrade
from tests.support import releases
from tests.support.migrating import filled_at

pytestmark = pytest.mark.both_engines("migrations")

BEFORE, AFTER = "0021", "0022"
BOTH = "UPDATE task SET deadline = '2026-12-31', frequency = 'weekly' WHERE id = 1"
FORTNIGHTLY = "UPDATE task SET deadline = NULL, frequency = 'fortnightly' WHERE id = 2"
_KEPT_BY_UPGRADES = {"alembic_version", "schema_release"}
NEITHER = "UPDATE task SET deadline = NULL, frequency = NULL WHERE id = 1"
OTHER = "UPDATE task SET frequency = 'hourly' WHERE id = 1"


@pytest.fixture
async def old(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database of the release before, with two rows in every table."""
    async with filled_at(BEFORE, engine, tmp_path, request) as database:
        yield database


async def takes(database: Database, statement: str) -> bool:
    try:
        async with database.engine.begin() as connection:
            await connection.execute(sa.text(statement))
    except IntegrityError:
        return False
    return True


async def test_rows_stay_and_both_are_taken(old: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.upgrade.upgrade_to_head", lambda one: releases.upgrade_to(one, AFTER))
    for statement in (BOTH, FORTNIGHTLY, NEITHER, OTHER):
        assert not await takes(old, statement)
    async with old.engine.begin() as connection:
        before = await connection.run_sync(releases.rows_of)
        indexes = await connection.run_sync(lambda one: sa.inspect(one).get_indexes("task"))
    await upgrade(old)
    async with old.engine.begin() as connection:
        after = await connection.run_sync(releases.rows_of)
        kept = await connection.run_sync(lambda one: sa.inspect(one).get_indexes("task"))
    assert after["task"] == before["task"]
    assert {name: after[name] for name in before if name not in _KEPT_BY_UPGRADES} == {
        name: rows for name, rows in before.items() if name not in _KEPT_BY_UPGRADES
    }
    assert len(after["task"]) == 2
    assert sorted(one["name"] or "" for one in kept) == sorted(one["name"] or "" for one in indexes)
    assert await takes(old, BOTH)
    assert await takes(old, FORTNIGHTLY)
    assert not await takes(old, NEITHER)
    assert not await takes(old, OTHER)
