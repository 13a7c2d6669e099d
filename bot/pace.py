"""Telegram's limits, kept smoothly: 30 messages a second in all, one a second to a person, 20 a minute
to a group. PTB's own limiter bursts to 60 in its first second and has no limit per chat."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from aiolimiter import AsyncLimiter

REMEMBERED: Final = 5_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds between two messages: over all chats, to one private chat, to one group."""

    overall: float = 1 / 30
    private: float = 1.0
    group: float = 3.0


class Pace:
    """Waits until the next message to a chat may go."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._overall = AsyncLimiter(1, rates.overall)
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()

    async def turn(self, chat_id: int) -> None:
        limiter = self._chats.get(chat_id)
        if limiter is None:
            limiter = AsyncLimiter(1, self._rates.group if chat_id < 0 else self._rates.private)
            self._chats[chat_id] = limiter
        self._chats.move_to_end(chat_id)
        while len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        await limiter.acquire()
        await self._overall.acquire()
