"""The lanes of intake: what is stored is handed to them once, in order, and little of it waits in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select
from telegram import Bot, Update

from bot.receiving.intake import LANES
from models.db import Database, Session
from models.delivery import inbox
from models.delivery.inbox import Inbox, InboxState
from tests.bot.desk import Desk, account, intake_of
from tests.bot.running import LONG, counted
from tests.support.patience import PATIENCE

ONE, OTHER = 5_900_000_001, 5_900_000_002


def message(number: int, chat: int = ONE) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "路人"}
    kind = "private" if chat > 0 else "supergroup"
    said = {"message_id": number, "date": 0, "chat": {"id": chat, "type": kind}, "text": "在吗"}
    return {"update_id": number, "message": said | {"from": person}}


class Handling:
    """An intake whose handlers note what they get, and fail as often as is said."""

    def __init__(self, desk: Desk, bot: Bot) -> None:
        self.handled: list[int] = []
        self.failures: dict[int, int] = {}
        self._more = asyncio.Event()
        application: Any = SimpleNamespace(bot=bot, process_update=self._process)
        self.intake = intake_of(desk, bot, application)
        desk.database.follow(self.intake.committed)

    def hold(self) -> None:
        """Let no lane handle anything until ``go``."""
        self.intake._at_once = asyncio.Semaphore(0)

    def go(self) -> None:
        for _ in range(LANES):
            self.intake._at_once.release()

    async def _process(self, update: Update) -> None:
        self.handled.append(update.update_id)
        self._more.set()
        if self.failures.get(update.update_id, 0):
            self.failures[update.update_id] -= 1
            raise TimeoutError

    async def done(self, count: int) -> None:
        """Wait until so many updates were handled, and no lane has anything to do."""
        async with asyncio.timeout(PATIENCE):
            while len(self.handled) < count:
                self._more.clear()
                await self._more.wait()
            while lanes := [lane.task for lane in self.intake._lanes.values() if lane.task]:
                await asyncio.gather(*lanes)

    async def until(self, *updates: int) -> None:
        """Wait until these updates were handled, in this order, and no lane has anything to do."""
        await self.done(len(updates))
        assert self.handled == list(updates)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        looked, look = asyncio.Event(), self.intake.look

        async def first_look() -> float:
            rest = await look()
            looked.set()
            return rest

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(self.intake, "look", first_look)
            working = asyncio.create_task(self.intake.run())
            await looked.wait()
        try:
            yield
        finally:
            await self.intake.stop(PATIENCE)
            await working


@pytest.fixture
def handling(desk: Desk, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> Handling:
    monkeypatch.setattr("bot.receiving.intake.NET_SECONDS", LONG)
    monkeypatch.setattr("bot.receiving.intake.next_attempt", lambda _attempts, **_: timedelta(0))
    return Handling(desk, bot)


async def rows(database: Database) -> list[tuple[int, InboxState, int]]:
    async with database.reading() as session:
        found = (await session.exec(select(Inbox).order_by(col(Inbox.id)))).all()
    return [(row.update_id, row.state, row.attempts) for row in found]


async def test_what_is_stored_is_handled_without_asking(handling: Handling, database: Database) -> None:
    async with handling.running():
        with counted(database) as work:
            await handling.intake.store([message(1), message(2), message(3)])
            await handling.until(1, 2, 3)
    assert not [one for one in work.statements if one.startswith("SELECT inbox")]
    assert work.transactions == 1 + 3
    assert await rows(database) == [(number, InboxState.DONE, 0) for number in (1, 2, 3)]


async def test_what_came_before_the_start_is_handled_once(handling: Handling) -> None:
    await handling.intake.store([message(2), message(1)])
    async with handling.running():
        await handling.intake.store([message(3), message(1)])
        await handling.until(2, 1, 3)


async def test_only_so_many_wait_in_memory(
    handling: Handling, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are read from the inbox when it is their turn. Each chat keeps its order."""
    monkeypatch.setattr("bot.receiving.intake.MOST_HANDED", 3)
    handling.hold()
    async with handling.running():
        for number in range(1, 19):
            await handling.intake.store([message(number, (ONE, OTHER)[number % 2])])
            lanes = handling.intake._lanes.values()
            assert sum(len(lane.rows) for lane in lanes) == handling.intake._handed <= 3
        handling.go()
        await handling.done(18)
        # The lane that has caught up is handed what comes next.
        with counted(database) as work:
            await handling.intake.store([message(19, OTHER)])
            await handling.done(19)
    assert [number for number in handling.handled if number % 2] == list(range(1, 20, 2))
    assert [number for number in handling.handled if not number % 2] == list(range(2, 19, 2))
    assert handling.intake._handed == 0
    assert not [one for one in work.statements if one.startswith("SELECT inbox")]


async def test_an_update_that_fails_comes_again_before_those_behind_it(
    handling: Handling, database: Database
) -> None:
    handling.failures = {2: 2}
    async with handling.running():
        await handling.intake.store([message(number) for number in (1, 2, 3, 4)])
        await handling.until(1, 2, 2, 2, 3, 4)
    assert handling.intake._handed == 0
    done = InboxState.DONE
    assert await rows(database) == [(1, done, 0), (2, done, 2), (3, done, 0), (4, done, 0)]


async def test_what_comes_while_a_lane_asks_for_the_last_time_is_not_lost(
    handling: Handling, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = inbox.first_of_lane

    async def first_of_lane(session: Session, bot_id: int, lane: int) -> Inbox | None:
        row = await inner(session, bot_id, lane)
        if row is None and len(handling.handled) == 1:
            await handling.intake.store([message(2)])
        return row

    monkeypatch.setattr(inbox, "first_of_lane", first_of_lane)
    await handling.intake.store([message(1)])
    async with handling.running():
        await handling.until(1, 2)


async def test_what_comes_during_a_look_is_handled_once(
    handling: Handling, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = inbox.open_lanes
    storing: list[asyncio.Task[None]] = []

    async def open_lanes(session: Session, bot_id: int) -> dict[int, bool]:
        storing.append(asyncio.create_task(handling.intake.store([message(len(storing) + 1)])))
        await asyncio.sleep(0.01)
        return await inner(session, bot_id)

    async with handling.running():
        monkeypatch.setattr(inbox, "open_lanes", open_lanes)
        for _ in range(3):
            await handling.intake.look()
        await asyncio.gather(*storing)
        await handling.until(1, 2, 3)


async def test_what_was_stored_but_handed_to_nobody_is_found(handling: Handling, database: Database) -> None:
    """The store was cut behind its commit, so Telegram gives the same update again."""
    async with handling.running():
        handling.intake._knows = False
        await handling.intake.store([message(1)])
        handling.intake._woken.clear()
        handling.intake._knows = True
        await handling.intake.store([message(1)])
        await handling.until(1)


async def test_an_update_that_is_to_be_handled_anew(handling: Handling, database: Database) -> None:
    async with handling.running():
        await handling.intake.store([message(1)])
        await handling.until(1)
        async with database.transaction() as session:
            (row,) = (await session.exec(select(Inbox))).all()
            row.state = InboxState.DEAD
        async with database.transaction() as session:
            assert await inbox.revive(session, 1)
        await handling.until(1, 1)


async def test_strangers_have_lanes_of_their_own(handling: Handling, desk: Desk) -> None:
    contact, group = await desk.contact("责任人"), await desk.group()
    handling.hold()
    async with handling.running():
        known = [message(1, account(contact)), message(2, group)]
        joined = {"update_id": 5, "my_chat_member": {"chat": {"id": account(contact)}, "date": 0}}
        await handling.intake.store([*known, message(3, ONE), message(4, -1_002_000_000_009), joined])
        places = {chat: lane.places for chat, lane in handling.intake._lanes.items()}
        handling.go()
    assert isinstance(places[account(contact)], nullcontext)
    assert isinstance(places[group], nullcontext)
    assert places[ONE] is places[-1_002_000_000_009] is handling.intake._for_strangers


async def test_a_chat_keeps_its_order_when_the_database_is_away(
    handling: Handling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lane ends, and looks fail: what is stored before the next look does not overtake the rest."""
    is_away = True
    open_lanes, failed = inbox.open_lanes, handling.intake._failed

    def meet() -> None:
        if is_away:
            raise OperationalError("SELECT 1", None, Exception("the server is away"))

    async def lanes(session: Session, bot_id: int) -> dict[int, bool]:
        meet()
        return await open_lanes(session, bot_id)

    async def fails(row: Inbox, error: Exception) -> float:
        meet()
        return await failed(row, error)

    monkeypatch.setattr("bot.receiving.intake.AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(handling.intake, "_retry", 0.01)
    async with handling.running():
        monkeypatch.setattr(inbox, "open_lanes", lanes)
        monkeypatch.setattr(handling.intake, "_failed", fails)
        handling.failures = {1: 1}
        await handling.intake.store([message(1), message(2)])
        await handling.done(1)
        is_away = False
        await handling.intake.store([message(3)])
        await handling.until(1, 1, 2, 3)
