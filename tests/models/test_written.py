"""What is told of a transaction after its commit, and how changes by another process are seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import inserts, numbers
from models.audit_log import Audit
from models.db import Database, Session
from models.delivery import inbox, live_messages, messages
from models.delivery.inbox import Inbox, InboxState
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.people import Unit
from models.tables import METADATA
from models.written import WrittenRows
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Tier

AT = datetime(2026, 12, 15, tzinfo=UTC)


def promise(chat: int, kind: MessageKind = MessageKind.RECEIPT) -> dict[str, Any]:
    return {
        "dedupe_key": f"{kind.value} {chat}",
        "kind": kind,
        "chat_id": chat,
        "thread_id": None,
        "contact_id": None,
        "live_id": None,
        "view": "view",
        "content": {},
        "state": DeliveryState.NEW,
        "attempts": 0,
        "parts_sent": 0,
        "repeats": 0,
        "created_at": AT,
    }


def update(number: int, lane: int = 1) -> dict[str, Any]:
    return {
        "bot_id": 1,
        "update_id": number,
        "subject": f"message {number}",
        "lane": lane,
        "payload": "{}",
        "state": InboxState.NEW,
        "attempts": 0,
        "received_at": AT,
        "done_at": None,
        "error": None,
    }


@pytest.fixture
def told(database: Database) -> list[WrittenRows]:
    told: list[WrittenRows] = []
    database.follow(told.append)
    return told


async def fail(database: Database, error: type[BaseException]) -> None:
    async with database.transaction() as session:
        await inserts.insert_once(session, Outbox, [promise(1)])
        raise error


async def live(session: Session) -> LiveMessage:
    row = LiveMessage(kind=LiveKind.BOARD, subject_id=1, chat_id=-1, dirty=False)
    session.add(row)
    await session.flush()
    return row


async def test_new_rows_are_told_by_their_chats(database: Database, told: list[WrittenRows]) -> None:
    async with database.transaction() as session:
        rows = [promise(1), promise(1, MessageKind.NAG), promise(2, MessageKind.NAG)]
        await inserts.insert_once(session, Outbox, rows)
        assert told == [], "nothing is told before the commit"
    async with database.transaction() as session:
        session.add(Outbox(**promise(3)))
    first, second = told
    assert first.told(Outbox) == {(1, True), (1, False), (2, False)}
    assert second.told(Outbox) == {(3, True)}
    assert not first.has(Inbox, LiveMessage, Draft, Audit)
    assert first.told(Audit) == set()


async def test_of_other_changes_it_is_told_that_there_are_some(
    database: Database, told: list[WrittenRows]
) -> None:
    async with database.transaction() as session:
        await inserts.insert_once(session, Outbox, [promise(1)])
        await messages.repoint_chat(session, 1, 2)
        session.add(Audit(at=AT, event="test", subject_type="unit"))
    (rows,) = told
    assert rows.told(Outbox) is None
    assert rows.told(Audit) is None
    assert rows.has(Outbox)
    assert rows.has(Audit)


async def test_the_record_of_what_was_done_tells_nothing(database: Database, told: list[WrittenRows]) -> None:
    async with database.transaction() as session:
        await inserts.insert_once(session, Outbox, [promise(1), promise(2)])
        (row,) = await inbox.store(session, [update(1)])
        board = await live(session)
    told.clear()
    async with database.transaction() as session:
        new, sending = DeliveryState.NEW, DeliveryState.SENDING
        assert await messages.move_delivery(session, 1, [new], sending)
        assert await messages.move_delivery(session, 1, [sending], DeliveryState.SENT, sent_at=AT)
        await messages.withdraw_unsent(session, ["receipt 2"])
        await inbox.count_inbox_attempt(session, row.id or 0, "an error")
        assert await inbox.finish_inbox(session, row.id or 0, InboxState.DONE, AT)
        session.add(board)
        board.message_ids, board.dirty = [7], False
    async with database.transaction() as session:
        await session.execute(sa.delete(Outbox))
    assert [rows.has(Outbox, Inbox, LiveMessage) for rows in told] == [False, False]


@pytest.mark.parametrize(
    ("written", "is_told"),
    [
        ([{"text": "12处", "card_due_at": None, "card_promised_at": AT}], False),
        ([{"card_promised_at": AT, "draft_id": 1}], False),
        ([{"card_due_at": AT, "draft_id": 1}], True),
        ([{"card_due_at": None}, {"card_due_at": AT}], True),
        # Its values stand in the statement.
        ([], True),
    ],
)
def test_a_card_is_told_of_when_it_will_be_due(written: list[dict[str, Any]], is_told: bool) -> None:
    """Who promises a card sends it."""
    rows = WrittenRows()
    rows.note(METADATA.tables["draft"], written)
    assert rows.has(Draft) is is_told


async def test_what_becomes_due_again_is_told(database: Database, told: list[WrittenRows]) -> None:
    async with database.transaction() as session:
        await inserts.insert_once(session, Outbox, [promise(1)])
        board = await live(session)
    told.clear()
    async with database.transaction() as session:
        await messages.move_delivery(session, 1, [DeliveryState.NEW], DeliveryState.RETRY)
        session.add(board)
        board.version += 1  # it was dirty before and is changed once more
    async with database.transaction() as session:
        await live_messages.touch_live(session, LiveKind.BOARD)
    assert [rows.has(Outbox) for rows in told] == [True, False]
    assert [rows.has(LiveMessage) for rows in told] == [True, True]


async def test_what_was_not_kept_is_not_told(database: Database, told: list[WrittenRows]) -> None:
    with pytest.raises(RuntimeError):
        await fail(database, RuntimeError)
    async with database.reading() as session:
        await inserts.insert_once(session, Outbox, [promise(1)])
    async with database.rehearsal() as session:
        await inserts.insert_once(session, Outbox, [promise(1)])
    assert told == []
    async with database.transaction() as session:
        session.add(Unit(name="城管局", tier=Tier.DEPARTMENT))
    assert [rows.has(Outbox) for rows in told] == [False], "nor is it told later"


async def test_who_is_cut_while_committing_may_have_committed(
    database: Database, told: list[WrittenRows]
) -> None:
    with pytest.raises(asyncio.CancelledError):
        await fail(database, asyncio.CancelledError)
    assert [rows.told(Outbox) for rows in told] == [{(1, True)}]


@pytest.mark.both_engines("outbox")
async def test_updates_are_stored_once_in_their_order(database: Database) -> None:
    async with database.transaction() as session:
        first = await inbox.store(session, [update(3), update(1), update(3)])
    async with database.transaction() as session:
        second = await inbox.store(session, [update(number) for number in (1, 9, 4, 7, 3)])
        assert await inbox.store(session, []) == []
    assert [row.update_id for row in (*first, *second)] == [3, 1, 9, 4, 7]
    async with database.reading() as session:
        kept = (await session.exec(select(Inbox).order_by(col(Inbox.id)))).all()
    assert [(row.id, row.payload, row.state) for row in kept] == [
        (row.id, row.payload, row.state) for row in (*first, *second)
    ]


# -- other processes ---------------------------------------------------------------------------------------


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The database as another process has it."""
    opened = Database(database_url)
    yield opened
    await opened.close()


async def write(database: Database) -> None:
    async with database.transaction() as session:
        await numbers.next_number(session, "a number")


@pytest.mark.both_engines("side by side")
async def test_a_change_by_another_process_is_seen_once(database: Database, other: Database) -> None:
    assert await database.changed_elsewhere(), "nothing is known yet"
    assert not await database.changed_elsewhere()
    await write(other)
    assert await database.changed_elsewhere()
    assert not await database.changed_elsewhere()
    async with other.reading() as session:
        await session.exec(select(Unit))
    assert not await database.changed_elsewhere()


@pytest.mark.both_engines("side by side")
async def test_it_is_seen_among_our_own_changes(database: Database, other: Database) -> None:
    for _ in range(2):
        await database.changed_elsewhere()
        await write(database)
        await write(other)
        await write(database)
        assert await database.changed_elsewhere()


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_a_transaction_that_began_before_ours_is_seen(database_url: str, database: Database) -> None:
    """SQLite has one writer."""
    other = Database(database_url)
    async with other.transaction() as session:
        await numbers.next_number(session, "theirs")
        await write(database)
        await database.changed_elsewhere()
        assert not await database.changed_elsewhere()
    assert await database.changed_elsewhere()
    await other.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_our_own_changes_are_nobody_elses(database: Database) -> None:
    """PostgreSQL does not tell them apart."""
    await database.changed_elsewhere()
    for number in range(300):
        async with database.transaction() as session:
            # Enough for the journal to be written back some times.
            await inbox.store(session, [update(number) | {"payload": "x" * 30_000}])
        async with database.reading() as session:
            await session.execute(sa.select(sa.func.count()).select_from(Inbox))
    async with database.long_transaction() as session:
        await numbers.next_number(session, "a number")
    async with database.rehearsal() as session:
        await numbers.next_number(session, "a number")
    assert not await database.changed_elsewhere()


async def test_a_connection_that_was_cut_is_replaced(database: Database, other: Database) -> None:
    await database.changed_elsewhere()
    async with database.rehearsal() as session:
        await (await session.connection()).invalidate()
    await write(other)
    assert await database.changed_elsewhere()
    await write(database)
