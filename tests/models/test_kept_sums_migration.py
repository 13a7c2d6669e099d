"""The migration that keeps sums counts what the program counts itself, whatever was there before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from models.db import Database, ident
from models.progress import metric_sums, report_totals
from models.progress.report_totals import ReportTotal
from models.upgrade import alembic_config
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
    rows.pop("report_total")
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


async def test_the_migration_of_reports_counts_as_the_program_does(
    database: Database, old: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(database)
    async with database.transaction() as session:
        roster, rows = Roster(session, NOW, Campaign()), Rows(session, NOW, count(5_000))
        unit = await roster.unit("东风街道")
        person = await roster.contact(unit, "李四")
        late = {"late": True, "counted_at": NOW - timedelta(days=1)}
        await rows.report(unit, person)  # of the whole unit
        task = await roster.task(unit, "清理小广告", None)
        await rows.report(unit, person, task_id=task.id, **late)
    async with database.engine.connect() as connection:
        kept = dict(await connection.run_sync(releases.rows_of))
    for name in ("metric_sum", "report_total"):
        kept.pop(name)
    kept["schema_release"] = []
    async with old.engine.begin() as connection:
        await connection.run_sync(copy, kept)
        await connection.run_sync(releases.upgrade_to, "0028")
    await check_totals(database, old)
    # The same in steps that cut days and months in pieces.
    migration = ScriptDirectory.from_config(alembic_config(None)).get_revision("0028").module
    monkeypatch.setattr(migration, "_AT_ONCE", 3)
    async with old.engine.begin() as connection:
        await connection.execute(sa.delete(ReportTotal))
        await connection.run_sync(migration._fill)
    await check_totals(database, old)


async def check_totals(database: Database, old: Database) -> None:
    async with database.reading() as theirs, old.reading() as ours:
        counted = 0
        for unit_id in range(1, 4):
            expected = await report_totals.kept_totals(theirs, unit_id)
            assert await report_totals.kept_totals(ours, unit_id) == expected
            counted += sum(row["reports"] for row in expected)
    assert counted == 2 * (12 + 1 + 2)
