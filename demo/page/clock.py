"""Moving the clock: it stops at each moment at which something goes out, as it does in life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from demo.page import faults
from demo.page.errors import PageError
from demo.page.program import Coming, ComingMessage, PageProgram
from sandbox.world import World

MOST: Final = timedelta(days=31)
"""The clock moves by at most so much at once: longer takes minutes."""
# The program looks at a simulated clock every 0.4 s. It takes a moment to send what is due.
_LOOKS_WITHIN: Final = 1.2
_SENDS_WITHIN: Final = 20.0


class PageClock:
    """The district's clock. ``changed`` is called after each step, and when ``coming`` is known anew.

    ``coming`` None: not known, for the program was not asked or cannot answer. ``sent``: what went out in the
    last move, and when.
    """

    def __init__(self, world: World, program: PageProgram, changed: Callable[[], None]) -> None:
        self._world, self._program, self._changed = world, program, changed
        self.coming: Coming | None = None
        self.sent: list[tuple[datetime, ComingMessage]] = []
        self.moving = False

    @property
    def now(self) -> datetime:
        return self._world.clock.now()

    async def ask(self) -> None:
        """Ask the program what goes out next."""
        self.coming = await self._program.coming() if self._program.is_on else None
        self._changed()

    async def to_next(self) -> None:
        """Move to the next moment at which something goes out. PageError: nothing is foreseen."""
        with _Moving(self):
            await self.ask()
            if self.coming is None:
                raise PageError("page.clock.unknown")
            if self.coming.at is None:
                raise PageError("page.clock.nothing_next")
            await self._step(self.coming.at)
            await self.ask()

    async def by(self, hours: int) -> None:
        await self.to(self.now + timedelta(hours=hours))

    async def to(self, moment: datetime) -> None:
        """Move to a moment, and stop at each sending before it. PageError: it is over, or too far ahead.

        While the program is off, the clock moves at once: that is what an outage looks like.
        """
        if moment <= self.now:
            raise PageError("page.clock.is_over")
        if moment - self.now > MOST:
            raise PageError("page.clock.too_far", days=MOST.days)
        with _Moving(self):
            foreseen = self._program.is_on
            await self._ask_for(foreseen)
            while (stop := self._stop_before(moment)) is not None:
                await self._step(stop)
                await self._ask_for(foreseen)
            if self.now < moment:
                self._world.clock.set(moment)
                await self._settle(())
                await self.ask()

    async def _ask_for(self, foreseen: bool) -> None:
        """Ask what goes out next. PageError: it was ``foreseen``, and is not any more: the clock stays."""
        await self.ask()
        if foreseen and self.coming is None:
            raise PageError("page.clock.lost")

    def _stop_before(self, moment: datetime) -> datetime | None:
        at = self.coming.at if self.coming is not None else None
        return at if at is not None and at <= moment else None

    async def _step(self, at: datetime) -> None:
        """Stand at a moment until the program has sent what it said it would."""
        readers = () if self.coming is None else tuple(one.chat for one in self.coming.messages if one.chat)
        before = self._world.calls.last
        self._world.clock.set(max(at, self.now))
        await self._settle(readers, before)
        if self.coming is not None:
            self.sent += [(at, message) for message in self.coming.messages]

    async def _settle(self, readers: tuple[int, ...], before: int | None = None) -> None:
        self._world.signal.fire()
        self._changed()
        if not self._program.is_on:
            return
        start = self._world.calls.last if before is None else before

        def sent() -> bool | None:
            reached = {
                call.chat_id for call in self._world.calls.find("*", after=start) if call.status is not None
            }
            return True if reached.issuperset(readers) else None

        if readers and faults.NETWORK not in faults.ordered(self._world):
            await self._world.signal.until(sent, _SENDS_WITHIN)
        await self._world.signal.until(lambda: None, _LOOKS_WITHIN)


class _Moving:
    """The clock while it moves: one move at a time."""

    def __init__(self, clock: PageClock) -> None:
        self._clock = clock

    def __enter__(self) -> None:
        if self._clock.moving:
            raise PageError("page.clock.moves_already")
        self._clock.moving = True
        self._clock.sent = []
        self._clock._changed()

    def __exit__(self, *_: object) -> None:
        self._clock.moving = False
        self._clock._changed()
