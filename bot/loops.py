"""A loop that looks at what is due, and sleeps until a moment or a wake.

It is woken by the commits that touch what it reads. It also looks every ``NET_SECONDS``, whatever happens.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.waiting import wait_up_to
from models.db import Database

NET_SECONDS: Final = 10.0
ELSEWHERE_SECONDS: Final = 1.0


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
        self._timer: asyncio.TimerHandle | None = None

    @abstractmethod
    async def look(self) -> float:
        """Do what is due. Returns seconds until the next look without a wake."""

    def wake(self) -> None:
        """Look at once: a commit may have made something due."""
        self._woken.set()

    def wake_within(self, seconds: float) -> None:
        """Look after so many seconds, or before. What becomes due meanwhile is seen by the same look."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.wake)

    def stop_looking(self) -> None:
        """End ``run`` after the present look. What is due by then is still due after the restart."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Look, and sleep between two looks, until ``stop_looking``."""
        while not self._stopping.is_set():
            # Before the look: what is committed during the look may be missed by it.
            self._woken.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            try:
                rest = await self.look()
            except self._survives:
                # The log names the part that looks.
                structlog.get_logger(type(self).__module__).exception(self._failing)
                rest = self._retry
            await self._sleep(rest)

    async def _sleep(self, rest: float) -> None:
        await wait_up_to(rest, self._woken)


class OtherProcesses(Loop):
    """Tells when another process may have changed something: the command line, or a worker of a job.

    ``changed``: wakes all that look at the database.
    """

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        super().__init__("changes by other processes cannot be seen", retry=ELSEWHERE_SECONDS)
        self._db = database
        self._changed = changed

    async def look(self) -> float:
        if await self._db.changed_elsewhere():
            self._changed()
        return ELSEWHERE_SECONDS
