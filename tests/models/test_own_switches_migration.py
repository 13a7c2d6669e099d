"""The migration that keeps every change of 本级另报 knows the last one of each task, and infers the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Database
from models.tasks import Task
from models.upgrade import upgrade
from tests.support.migrating import filled_at

pytestmark = pytest.mark.both_engines("migrations")

BROKEN_DOWN = datetime(2026, 12, 14, 1, tzinfo=UTC)
SOONER, LATER = BROKEN_DOWN - timedelta(days=1), BROKEN_DOWN + timedelta(days=1)
_TASK = sa.table(
    "task",
    sa.column("id", sa.Integer),
    sa.column("parent_id", sa.Integer),
    sa.column("own_reports", sa.Boolean),
    sa.column("reports_since", sa.DateTime(timezone=True)),
    sa.column("created_at", sa.DateTime(timezone=True)),
)


@pytest.fixture
async def old(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database of the release before, with two rows in every table."""
    async with filled_at("0033", engine, tmp_path, request) as database:
        yield database


@pytest.mark.parametrize(
    ("own", "since", "has_part", "switches"),
    [
        (True, None, True, ()),
        (False, LATER, True, (LATER,)),
        (True, LATER, True, (BROKEN_DOWN, LATER)),
        (True, LATER, False, (LATER, LATER)),
        (True, SOONER, True, (SOONER, SOONER)),
    ],
)
async def test_what_is_known_of_a_task(
    old: Database, own: bool, since: datetime | None, has_part: bool, switches: tuple[datetime, ...]
) -> None:
    whole = {"own_reports": own, "reports_since": since, "parent_id": None}
    part = {"parent_id": 1 if has_part else None, "created_at": BROKEN_DOWN, "reports_since": None}
    async with old.engine.begin() as connection:
        for task_id, values in ((1, whole), (2, part)):
            await connection.execute(sa.update(_TASK).where(_TASK.c.id == task_id).values(**values))
    await upgrade(old)
    async with old.reading() as session:
        found = (await session.exec(select(Task).order_by(col(Task.id)))).all()
    assert [task.own_switches for task in found] == [switches, ()]
    assert found[0].own_reports is own
