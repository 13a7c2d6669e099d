"""The migration after which a unit may be out of use keeps all units, in use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from models import people
from models.db import Database
from models.upgrade import upgrade
from tests.support import releases
from tests.support.migrating import empty_at

pytestmark = pytest.mark.both_engines("migrations")

BEFORE = "0023"


@pytest.fixture
async def old(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database of the release before, with two rows in every table."""
    async with empty_at(BEFORE, engine, tmp_path, request) as database:
        async with database.engine.begin() as connection:
            await connection.run_sync(releases.fill)
        yield database


async def test_all_units_stay_and_are_in_use(old: Database) -> None:
    async with old.engine.begin() as connection:
        # What refers to units is there before and after: people, tasks, cases, a unit above another.
        await connection.execute(sa.text("UPDATE unit SET parent_id = 1 WHERE id = 2"))
        before = await connection.run_sync(releases.rows_of)
        indexes = await connection.run_sync(lambda one: sa.inspect(one).get_indexes("unit"))
        keys = await connection.run_sync(lambda one: sa.inspect(one).get_foreign_keys("unit"))
    await upgrade(old)
    async with old.engine.begin() as connection:
        after = await connection.run_sync(releases.rows_of)
        assert await connection.run_sync(lambda one: sa.inspect(one).get_indexes("unit")) == indexes
        assert await connection.run_sync(lambda one: sa.inspect(one).get_foreign_keys("unit")) == keys
    assert after["unit"] == [{**row, "retired_at": None, "vacant_since": None} for row in before["unit"]]
    assert len(after["unit"]) == 2
    new = ("parent_id", "rhythm_from", "below_done_at", "below_asked_at", "reopened_at")
    alone: dict[str, object] = dict.fromkeys(new)
    alone |= {"own_reports": True, "own_switches": []}
    assert after["task"] == [{**row, **alone} for row in before["task"]]
    for name in ("contact", "problem_case", "category", "inspection_point", "unit_alias"):
        assert after[name] == before[name]
        assert before[name]
    async with old.reading() as session:
        assert [unit.id for unit in await people.all_units(session)] == [1, 2]
