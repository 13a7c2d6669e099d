"""Transactions and migrations on both engines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from models import progress
from models.audit_log import Audit
from models.db import Database
from models.delivery import inbox, messages
from models.people import Unit
from models.tables import METADATA
from models.upgrade import HEAD, alembic_config, upgrade
from rules.people.roles import Tier

pytestmark = pytest.mark.both_engines("migrations")


@pytest.mark.both_engines("side by side")
async def test_concurrent_counting_loses_nothing(database: Database) -> None:
    async def bump() -> int:
        async with database.transaction() as session:
            return await progress.next_number(session, "receipt")

    numbers = await asyncio.gather(*(bump() for _ in range(40)))
    assert sorted(numbers) == list(range(1, 41))


@pytest.mark.both_engines("side by side")
async def test_two_engines_on_one_database_lose_nothing(database_url: str) -> None:
    """Two engines read, wait and write, as two processes do."""
    first, second = Database(database_url), Database(database_url)

    async def add_one(database: Database) -> None:
        async with database.transaction() as session:
            await progress.next_number(session, "lock")
            value = (await session.execute(sa.text("SELECT value FROM counter WHERE name = 'sum'"))).scalar()
            statement = "UPDATE counter SET value = :v WHERE name = 'sum'"
            await session.execute(sa.text(statement), {"v": int(value or 0) + 1})

    async with first.transaction() as session:
        await session.execute(sa.text("INSERT INTO counter (name, value) VALUES ('sum', 0)"))
    await asyncio.gather(*(add_one(database) for database in (first, second) for _ in range(20)))
    async with first.reading() as session:
        total = (await session.execute(sa.text("SELECT value FROM counter WHERE name = 'sum'"))).scalar()
    assert total == 40
    await first.close()
    await second.close()


async def test_what_raises_is_rolled_back(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            session.add(Unit(name="城管局", tier=Tier.DEPARTMENT))
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.reading() as session:
        assert (await session.execute(sa.select(sa.func.count()).select_from(Unit))).scalar() == 0


async def test_foreign_keys_and_checks_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(Unit(name="某街道", tier=Tier.STREET, parent_id=999))
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(sa.text("INSERT INTO unit (name, tier) VALUES ('x', 'planet')"))


async def test_a_naive_moment_is_refused(database: Database) -> None:
    naive = datetime(2026, 12, 15, 9)  # noqa: DTZ001  # that is the point
    with pytest.raises(sa.exc.StatementError):
        async with database.transaction() as session:
            session.add(Audit(at=naive, event="x", subject_type="task"))


async def test_migrations_and_tables_say_the_same(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_one_head_and_upgrading_again_changes_nothing(database: Database) -> None:
    async with database.engine.connect() as connection:
        heads = await connection.run_sync(
            lambda sync: ScriptDirectory.from_config(alembic_config(sync)).get_heads()
        )
    assert heads == [HEAD]
    await upgrade(database)


@pytest.mark.both_engines("query plans")
async def test_what_waits_is_found_by_its_partial_index(database: Database) -> None:
    """Tables of finished rows grow for ever, so the look of every second must not read them."""
    asked: dict[str, Callable[[Any], Awaitable[object]]] = {
        "ix_outbox_open": messages.chats_to_send,
        "ix_inbox_open": lambda session: inbox.open_lanes(session, 1),
    }
    for index, ask in asked.items():
        statements: list[str] = []

        def note(
            _c: object, _cursor: object, statement: str, *_: object, kept: list[str] = statements
        ) -> None:
            kept.append(statement)

        sa.event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        async with database.reading() as session:
            await ask(session)
            sa.event.remove(database.engine.sync_engine, "before_cursor_execute", note)
            query = statements[-1].replace("?", "1").replace("%(bot_id_1)s", "1")
            query = re.sub(r"%\(\w+\)s(::\w+)?", "NULL", query)
            if not database.is_sqlite:
                await session.execute(sa.text("SET LOCAL enable_seqscan = off"))
            explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
            plan = str((await session.execute(sa.text(explain + query))).all())
        assert index in plan, plan
