"""One signal for every change of a world, so that long polls wake at once and nobody polls in a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Signal:
    """The world fires it after each change. Then all that wait check again."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, check: Callable[[], T | None], timeout: float) -> T | None:  # noqa: ASYNC109 - part of the protocols that are imitated
        """The first value of `check` that is not None, or None after `timeout` real seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            event = self._event
            found = check()
            if found is not None:
                return found
            try:
                async with asyncio.timeout_at(deadline):
                    await event.wait()
            except TimeoutError:
                return check()
