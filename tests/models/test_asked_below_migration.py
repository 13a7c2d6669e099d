"""The migration that notes since when a part waits for 办结: tasks above such parts are looked at again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Database
from models.tasks import Task
from models.upgrade import upgrade
from tests.support.migrating import filled_at

pytestmark = pytest.mark.both_engines("migrations")

ASKED, LATER = datetime(2026, 12, 14, 1, tzinfo=UTC), datetime(2026, 12, 20, tzinfo=UTC)
_TASK = sa.table(
    "task",
    sa.column("id", sa.Integer),
    sa.column("parent_id", sa.Integer),
    sa.column("state", sa.String),
    sa.column("updated_at", sa.DateTime(timezone=True)),
    sa.column("below_asked_at", sa.DateTime(timezone=True)),
    sa.column("next_nag_at", sa.DateTime(timezone=True)),
)


@pytest.fixture
async def old(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database of the release before, with two rows in every table."""
    async with filled_at("0034", engine, tmp_path, request) as database:
        yield database


@pytest.fixture
async def newer(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """The release before tasks that are closed were looked at."""
    async with filled_at("0037", engine, tmp_path, request) as database:
        yield database


@pytest.mark.parametrize(
    ("whole", "part", "parent", "asked", "looked"),
    [
        ("in_progress", "submitted", 1, ASKED, ASKED),
        # A later release looks at a closed one, if nothing else does (below).
        ("completed", "submitted", 1, ASKED, LATER),
        ("in_progress", "returned", 1, None, LATER),
        ("in_progress", "submitted", None, None, LATER),
    ],
)
async def test_what_waits_is_found(
    old: Database, whole: str, part: str, parent: int | None, asked: datetime | None, looked: datetime
) -> None:
    rows: dict[int, dict[str, object]] = {
        1: {"state": whole, "parent_id": None, "next_nag_at": LATER},
        2: {"state": part, "parent_id": parent, "updated_at": ASKED},
    }
    async with old.engine.begin() as connection:
        for task_id, values in rows.items():
            await connection.execute(sa.update(_TASK).where(_TASK.c.id == task_id).values(**values))
    await upgrade(old)
    async with old.reading() as session:
        query = select(Task.below_asked_at, Task.next_nag_at).order_by(col(Task.id))
        found = (await session.exec(query)).all()
    assert [row[0] for row in found] == [asked, None]
    assert found[0][1] == looked


@pytest.mark.parametrize(
    ("asked", "before", "looked"), [(ASKED, None, ASKED), (ASKED, LATER, LATER), (None, None, None)]
)
async def test_a_closed_task_is_looked_at_while_a_part_waits(
    newer: Database, asked: datetime | None, before: datetime | None, looked: datetime | None
) -> None:
    values = {"state": "completed", "below_asked_at": asked, "next_nag_at": before}
    async with newer.engine.begin() as connection:
        await connection.execute(sa.update(_TASK).where(_TASK.c.id == 1).values(**values))
    await upgrade(newer)
    async with newer.reading() as session:
        assert (await session.exec(select(Task.next_nag_at).where(Task.id == 1))).one() == looked
