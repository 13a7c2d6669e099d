"""Telegram's limits, kept smoothly: 30 messages a second in all, one a second to a person, 20 a minute
to a group. PTB's own limiter bursts to 60 in its first second and has no limit per chat."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from aiolimiter import AsyncLimiter

REMEMBERED: Final = 5_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds between two messages: over all chats, to one private chat, to one group."""

    # A little under Telegram's 30 a second: what leaves evenly arrives bunched
    # (1 of 180 was refused at 1/30).
    overall: float = 1 / 27
    private: float = 1.0
    group: float = 3.0


class Pace:
    """Waits until the next message to a chat may go."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._overall = AsyncLimiter(1, rates.overall)
        # What goes to many at once queues here, one at a time: an answer to somebody who waits for it
        # then stands behind one nag, not behind hundreds.
        self._bulk = asyncio.Lock()
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()

    async def turn(self, chat_id: int, *, bulk: bool = False) -> None:
        """Return when a message may go to the chat. ``bulk``: nobody is waiting for it."""
        limiter = self._chats.get(chat_id)
        if limiter is None:
            limiter = AsyncLimiter(1, self._rates.group if chat_id < 0 else self._rates.private)
            self._chats[chat_id] = limiter
        self._chats.move_to_end(chat_id)
        while len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        await limiter.acquire()
        if bulk:
            async with self._bulk:
                await self._overall.acquire()
        else:
            await self._overall.acquire()
