"""The migration that keeps sums counts what the program counts itself, whatever was there before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.db import Database, ident
from models.progress import metric_sums
from services.campaign import Campaign
from tests.conftest import NOW
from tests.support import releases
from tests.support.migrating import empty_at
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

pytestmark = pytest.mark.both_engines("migrations")

BEFORE, AFTER = "0024", "0025"


@pytest.fixture
async def old(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database of the release before, without rows."""
    async with empty_at(BEFORE, engine, tmp_path, request) as database:
        yield database


async def fill(database: Database) -> list[int]:
    """Figures at the edges of days and months, corrected, withdrawn and merged ones; more than a step's."""
    async with database.transaction() as session:
        roster, rows = Roster(session, NOW, Campaign()), Rows(session, NOW)
        units = [await roster.unit("城管局"), await roster.unit("交通局")]
        person = await roster.contact(units[0], "张三")
        task = await roster.task(units[0], "清理广告", None)
        metrics = [await rows.metric(task, f"第{number}项") for number in range(202)]
        edge = NOW.replace(day=1, hour=16, minute=0) - timedelta(days=1)  # midnight of December in Beijing
        moments = [edge - timedelta(microseconds=300), edge, NOW, NOW - timedelta(days=20_000)]
        for number, at in enumerate(moments):
            for metric in (metrics[0], metrics[199], metrics[-1]):
                report = await rows.report(units[number % 2], person, task_id=task.id, counted_at=at)
                await rows.figure(report, metric, "2.5", approx=number == 2)
        corrected = await rows.report(units[0], person, task_id=task.id, revision=2)
        await rows.figure(corrected, metrics[1], 70, revision=1)
        await rows.figure(corrected, metrics[1], 7, filed_under=id_of(metrics[2]))
        gone = await rows.report(units[0], person, task_id=task.id, withdrawn=True)
        await rows.figure(gone, metrics[0], 900)
        return [ident(metric) for metric in metrics]


def copy(connection: Connection, rows: releases.Rows) -> None:
    for table in releases.tables_of(connection):
        if kept := [{key: row[key] for key in row if key in table.c} for row in rows.get(table.name, [])]:
            connection.execute(sa.insert(table), kept)


async def test_the_migration_counts_as_the_program_does(database: Database, old: Database) -> None:
    metric_ids = await fill(database)
    async with database.engine.connect() as connection:
        rows = dict(await connection.run_sync(releases.rows_of))
    rows.pop("metric_sum")
    rows["schema_release"] = []
    async with old.engine.begin() as connection:
        await connection.run_sync(copy, rows)
        await connection.run_sync(releases.upgrade_to, AFTER)
    async with database.reading() as theirs, old.reading() as ours:
        counted = 0
        for metric_id in metric_ids:
            expected = await metric_sums.kept_sums(theirs, metric_id)
            assert await metric_sums.kept_sums(ours, metric_id) == expected
            counted += len(expected)
        assert counted == 3 * (4 + 4 + 2) + 3
