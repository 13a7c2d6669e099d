"""A loop that looks at what is due, and sleeps until a moment or a wake."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.waiting import wait_up_to


class Loop(ABC):
    """Looks again and again. After a look that fails, it logs that and rests.

    ``failing``: the line of the log. ``retry``: the seconds of the rest. ``survives``: the errors that may
    come any day; another one is a fault of the program and ends ``run``.
    """

    def __init__(
        self, failing: str, *, retry: float = 1.0, survives: type[Exception] = SQLAlchemyError
    ) -> None:
        self._failing = failing
        self._retry = retry
        self._survives = survives
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()

    @abstractmethod
    async def look(self) -> float:
        """Do what is due. Returns seconds until the next look without a wake."""

    def wake(self) -> None:
        """Look at once: a commit may have made something due."""
        self._woken.set()

    def stop_looking(self) -> None:
        """End ``run`` after the present look. What is due by then is still due after the restart."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Look, and sleep between two looks, until ``stop_looking``."""
        while not self._stopping.is_set():
            # Before the look: what is committed during the look may be missed by it.
            self._woken.clear()
            try:
                rest = await self.look()
            except self._survives:
                # The log names the part that looks.
                structlog.get_logger(type(self).__module__).exception(self._failing)
                rest = self._retry
            await self._sleep(rest)

    async def _sleep(self, rest: float) -> None:
        await wait_up_to(rest, self._woken)
