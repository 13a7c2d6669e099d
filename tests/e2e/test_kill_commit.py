"""``kill -9`` inside a commit: the transaction is there whole or not at all, and what was told is there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from models.db import Database
from tests.support.committing import ROWS, WARM
from tests.support.patience import PATIENCE
from tests.support.processes import Forge, plain_environment

ROUNDS = 20
SEED = 20261215


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_commit_that_is_killed_is_whole_or_not_there(database: Database, forge: Forge) -> None:
    """On PostgreSQL the server commits, and it is not killed."""
    command = (*forge.command("tests.support.committing"), str(database.url), str(ROUNDS), str(SEED))
    process = await asyncio.create_subprocess_exec(
        *command, env=plain_environment(), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(2 * PATIENCE):
        output, _ = await process.communicate()
    assert process.returncode == 0
    played = [json.loads(line) for line in output.splitlines()]
    with closing(sqlite3.connect(str(database.url.database))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        query = "SELECT subject_id, count(*) FROM audit WHERE subject_type = 'kill' GROUP BY subject_id"
        rows = Counter(dict(connection.execute(query).fetchall()))
    assert set(rows.values()) == {ROWS}
    told = {number for one in played for number in one["told"]}
    assert told <= rows.keys()
    assert len(told) >= ROUNDS * WARM
    assert rows.keys() <= told | {one["under_way"] for one in played}
