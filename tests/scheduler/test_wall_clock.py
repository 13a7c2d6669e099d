"""The wall clock of the machine is moved for a moment: the ticks go on looking, and not only at that date."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

import apscheduler.schedulers.base
import pytest

import scheduler.runner
from models.db import Database
from scheduler.runner import TickRunner
from scheduler.ticks import Tick
from services.campaign import Campaign
from services.turn import TickTurn
from tests.conftest import NOW
from tests.support.patience import PATIENCE


class MovedClock(datetime):
    """The machine's clock, ``ahead`` by as much as a test says."""

    ahead = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + cls.ahead


@pytest.fixture(autouse=True)
def _moved(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (apscheduler.schedulers.base, scheduler.runner):
        monkeypatch.setattr(module, "datetime", MovedClock)
    monkeypatch.setattr("scheduler.runner.WATCHES", 0.05)
    yield
    MovedClock.ahead = timedelta(0)


class Looks:
    def __init__(self) -> None:
        self._more = asyncio.Event()

    async def look(self, _turn: TickTurn) -> None:
        self._more.set()

    async def next(self) -> None:
        self._more.clear()
        async with asyncio.timeout(PATIENCE):
            await self._more.wait()


@pytest.mark.parametrize("moved", [timedelta(days=22), timedelta(days=-22)], ids=["ahead", "behind"])
async def test_ticks_look_on_after_a_moment_in_another_time(
    database: Database, monkeypatch: pytest.MonkeyPatch, moved: timedelta
) -> None:
    looks = Looks()

    async def now() -> datetime:
        return NOW

    # It looks so rarely that only the move itself can bring the next look in time.
    monkeypatch.setattr("scheduler.runner.TICKS", [Tick("rare", 3600.0, looks.look)])
    runner = TickRunner(database.transaction, now, Campaign(), lambda: None)
    runner.start()
    try:
        await looks.next()
        for ahead in (moved, timedelta(0)):
            # A tick that is at work is not begun a second time.
            for _ in range(20):
                while runner._running:
                    runner._idle.clear()
                    await runner._idle.wait()
                await asyncio.sleep(0)  # the scheduler takes note of that
            MovedClock.ahead = ahead
            await looks.next()
    finally:
        await runner.stop()
