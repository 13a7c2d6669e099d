"""Bulk messages leave room for people who wait for an answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.pace import Pace
from bot.sender import Sender
from bot.telegram import AT_ONCE as PERMITS
from bot.telegram import BULK_AT_ONCE, STRANGERS_AT_ONCE, Telegram
from rules.delivery.delivery import DeliveryState, MessageKind
from tests.bot.desk import AT_ONCE, Desk, account
from tests.support.patience import PATIENCE


async def test_bulk_that_hangs_takes_not_every_place() -> None:
    """As many nags hang as may take places, in the database or the network: an answer still finds a place."""
    telegram = Telegram(None, Pace(AT_ONCE))  # type: ignore[arg-type]  # nothing is sent
    hanging, going = asyncio.Event(), 0

    async def nag(chat: int) -> None:
        nonlocal going
        async with telegram.turn(chat, bulk=True):
            going += 1
            await hanging.wait()

    nags = [asyncio.create_task(nag(chat)) for chat in range(1, 2 * PERMITS)]
    async with asyncio.timeout(PATIENCE), telegram.turn(1000):
        hanging.set()
    await asyncio.gather(*nags)
    assert going == len(nags)


async def test_answers_to_strangers_that_hang_hold_up_neither_nags_nor_answers() -> None:
    telegram = Telegram(None, Pace(AT_ONCE))  # type: ignore[arg-type]  # nothing is sent
    hanging, full, going = asyncio.Event(), asyncio.Event(), 0

    async def answer(chat: int) -> None:
        nonlocal going
        async with telegram.strangers_turn(chat):
            going += 1
            if going == STRANGERS_AT_ONCE:
                full.set()
            await hanging.wait()

    answers = [asyncio.create_task(answer(chat)) for chat in range(1, 2 * PERMITS)]
    async with asyncio.timeout(PATIENCE):
        await full.wait()
        async with telegram.turn(1000), telegram.turn(1001, bulk=True), telegram.turn(-1002, bulk=True):
            assert going == STRANGERS_AT_ONCE
            hanging.set()
    await asyncio.gather(*answers)
    assert going == len(answers)


async def test_bulk_is_written_down_one_row_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty nags go to twenty people, and never do two of them wait for the database's one writer."""
    there = [await desk.contact(f"第{number}人") for number in range(20)]
    for contact in there:
        await desk.promise(contact.name, to=contact, kind=MessageKind.NOTICE)
    transaction, at_once, most = desk.database.transaction, 0, 0

    def counted() -> Any:
        held = transaction()
        enter, leave = held.__aenter__, held.__aexit__

        class Counted:
            async def __aenter__(self) -> Any:
                nonlocal at_once, most
                at_once += 1
                most = max(most, at_once)
                await asyncio.sleep(0)
                return await enter()

            async def __aexit__(self, *error: Any) -> Any:
                nonlocal at_once
                try:
                    return await leave(*error)
                finally:
                    at_once -= 1

        return Counted()

    monkeypatch.setattr(desk.database, "transaction", counted)
    desk.start()
    await desk.until_settled()
    assert [await desk.texts(account(contact)) for contact in there] == [[one.name] for one in there]
    assert most == 1


async def test_what_stands_in_the_line_ends_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean end leaves a long line of nags unsent; they do not wait for their pace."""
    people = [await desk.contact(f"第{number}人") for number in range(60)]
    first, ends, inner = account(people[0]), asyncio.Event(), Pace.overall_turn

    async def overall_turn(self: Pace, chat_id: int, *, bulk: bool = False) -> None:
        """The pace, so slow that only the first message leaves before the end."""
        if chat_id != first:
            await ends.wait()
        await inner(self, chat_id, bulk=bulk)

    monkeypatch.setattr(Pace, "overall_turn", overall_turn)
    for contact in people:
        await desk.promise(contact.name, to=contact, kind=MessageKind.NOTICE)
    desk.start()
    await desk.until_state(people[0].name, DeliveryState.SENT)
    ending = asyncio.create_task(desk.stop())
    pending = {lane.task for lane in desk.sender._lanes.values() if lane.task is not None}
    async with asyncio.timeout(PATIENCE):
        while len(pending) > BULK_AT_ONCE:  # who stands in the line leaves it now, whatever their pace is
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    ends.set()
    await ending
    states = [row.state for row in (await desk.rows()).values()]
    assert states == [DeliveryState.SENT, *[DeliveryState.NEW] * 59]


async def test_who_begins_to_wait_during_a_look_is_not_missed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane has read that this person is only nagged, and would stand in a line that does not move."""
    contact, inner, told = await desk.contact("责任人"), Sender._look, list[bool]()

    async def look(self: Sender, chat_id: int, lane: Any) -> Any:
        found = await inner(self, chat_id, lane)
        if not told:
            told.append(bool(found))
            await desk.promise("答", to=contact)
            self._start(chat_id, True)  # as ``run`` does, once
        return found

    monkeypatch.setattr(Sender, "_look", look)
    line = desk.sender._telegram._bulk
    for _ in range(BULK_AT_ONCE):
        await line.acquire()
    await desk.promise("催", to=contact, kind=MessageKind.NOTICE)
    desk.sender._start(account(contact))
    async with asyncio.timeout(PATIENCE):
        await desk.people.wait_for(account(contact), contains="答")
    line.release()
    await desk.people.wait_for(account(contact), contains="催")
    assert told == [False]


async def test_what_is_tried_again_later_holds_up_nobody_who_waits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.delivery.delivery.outbox_delay", lambda *_: timedelta(hours=1))
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", status=500)
    await desk.promise("通知", to=contact, kind=MessageKind.NOTICE)
    desk.start()
    await desk.until_state("通知", DeliveryState.RETRY)
    desk.show(account(contact), "卡片")
    await desk.people.wait_for(account(contact), contains="卡片")
    await desk.promise("回执", to=contact)
    await desk.until_state("回执", DeliveryState.SENT)
    assert await desk.texts(account(contact)) == ["卡片", "回执"], "and comes no sooner for it"
    desk.sender.network_is_back()
    await desk.until_state("通知", DeliveryState.SENT)


@pytest.mark.parametrize("kind", [MessageKind.NAG, MessageKind.HINT, MessageKind.BRIEF])
async def test_while_the_clock_is_wrong_a_message_of_the_day_waits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: MessageKind
) -> None:
    """By the clock its day is long over. A receipt goes out all the same, and then the message, too."""
    monkeypatch.setattr("bot.sender.WAIT_SECONDS", 0.01)
    asked, right = asyncio.Event(), asyncio.Event()

    def is_settled() -> bool:
        asked.set()
        return right.is_set()

    desk.new_sender(clock_is_settled=is_settled)
    contact = await desk.contact("责任人")
    await desk.promise("today", to=contact, kind=kind)
    desk.clock.moment += timedelta(days=22)
    desk.start()
    async with asyncio.timeout(PATIENCE):
        await asked.wait()
    await desk.promise("receipt", to=contact)
    rows = await desk.until(lambda rows: rows["receipt"].state is DeliveryState.SENT)
    assert rows["today"].state is DeliveryState.NEW
    desk.clock.moment -= timedelta(days=22)
    right.set()
    await desk.until_state("today", DeliveryState.SENT)
    assert await desk.texts(account(contact)) == ["receipt", "today"]
