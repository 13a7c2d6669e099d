"""Queries of received updates: lanes with open work, and rows that are inserted only once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models import inserts
from models.db import Session, ident
from models.delivery import inbox
from models.delivery.inbox import Backlog, Inbox, InboxState
from models.groups import GroupChat
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

pytestmark = pytest.mark.both_engines("outbox")

HOUR = timedelta(hours=1)
OVER = [InboxState.DONE, InboxState.DEAD]


def update(number: int, now: datetime, lane: int = 1) -> dict[str, Any]:
    return {
        "bot_id": 1,
        "update_id": number,
        "lane": lane,
        "payload": "{}",
        "state": InboxState.NEW,
        "attempts": 0,
        "received_at": now,
    }


async def test_what_came_before_is_not_kept_again(session: Session, rows: Rows, now: datetime) -> None:
    assert await inserts.insert_once(session, Inbox, [update(1, now), update(2, now)]) == 2
    assert await inserts.insert_once(session, Inbox, [update(2, now, 9), update(3, now)]) == 1
    assert await inserts.insert_once(session, Inbox, [update(3, now)]) == 0
    assert await inserts.insert_once(session, Inbox, []) == 0
    assert await rows.column(Inbox.update_id) == [1, 2, 3]
    assert await rows.column(Inbox.lane) == [1, 1, 1]


async def test_many_rows_are_kept_once(session: Session, rows: Rows, now: datetime) -> None:
    await inserts.insert_once(session, Inbox, [update(number, now) for number in (1, 2)])
    await inserts.insert_once(session, Inbox, [update(number, now, 9) for number in (2, 3, 3)])
    await inserts.insert_once(session, Inbox, [])
    assert await rows.column(Inbox.update_id) == [1, 2, 3]
    assert await rows.column(Inbox.lane) == [1, 1, 9]


async def test_lanes_with_something_to_do(session: Session, rows: Rows) -> None:
    for lane, state in ((1, InboxState.NEW), (1, InboxState.NEW), (2, OVER[0]), (3, OVER[1])):
        await rows.update(lane, state=state)
    await rows.update(4, bot_id=2)
    assert await inbox.open_lanes(session, 1) == {1: False}
    assert await inbox.open_lanes(session, 2) == {4: False}
    assert await inbox.open_lanes(session, 3) == {}


async def test_contacts_and_bound_groups_are_known(session: Session, rows: Rows, roster: Roster) -> None:
    contact = await roster.contact(await roster.unit("城管局"), "王敏")
    who, group = contact.telegram_user_id or 0, -1_002_000_000_001
    session.add(
        GroupChat(chat_id=group, bound_by=ident(contact), bound_at=roster.now, tallied_until=roster.now)
    )
    for lane in (who, who + 1, group, group - 1):
        await rows.update(lane)
    known = {who: True, who + 1: False, group: True, group - 1: False}
    assert await inbox.open_lanes(session, 1) == known


async def test_what_waits_in_chats_that_we_know(
    session: Session, rows: Rows, roster: Roster, now: datetime
) -> None:
    contact = await roster.contact(await roster.unit("城管局"), "王敏")
    who, group = contact.telegram_user_id or 0, -1_002_000_000_001
    session.add(
        GroupChat(chat_id=group, bound_by=ident(contact), bound_at=roster.now, tallied_until=roster.now)
    )
    await rows.update(who + 1, received_at=now - 9 * HOUR)
    await rows.update(who, state=InboxState.DONE, received_at=now - 9 * HOUR)
    await rows.update(who, bot_id=2, received_at=now - 9 * HOUR)
    assert await inbox.backlog(session, 1) is None
    for lane, hours in ((who, 3), (group, 2), (who, 1)):
        await rows.update(lane, received_at=now - hours * HOUR)
    assert await inbox.backlog(session, 1) == Backlog(3, now - 3 * HOUR)


async def test_the_first_of_a_lane_that_is_not_done(session: Session, rows: Rows) -> None:
    for state in OVER:
        await rows.update(1, state=state)
    await rows.update(1, bot_id=2)
    await rows.update(2)
    first = await rows.update(1)
    await rows.update(1)
    assert await inbox.first_of_lane(session, 1, 1) == first
    assert await inbox.first_of_lane(session, 1, 3) is None


@pytest.mark.parametrize(
    ("lane", "hours", "heard"),
    [(1, -1, True), (1, 0, True), (1, 1, False), (2, 0, False)],
)
async def test_whether_a_chat_was_heard_since(
    session: Session, rows: Rows, now: datetime, lane: int, hours: int, heard: bool
) -> None:
    await rows.update(1, state=InboxState.DONE)
    await rows.update(3, received_at=now + 9 * HOUR)
    assert await inbox.heard_since(session, lane, now + hours * HOUR) is heard


async def test_only_the_newest_thousand_are_looked_at(session: Session, now: datetime) -> None:
    later = [update(number, now, 2) for number in range(2, 1001)]
    await inserts.insert_once(session, Inbox, [update(1, now), *later])
    assert await inbox.heard_since(session, 1, now)
    await inserts.insert_once(session, Inbox, [update(1001, now, 2)])
    assert not await inbox.heard_since(session, 1, now)


async def test_an_update_is_finished_once(session: Session, rows: Rows, now: datetime) -> None:
    row, other = await rows.update(), await rows.update()
    assert await inbox.finish_inbox(session, id_of(row), InboxState.DEAD, now, "boom")
    assert not await inbox.finish_inbox(session, id_of(row), InboxState.DONE, now + HOUR)
    await rows.read(row)
    assert (row.state, row.done_at, row.error) == (InboxState.DEAD, now, "boom")
    assert (await rows.read(other)).state is InboxState.NEW


async def test_attempts_are_counted_row_by_row(session: Session, rows: Rows) -> None:
    row, _ = await rows.update(attempts=2), await rows.update()
    await inbox.count_inbox_attempt(session, id_of(row), "boom")
    assert await rows.column(Inbox.attempts) == [3, 0]
    assert await rows.column(Inbox.error) == ["boom", None]


async def test_dead_updates_are_seen_one_by_one_or_all(session: Session, rows: Rows, now: datetime) -> None:
    first, second, third = [await rows.update(state=InboxState.DEAD) for _ in range(3)]
    await rows.update(state=InboxState.NEW)
    assert await inbox.see_dead(session, [id_of(first)], now) == 1
    assert await inbox.see_dead(session, [id_of(first)], now + HOUR) == 0, "it was seen before"
    assert [row.id for row in await inbox.dead_unseen(session)] == [second.id, third.id]
    assert await inbox.see_dead(session, None, now) == 2
    assert await rows.column(Inbox.seen_at) == [now, now, now, None]
