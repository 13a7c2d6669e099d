"""Transactions and migrations on both engines."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from models import numbers
from models.audit_log import Audit
from models.db import Database, known, row_of
from models.delivery import inbox, messages
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import Outbox
from models.people import Unit
from models.tables import METADATA
from models.upgrade import HEAD, alembic_config, upgrade
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Tier
from tests.support.plans import Ask, analyse, plan_of

# Indexes that help SQLite alone.
OF_ONE: Final = {"ix_metric_sum_of_span": True, "ix_metric_sum_span_first_day": False}
"""Indexes that one engine has alone: whether it is SQLite."""
pytestmark = pytest.mark.both_engines("migrations")


@pytest.mark.both_engines("side by side")
async def test_a_reading_sees_one_moment(database: Database) -> None:
    """The sheets of a ledger, and a sum and its sources, agree, whatever is committed meanwhile."""
    counted = sa.select(sa.func.count()).select_from(Unit)
    async with database.reading() as session:
        before = (await session.execute(counted)).scalar_one()
        async with database.transaction() as other:
            other.add(Unit(name="城管局", tier=Tier.DEPARTMENT))
        assert (await session.execute(counted)).scalar_one() == before
    async with database.reading() as session:
        assert (await session.execute(counted)).scalar_one() == before + 1


@pytest.mark.both_engines("side by side")
async def test_concurrent_counting_loses_nothing(database: Database) -> None:
    async def bump() -> int:
        async with database.transaction() as session:
            return await numbers.next_number(session, "receipt")

    given = await asyncio.gather(*(bump() for _ in range(40)))
    assert sorted(given) == list(range(1, 41))


@pytest.mark.both_engines("side by side")
async def test_two_engines_on_one_database_lose_nothing(database_url: str) -> None:
    """Two engines read, wait and write, as two processes do."""
    first, second = Database(database_url), Database(database_url)

    async def add_one(database: Database) -> None:
        async with database.transaction() as session:
            await numbers.next_number(session, "lock")
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
    def is_ours(_item: object, name: str | None, *_others: object) -> bool:
        return OF_ONE.get(name or "", database.is_sqlite) is database.is_sqlite

    def differences(connection: Connection) -> list[object]:
        opts = {"compare_type": True, "include_object": is_ours}
        context = MigrationContext.configure(connection, opts=opts)
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


MANY: Final = 3_000


def _done_update(number: int, now: datetime) -> dict[str, Any]:
    return {
        "bot_id": 1,
        "update_id": number,
        "lane": number % 200,
        "payload": "{}",
        "state": InboxState.DONE,
        "attempts": 1,
        "received_at": now,
        "done_at": now,
    }


def _sent_message(number: int, now: datetime) -> dict[str, Any]:
    return {
        "dedupe_key": f"sent:{number}",
        "kind": MessageKind.NOTICE,
        "chat_id": number % 200,
        "view": "text",
        "content": {},
        "state": DeliveryState.SENT,
        "attempts": 1,
        "parts_sent": 1,
        "repeats": 0,
        "created_at": now,
        "sent_at": now,
    }


@pytest.mark.both_engines("query plans")
async def test_what_waits_is_found_by_its_partial_index(database: Database, now: datetime) -> None:
    """Tables of finished rows grow for ever, so the look of every second must not read them."""
    async with database.transaction() as session:
        await session.execute(sa.insert(Inbox), [_done_update(number, now) for number in range(MANY)])
        await session.execute(sa.insert(Outbox), [_sent_message(number, now) for number in range(MANY)])
    await analyse(database)
    asked: list[tuple[str, Ask]] = [
        ("ix_outbox_open", messages.chats_to_send),
        ("ix_inbox_open", lambda session: inbox.open_lanes(session, 1)),
        ("ix_inbox_open", lambda session: inbox.backlog(session, 1)),
    ]
    for index, ask in asked:
        found = await plan_of(database, ask)
        assert index in found, found


def test_a_missing_id_is_no_zero() -> None:
    """A row that lacks an id is a fault of the program; to an id that may be missing nothing belongs."""
    with pytest.raises(ValueError, match="lacks an id"):
        known(None)
    assert known(3) == 3
    assert (row_of({0: "a", 3: "b"}, 3), row_of({0: "a"}, None), row_of({0: "a"}, 3)) == ("b", None, None)
