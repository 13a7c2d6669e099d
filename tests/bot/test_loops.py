"""The loop that looks, sleeps, survives a failing look, and stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.loops import Loop

LONG = 3600.0
LOCKED = OperationalError("select", {}, Exception("database is locked"))


class Watch(Loop):
    """Ends each look as the test says: with a rest or with an error."""

    def __init__(self, retry: float = LONG) -> None:
        super().__init__("the street cannot be seen", retry=retry)
        self.ends: asyncio.Queue[float | Exception] = asyncio.Queue()
        self.looks = 0

    async def look(self) -> float:
        self.looks += 1
        end = await self.ends.get()
        if isinstance(end, Exception):
            raise end
        return end

    async def after(self, end: float | Exception) -> int:
        """How many looks have begun when this one has ended and nothing more can happen by itself."""
        self.ends.put_nowait(end)
        for _ in range(20):
            await asyncio.sleep(0)
        return self.looks


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    made = Watch()
    running = asyncio.create_task(made.run())
    yield made
    made.stop_looking()
    made.ends.put_nowait(LONG)
    await asyncio.wait_for(running, 5)


async def test_sleeps_until_the_moment_that_the_look_names(watch: Watch) -> None:
    assert await watch.after(0.0) == 2
    assert await watch.after(LONG) == 2


async def test_a_wake_ends_the_sleep(watch: Watch) -> None:
    assert await watch.after(LONG) == 1
    watch.wake()
    assert await watch.after(LONG) == 2


async def test_a_wake_during_a_look_is_not_lost(watch: Watch) -> None:
    await asyncio.sleep(0)
    watch.wake()
    assert await watch.after(LONG) == 2
    assert await watch.after(LONG) == 2, "it is used up"


@pytest.mark.parametrize(("retry", "looks"), [(0.0, 2), (LONG, 1)])
async def test_a_look_that_fails(retry: float, looks: int) -> None:
    watch = Watch(retry)
    running = asyncio.create_task(watch.run())
    with capture_logs() as logs:
        assert await watch.after(LOCKED) == looks
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [
        ("the street cannot be seen", "error")
    ]
    watch.stop_looking()
    watch.ends.put_nowait(LONG)
    await asyncio.wait_for(running, 5)


async def test_a_fault_of_the_program_ends_it() -> None:
    watch = Watch()
    watch.ends.put_nowait(ValueError("a fault"))
    with pytest.raises(ValueError, match="a fault"):
        await watch.run()


async def test_it_stops_after_the_present_look() -> None:
    watch = Watch()
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(0)
    watch.stop_looking()
    assert not running.done()
    assert await watch.after(LONG) == 1
    await asyncio.wait_for(running, 5)


async def test_it_stops_while_it_sleeps() -> None:
    watch = Watch()
    running = asyncio.create_task(watch.run())
    assert await watch.after(LONG) == 1
    watch.stop_looking()
    await asyncio.wait_for(running, 5)
    assert watch.looks == 1


async def test_a_wake_within_some_time_is_one_look(watch: Watch) -> None:
    assert await watch.after(LONG) == 1
    for _ in range(3):
        watch.wake_within(0.01)
    assert await watch.after(LONG) == 1
    await asyncio.sleep(0.05)
    assert await watch.after(LONG) == 2
    watch.wake_within(LONG)
    watch.wake()
    assert await watch.after(LONG) == 3
    assert watch._timer is None, "the look has seen what it was for"
