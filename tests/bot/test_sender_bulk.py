"""What goes to many leaves room for who waits for an answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.pace import Pace
from bot.telegram import AT_ONCE as PERMITS
from bot.telegram import Telegram
from rules.delivery import MessageKind
from tests.bot.desk import AT_ONCE, Desk, account, on_sqlite


async def test_bulk_that_hangs_takes_not_every_place() -> None:
    """As many nags as there are places hang in the database or the network: an answer finds a free one."""
    telegram = Telegram(None, Pace(AT_ONCE))  # type: ignore[arg-type]  # nothing is sent
    hanging, going = asyncio.Event(), 0

    async def nag(chat: int) -> None:
        nonlocal going
        async with telegram.turn(chat, bulk=True):
            going += 1
            await hanging.wait()

    nags = [asyncio.create_task(nag(chat)) for chat in range(1, 2 * PERMITS)]
    async with asyncio.timeout(5), telegram.turn(1000):
        hanging.set()
    await asyncio.gather(*nags)
    assert going == len(nags)


@on_sqlite
async def test_bulk_is_written_down_one_row_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twenty nags to twenty people never two wait for the database's one writer."""
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
