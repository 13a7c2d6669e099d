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
        # A tick that is at work is not begun a second time.
        await _idle_after(runner, looks)
        for ahead in (moved, timedelta(0)):
            MovedClock.ahead = ahead
            await _idle_after(runner, looks)
    finally:
        await runner.stop()


class TrustedClock:
    """A check of the clock that has nothing to compare it with, as with an API server on the same machine."""

    def is_settled(self) -> bool:
        return True

    def is_known(self) -> bool:
        return False

    async def settle(self) -> None:
        return


async def test_nothing_is_deleted_by_a_clock_that_was_just_moved(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After six seconds at +22 days the questions, buttons and previews of three weeks would be gone."""
    looks, deleted = Looks(), list[datetime]()

    async def delete(turn: TickTurn) -> None:
        deleted.append(turn.now)

    async def now() -> datetime:
        return NOW

    ticks = [Tick("rare", 3600.0, looks.look), Tick("old rows", 3600.0, delete, deletes=True)]
    monkeypatch.setattr("scheduler.runner.TICKS", ticks)
    runner = TickRunner(database.transaction, now, Campaign(), lambda: None, check=TrustedClock())
    runner.start()
    try:
        await _idle_after(runner, looks)
        assert len(deleted) == 1
        for ahead in (timedelta(days=22), timedelta(0)):
            MovedClock.ahead = ahead
            await _idle_after(runner, looks)
            await runner._run(ticks[1])
        assert len(deleted) == 1
        monkeypatch.setattr("scheduler.runner.STANDS", 0.0)
        await runner._run(ticks[1])
        assert len(deleted) == 2
    finally:
        await runner.stop()


async def _idle_after(runner: TickRunner, looks: Looks) -> None:
    """Wait for a look, and until all that looked with it have ended."""
    await looks.next()
    for _ in range(20):
        while runner._running:
            runner._idle.clear()
            await runner._idle.wait()
        await asyncio.sleep(0)  # the scheduler takes note of that
