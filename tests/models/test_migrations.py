"""Every migration goes up on a database that holds data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from models.cases import Case
from models.db import Database
from models.tasks import Task
from models.upgrade import alembic_config, upgrade
from tests.support.postgres import PostgresServer

AT = "2026-12-15 00:45:00"
TASK = (
    "INSERT INTO task (id, identity, action, objective, standard, deadline, lead_unit_id, responsible_person,"
    " responsible_id, state, nag_start, created_at, updated_at) VALUES"
    " ({id}, 'k{id}', '行动', '目标', '标准', '2026-12-18', 1, '张三', 1, '{state}',"
    " '{at}', '{at}', '2026-12-16 09:00:00')"
)
ROWS = (
    "INSERT INTO unit (id, name, tier) VALUES (1, '城管局', 'department')",
    "INSERT INTO contact (id, unit_id, name, telegram_user_id, state) VALUES (1, 1, '张三', 77, 'enrolled')",
    "INSERT INTO contact_role (contact_id, role) VALUES (1, 'liaison')",
    TASK.format(id=1, state="in_progress", at=AT),
    TASK.format(id=2, state="completed", at=AT),
    "INSERT INTO metric (id, task_id, item, unit) VALUES (1, 1, '牌匾', '处')",
    "INSERT INTO progress_report (id, receipt_no, kind, task_id, unit_id, contact_id, text, late,"
    " reported_at) VALUES (1, '20261215-0001', 'progress', 1, 1, 1, '清理12处', {false}, '{at}')",
    "INSERT INTO figure (id, report_id, metric_id, mode, stated, added, approx)"
    " VALUES (1, 1, 1, 'increment', 120000, 120000, {false})",
    "INSERT INTO evidence (id, report_id, kind, file_id, file_unique_id) VALUES (1, 1, 'photo', 'f', 'u')",
    "INSERT INTO draft (id, contact_id, chat_id, task_id, revision, awaiting_text, text, content, updated_at)"
    " VALUES (1, 1, 77, 1, 5, {false}, '清理', '{{}}', '{at}')",
    "INSERT INTO group_chat (id, chat_id, title, active, bound_by, bound_at, tallied_until)"
    " VALUES (1, -100, '群', {true}, 1, '{at}', '{at}')",
    "INSERT INTO outbox (id, dedupe_key, kind, chat_id, contact_id, view, content, state, attempts,"
    " parts_sent, repeats, created_at)"
    " VALUES (1, 'k', 'receipt', 77, 1, 'view', '{{}}', 'new', 0, 0, 0, '{at}')",
    "INSERT INTO sent_message (chat_id, message_id, task_id) VALUES (77, 5, 1)",
)

CATEGORY = (
    "INSERT INTO category (area, name, unit_id, tier, limit_amount, limit_unit, standard, radius_m, active,"
    " position, updated_at) VALUES ('街面', '占道', {unit}, {tier}, {limit}, 'working_hour', '清净', 250,"
    " true, 0, '2026-12-15 00:45:00')"
)
SCANNED = "INSERT INTO tick_mark (name, slot_key, ran_at) VALUES ('cases', '', '{at}')"
CASE = (
    "INSERT INTO problem_case (id, number, category_id, category, standard, limit_amount, limit_unit, text,"
    " reporter_id, hidden, reported_at, steps, state, unit_id, limit_at, worked, extensions, extension_asked,"
    " reworks, suspended, colour, released, appeal) VALUES ({id}, 'A{id}', 1, '占道', '清净', 40000,"
    " 'working_hour', '摊', 1, false, '{at}', 4, '{state}', 1, '2026-12-01 01:00:00', 0, 0, {asked}, 0,"
    " false, '{colour}', false, 'none')"
)


@pytest.fixture(params=["sqlite", "postgres"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database as the first release left it, with something in every table that changes later."""
    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        server.create("old_release")
        database = Database(server.url("old_release"))
    words = {"true": "1", "false": "0"} if database.is_sqlite else {"true": "true", "false": "false"}
    async with database.engine.begin() as connection:
        await connection.run_sync(_first_release)
        for row in ROWS:
            await connection.execute(sa.text(row.format(**words, at=AT)))
    yield database
    await database.close()
    if request.param == "postgres":
        server.drop("old_release")


def _first_release(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "0001")


async def _all(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.engine.connect() as connection:
        return [tuple(row) for row in (await connection.execute(sa.text(query))).all()]


async def test_the_data_of_the_first_release_is_there_afterwards(old: Database) -> None:
    await upgrade(old)
    report = "SELECT revision, withdrawn, counted_at = reported_at, text FROM progress_report"
    assert await _all(old, report) == [(1, False, True, "清理12处")]
    assert await _all(old, "SELECT revision, added FROM figure") == [(1, 120_000)]
    assert await _all(old, "SELECT revision, file_id FROM evidence") == [(1, "f")]
    tasks = "SELECT id, assigned_at = created_at, completed_at = updated_at FROM task ORDER BY id"
    assert await _all(old, tasks) == [(1, True, None), (2, True, True)]
    assert await _all(old, "SELECT may_pin, tier, unit_id FROM group_chat") == [(True, None, None)]
    drafts = await _all(old, "SELECT text, card_due_at, kind, case_id FROM draft")
    assert drafts == [("清理", None, "report", None)]
    assert await _all(old, "SELECT dedupe_key, live_id FROM outbox") == [("k", None)]


async def test_nags_go_on_where_they_were(old: Database) -> None:
    """What was nagged about is not nagged about again, a slot that waits is not lost; the next scan looks."""
    async with old.engine.begin() as connection:
        for statement in (
            "UPDATE task SET last_nagged = '2026-12-15', next_nag_at = '2026-12-18 01:00:00' WHERE id = 1",
            "UPDATE task SET last_nagged = '2026-12-15' WHERE id = 2",
            TASK.format(id=3, state="assigned", at=AT),
            "UPDATE task SET next_nag_at = '2026-12-16 01:00:00' WHERE id = 3",
            TASK.format(id=4, state="acknowledged", at=AT),
            "UPDATE task SET deadline = NULL, frequency = 'daily' WHERE id = 4",
        ):
            await connection.execute(sa.text(statement))
    await upgrade(old)
    async with old.reading() as session:
        found = (await session.exec(select(Task).order_by(col(Task.id)))).all()
    begun, before = datetime(2026, 12, 15, 0, 45, tzinfo=UTC), datetime(2026, 12, 18, 0, 59, 59, tzinfo=UTC)
    assert {task.id: (task.nagged_until, task.next_nag_at) for task in found} == {
        1: (before, before),
        2: (begun, None),
        3: (begun, begun),
        4: (begun, begun),
    }


async def test_red_orders_and_asked_extensions_are_looked_at_again(
    old: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release before had nothing more to say of them, and never looked again."""
    with monkeypatch.context() as patched:
        patched.setattr("models.upgrade.upgrade_to_head", _third_release)
        await upgrade(old)
    async with old.engine.begin() as connection:
        await connection.execute(sa.text(CATEGORY.format(unit="1", tier="NULL", limit=40_000)))
        for number, (state, colour, asked) in enumerate(
            (
                ("handling", "red", "false"),
                ("handling", "blue", "true"),
                ("handling", "blue", "false"),
                ("fed_back", "red", "false"),
            ),
            1,
        ):
            case = CASE.format(id=number, state=state, colour=colour, asked=asked, at=AT)
            await connection.execute(sa.text(case))
        await connection.execute(sa.text(SCANNED.format(at=AT)))
    await upgrade(old)
    async with old.reading() as session:
        found = (await session.exec(select(Case).order_by(col(Case.id)))).all()
    scanned = datetime(2026, 12, 15, 0, 45, tzinfo=UTC)
    looked = [(case.look_at, case.nagged_until) for case in found]
    assert looked == [(scanned, scanned), (scanned, scanned), (None, None), (None, None)]


def _third_release(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "0003")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contact SET state = 'gone'",
        "UPDATE task SET state = 'lost'",
        "UPDATE evidence SET kind = 'smell'",
        "UPDATE progress_report SET percent = 101",
        "UPDATE group_chat SET tier = 'street', unit_id = 1",
        "UPDATE group_chat SET unit_id = 99",
        "DELETE FROM task WHERE id = 1",
        "UPDATE draft SET kind = 'poem'",
        "UPDATE draft SET case_id = 99",
        CATEGORY.format(unit="NULL", tier="NULL", limit=40_000),
        CATEGORY.format(unit="1", tier="'street'", limit=40_000),
        CATEGORY.format(unit="1", tier="NULL", limit=0),
        "INSERT INTO figure (report_id, revision, metric_id, mode, stated, added, approx)"
        " SELECT report_id, revision, metric_id, mode, stated, added, approx FROM figure",
    ],
)
async def test_the_rules_of_the_tables_hold_afterwards(old: Database, statement: str) -> None:
    await upgrade(old)
    with pytest.raises(IntegrityError):
        async with old.engine.begin() as connection:
            await connection.execute(sa.text(statement))


async def test_new_values_are_taken_afterwards(old: Database) -> None:
    await upgrade(old)
    async with old.engine.begin() as connection:
        for statement in (
            "UPDATE contact SET state = 'left'",
            "UPDATE task SET state = 'returned' WHERE id = 1",
            "UPDATE evidence SET kind = 'video'",
            "UPDATE group_chat SET tier = 'street'",
            "UPDATE draft SET kind = 'feedback'",
            CATEGORY.format(unit="1", tier="NULL", limit=1),
        ):
            await connection.execute(sa.text(statement))
