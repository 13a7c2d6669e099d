"""Keeps Telegram's limits: 30 messages a second in all, one a second in a chat, 20 a minute in a group.

Messages leave at an even pace; what is late by less than a tenth of a second catches up. PTB's own limiter
bursts to 60 in its first second and has no limit per chat.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiolimiter import AsyncLimiter

from bot.settings import Settings
from bot.waiting import wait_up_to

REMEMBERED: Final = 5_000
SECOND, MINUTE = 1.0, 60.0
# Seconds by which a turn may come late without moving the next one.
_MOST_LATE: Final = 0.1
# So many of the last messages tell how long a message travels, and such a part of them are quick ones.
_TRAVELS: Final = 30
_QUICK: Final = 0.2
# Seconds of these travels that are not lost. By so much a second may be short: it has 31 messages, seldom 32.
_MOST_WAYS: Final = 0.06
# Of a whole number of messages in a span, rounding makes a little more.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class PaceIntervals:
    """Seconds between two messages: over all chats, to one private chat, to one group."""

    overall: float = 1 / 30
    private: float = 1.0
    group: float = 3.0

    @classmethod
    def of(cls, settings: Settings) -> PaceIntervals:
        """As the settings say. A group is a chat, too."""
        chat = SECOND / settings.pace_chat_per_second
        group = max(MINUTE / settings.pace_group_per_minute, chat)
        return cls(SECOND / settings.pace_per_second, chat, group)


class EvenTurns:
    """Gives turns one by one, ``interval`` seconds apart.

    Who waits for a turn may wake a little late, because the program is busy. The next turn does not move by
    that, else each report would cost some of the pace. Time in which nobody waits is not saved up.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._line = asyncio.Lock()
        self._next = 0.0

    async def acquire(self) -> None:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        async with self._line:
            self._next = max(self._next, asked)
            if (wait := self._next - loop.time()) > 0:
                await asyncio.sleep(wait)
            late = loop.time() - self._next
            self._next += self._interval + max(0.0, late - _MOST_LATE)


class SlidingWindow:
    """At most ``most`` messages arrive within ``seconds``, however unevenly they travel.

    A message arrives at some moment between its leaving and its answer. So the next one leaves only while
    fewer than ``most`` are under way or were answered within the last ``seconds``. Of all messages that
    arrive within one such span, the one that left last has counted all the others.

    Between the arrivals of two messages lie the way back of the first and the way out of the second as well.
    ``ways``: so many seconds of them are not lost, at most, while the quick messages travel alike. If a way
    out then becomes quicker at once, a span may for once be shorter by as much.
    """

    def __init__(self, most: int, seconds: float, ways: float = 0.0) -> None:
        self._most = most
        self._seconds = seconds
        self._most_ways = ways
        self._line = asyncio.Lock()
        self._answer = asyncio.Event()
        self._under_way = 0
        self._answered: deque[float] = deque()
        self._travels: deque[float] = deque(maxlen=_TRAVELS)

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """A guard that is held from a message's leaving until its answer."""
        async with self._line:
            while (wait := self._until_room()) > 0:
                self._answer.clear()
                await wait_up_to(wait, self._answer)
            self._under_way += 1
        left = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self._under_way -= 1
            self._note_answer(left, asyncio.get_running_loop().time())
            self._answer.set()

    def _note_answer(self, left: float, now: float) -> None:
        counts_from = max(left, now - self._ways())
        self._answered.append(max(counts_from, self._answered[-1]) if self._answered else counts_from)
        self._travels.append(now - left)

    def _ways(self) -> float:
        """Seconds that a way out and a way back take by all experience; 0 while there is too little of it.

        The quickest of the last messages may have been slower than the quickest possible. It hardly was by
        more than the quick ones differ from it.
        """
        if len(self._travels) < _TRAVELS:
            return 0.0
        ordered = sorted(self._travels)
        quickest, quick = ordered[0], ordered[int(_QUICK * _TRAVELS)]
        return min(max(0.0, quickest - (quick - quickest)), self._most_ways)

    def _until_room(self) -> float:
        gone = asyncio.get_running_loop().time() - self._seconds
        while self._answered and self._answered[0] <= gone:
            self._answered.popleft()
        if self._under_way + len(self._answered) < self._most:
            return 0.0
        # With none answered, the first answer will say how long to wait.
        return self._answered[0] - gone if self._answered else self._seconds


def window_of(interval: float, span: float, ways: float = 0.0) -> SlidingWindow:
    """The window of messages that leave so far apart: as many as leave within a span, one at least."""
    most = max(1, math.ceil(span / interval - _ROUNDING))
    return SlidingWindow(most, most * interval, ways)


@dataclass(frozen=True, slots=True)
class _ChatPace:
    limiter: AsyncLimiter
    window: SlidingWindow | None


class Pace:
    """Waits until the next message to a chat may leave."""

    def __init__(self, rates: PaceIntervals) -> None:
        self._rates = rates
        self._overall = EvenTurns(rates.overall)
        self._window = window_of(rates.overall, SECOND, _MOST_WAYS)
        # Messages to many people queue here, one at a time: an answer that a person waits for then stands
        # behind one nag, not behind hundreds. Groups have a line of their own: they may get few messages
        # a minute, and would get fewer behind a thousand people.
        self._bulk = {True: asyncio.Lock(), False: asyncio.Lock()}
        self._chats: OrderedDict[int, _ChatPace] = OrderedDict()

    async def turn(self, chat_id: int, *, bulk: bool = False) -> None:
        """Return when a message may go to the chat. ``bulk``: nobody waits for it."""
        await self.chat_turn(chat_id)
        await self.overall_turn(chat_id, bulk=bulk)

    async def chat_turn(self, chat_id: int) -> None:
        """Return when the chat itself may get another message."""
        await self._chat(chat_id).limiter.acquire()

    async def overall_turn(self, chat_id: int, *, bulk: bool = False) -> None:
        """Return when all chats together may get one more message."""
        if bulk:
            async with self._bulk[chat_id < 0]:
                await self._overall.acquire()
        else:
            await self._overall.acquire()

    @asynccontextmanager
    async def passage(self, chat_id: int) -> AsyncIterator[None]:
        """A guard that is held while a message whose turn has come travels.

        Messages that left evenly may arrive bunched, so a message may wait here for a moment.
        """
        async with AsyncExitStack() as stack:
            if (window := self._chat(chat_id).window) is not None:
                await stack.enter_async_context(window.passage())
            await stack.enter_async_context(self._window.passage())
            yield

    def _chat(self, chat_id: int) -> _ChatPace:
        chat = self._chats.get(chat_id)
        if chat is None:
            rate = self._rates.group if chat_id < 0 else self._rates.private
            window = window_of(rate, MINUTE) if chat_id < 0 else None
            chat = self._chats[chat_id] = _ChatPace(AsyncLimiter(1, rate), window)
        self._chats.move_to_end(chat_id)
        while len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        return chat
