"""Waiting for a place in a line or doing some work, unless an event comes first."""

from __future__ import annotations

import asyncio

import pytest

from bot.waiting import place_unless, work_unless


async def _settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def full() -> asyncio.Semaphore:
    """A line with one place, which is taken."""
    line = asyncio.Semaphore(1)
    await line.acquire()
    return line


async def test_a_place_that_is_free_is_taken() -> None:
    line = asyncio.Semaphore(1)
    assert await place_unless(line, asyncio.Event())
    assert line.locked()


async def test_in_turn(full: asyncio.Semaphore) -> None:
    got: list[int] = []

    async def stand(number: int) -> None:
        if await place_unless(full, asyncio.Event()):
            got.append(number)
            full.release()

    waiting = [asyncio.create_task(stand(number)) for number in range(3)]
    await _settled()
    assert got == []
    full.release()
    await asyncio.gather(*waiting)
    assert got == [0, 1, 2]


@pytest.mark.parametrize("already", [True, False])
async def test_what_happens_first_needs_no_place(full: asyncio.Semaphore, already: bool) -> None:
    event = asyncio.Event()
    if already:
        event.set()
    waiting = asyncio.create_task(place_unless(full, event))
    await _settled()
    event.set()
    assert await waiting is False
    full.release()
    assert not full.locked(), "nobody stands in the line any more"


@pytest.mark.parametrize("steps", range(6))
async def test_who_is_cancelled_keeps_no_place(full: asyncio.Semaphore, steps: int) -> None:
    """A cancelled waiter keeps no place, even at the moment the place becomes free or the event comes."""
    event = asyncio.Event()
    waiting = asyncio.create_task(place_unless(full, event))
    await _settled()
    full.release()
    if steps % 2:
        event.set()
    for _ in range(steps // 2):
        await asyncio.sleep(0)
    waiting.cancel()
    (result,) = await asyncio.gather(waiting, return_exceptions=True)
    if result is True:
        full.release()
    await _settled()
    assert not full.locked()


async def test_work_that_is_done_first_counts() -> None:
    event = asyncio.Event()

    async def work() -> int:
        event.set()
        return 7

    assert await work_unless(event, work()) == 7


async def test_work_is_cut_by_the_event() -> None:
    event, ended = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 7

    waiting = asyncio.create_task(work_unless(event, work()))
    await _settled()
    event.set()
    assert await waiting is None
    assert ended.is_set()


async def test_work_that_fails_says_so() -> None:
    async def work() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        await work_unless(asyncio.Event(), work())


async def test_who_is_cancelled_ends_their_work() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(work_unless(asyncio.Event(), work()))
    await _settled()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert ended.is_set()
