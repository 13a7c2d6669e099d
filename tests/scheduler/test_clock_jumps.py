"""The scheduler on a simulated clock: it looks after each jump, and is quiet while the clock stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from models.db import Database
from scheduler.runner import TickRunner
from scheduler.ticks import Tick
from services.campaign import Campaign
from services.turn import TickTurn
from tests.conftest import NOW
from tests.support.patience import PATIENCE

HOUR = timedelta(hours=1)


class JumpingClock:
    """A clock that a test moves. It tells how often it was read, and may fail."""

    def __init__(self) -> None:
        self.moment, self.broken = NOW, False
        self._reads, self._read = 0, asyncio.Event()

    async def now(self) -> datetime:
        self._reads += 1
        self._read.set()
        if self.broken:
            raise OSError("no clock")
        return self.moment

    async def read(self, times: int) -> None:
        """Wait until it has been read so many times more."""
        wanted = self._reads + times
        async with asyncio.timeout(PATIENCE):
            while self._reads < wanted:
                self._read.clear()
                await self._read.wait()


class Looks:
    """The moments at which a tick looked."""

    def __init__(self) -> None:
        self.at: list[datetime] = []
        self._more = asyncio.Event()

    async def look(self, turn: TickTurn) -> None:
        self.at.append(turn.now)
        self._more.set()

    async def until(self, *moments: datetime) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.at) < len(moments):
                self._more.clear()
                await self._more.wait()
        assert self.at[: len(moments)] == list(moments)


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def looks() -> Looks:
    return Looks()


@asynccontextmanager
async def running(
    database: Database,
    clock: JumpingClock,
    looks: Looks,
    monkeypatch: pytest.MonkeyPatch,
    haste: float = 1,
) -> AsyncIterator[None]:
    """A runner whose one tick looks once an hour, and whose looks at the clock take no time."""
    monkeypatch.setattr("scheduler.runner.TICKS", [Tick("hourly", HOUR.total_seconds(), looks.look)])
    monkeypatch.setattr("scheduler.runner.FAST", 0.01)
    monkeypatch.setattr("scheduler.runner.HASTE", haste)
    runner = TickRunner(database.transaction, clock.now, Campaign(), lambda: None, fast=True)
    runner.start()
    try:
        yield
    finally:
        await runner.stop()


async def test_a_jump_is_looked_at_once(
    database: Database, clock: JumpingClock, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(database, clock, looks, monkeypatch):
        await looks.until(NOW)
        await clock.read(5)
        clock.moment = NOW + HOUR - timedelta(seconds=1)
        await clock.read(5)
        assert looks.at == [NOW]
        clock.moment = NOW + HOUR
        await looks.until(NOW, NOW + HOUR)
        await clock.read(5)
        assert looks.at == [NOW, NOW + HOUR]


async def test_while_the_clock_stands_it_looks_now_and_then(
    database: Database, clock: JumpingClock, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press may make something due at the moment at which the clock stands."""
    async with running(database, clock, looks, monkeypatch, haste=HOUR.total_seconds() / 0.01):
        await looks.until(NOW, NOW, NOW)


async def test_a_jump_back_is_looked_at(
    database: Database, clock: JumpingClock, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(database, clock, looks, monkeypatch):
        await looks.until(NOW)
        clock.moment = NOW - HOUR
        await looks.until(NOW, NOW - HOUR)


async def test_a_clock_that_cannot_be_read_is_read_again(
    database: Database, clock: JumpingClock, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as logs:
        async with running(database, clock, looks, monkeypatch):
            await looks.until(NOW)
            clock.broken = True
            await clock.read(3)
            clock.moment, clock.broken = NOW + HOUR, False
            await looks.until(NOW, NOW + HOUR)
    assert {entry["event"] for entry in logs} == {"the simulated clock cannot be read"}


async def test_the_end_waits_for_a_clock_that_is_being_read(
    database: Database, clock: JumpingClock, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off, the look would be an error of the scheduler's in the log of a clean end."""
    reading, answer, cut = asyncio.Event(), asyncio.Event(), False

    async def now() -> datetime:
        nonlocal cut
        if looks.at:
            reading.set()
            try:
                await answer.wait()
            except asyncio.CancelledError:
                cut = True
                raise
        return clock.moment

    async def answer_late() -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        answer.set()

    monkeypatch.setattr(clock, "now", now)
    async with running(database, clock, looks, monkeypatch):
        async with asyncio.timeout(PATIENCE):
            await reading.wait()
        late = asyncio.create_task(answer_late())
    await late
    assert not cut
