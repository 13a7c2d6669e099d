"""The runner of the ticks: APScheduler wakes them, but remembers nothing and decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.ticks import TICKS, Tick
from services import Session, calendar
from services.campaign import Campaign

log = structlog.get_logger(__name__)
FAST: Final = 0.4


class TickRunner:
    """Starts the ticks of the table. ``fast``: they look often, for a simulated clock that runs ahead."""

    def __init__(
        self,
        transaction: Callable[[], AbstractAsyncContextManager[Session]],
        now: Callable[[], Awaitable[datetime]],
        campaign: Campaign,
        after_commit: Callable[[], None],
        *,
        fast: bool = False,
    ) -> None:
        self._transaction = transaction
        self._now = now
        self._campaign = campaign
        self._after_commit = after_commit
        self._fast = fast
        self._running: set[asyncio.Task[object]] = set()
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    def start(self) -> None:
        for tick in TICKS:
            self._scheduler.add_job(
                self._run,
                IntervalTrigger(seconds=FAST if self._fast else tick.every, timezone="UTC"),
                args=[tick],
                id=tick.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                next_run_time=datetime.now(self._scheduler.timezone),
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Start no more ticks, and let the running ones come to their commit."""
        if self._scheduler.running:
            self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _run(self, tick: Tick) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            async with self._transaction() as session:
                campaign = await calendar.current_campaign(session, self._campaign)
                await tick.run(session, await self._now(), campaign)
        except Exception:
            # All of the tick was rolled back. What is due stays due, and the next look finds it.
            log.exception("tick failed", tick=tick.name)
        else:
            self._after_commit()
