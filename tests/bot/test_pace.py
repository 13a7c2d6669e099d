"""The sender's own pace, at which it never meets Telegram's limits."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from telegram import Bot

from bot import pace
from bot.pace import Pace, PaceIntervals
from bot.telegram import Telegram
from sandbox.client import SandboxClient
from sandbox.testing import RunningSandbox


async def moments(turns: list[int], rates: PaceIntervals) -> list[float]:
    """Ask for all ``turns`` (chats) at once; return when each may go, in seconds from now."""
    loop = asyncio.get_running_loop()
    start, limits = loop.time(), Pace(rates)

    async def go(chat: int) -> float:
        await limits.turn(chat)
        return loop.time() - start

    return await asyncio.gather(*(go(chat) for chat in turns))


async def test_private_chats_groups_and_all_together_have_their_own_pace() -> None:
    rates = PaceIntervals(overall=0.001, private=0.1, group=0.3)
    private = await moments([1, 1, 1], rates)
    assert private[1] >= 0.095
    assert private[2] >= 0.19
    group = await moments([-1, -1], rates)
    assert group[1] >= 0.29
    different = await moments([1, 2, 3, -4], rates)
    assert max(different) < 0.095


async def test_all_chats_together_are_spread_evenly() -> None:
    found = sorted(await moments(list(range(1, 12)), PaceIntervals(overall=0.01, private=0.001, group=0.001)))
    gaps = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert found[-1] >= 0.09
    assert sum(gap >= 0.005 for gap in gaps) >= 9, "a burst"


async def test_chats_that_are_long_silent_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "REMEMBERED", 3)
    limits = Pace(PaceIntervals(overall=1e-5, private=1e-5, group=1e-5))
    for chat in range(1, 10):
        await limits.turn(chat)
    assert list(limits._chats) == [7, 8, 9]


async def test_telegram_s_limits_are_not_met(
    telegram: RunningSandbox, people: SandboxClient, bot: Bot
) -> None:
    """60 chats get one message each and one of them four more, all at once: no answer is 429."""
    await people.set_limits(enabled=True)
    chats = range(6_100_000_001, 6_100_000_061)
    for chat in chats:
        await people.create_user("责任人", id=chat)
        telegram.world.chats[chat].started = True
    sending = Telegram(bot, Pace(PaceIntervals()))

    async def send(chat: int) -> int:
        async with sending.turn(chat):
            return await sending.send(chat, None, "一", None)

    await asyncio.gather(*(send(chat) for chat in [*chats, *[chats[0]] * 4]))
    limits = await people.limits()
    assert (limits["refused"], limits["accepted"]) == (0, 64)
    assert limits["peak_per_second"] > 10, "slower than it need be"
