"""Waiting for an event: for a limited time, beside some work, or in a line."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


async def wait_up_to(seconds: float, event: asyncio.Event) -> None:
    """Return when ``event`` is set, or after ``seconds``.

    Not ``wait_for``: before Python 3.12 it loses a cancellation that comes together with the event.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def work_unless(event: asyncio.Event, work: Coroutine[Any, Any, ResultT]) -> ResultT | None:
    """Do ``work`` and return its result. None: the event came first, and the work was cut.

    Work that is done when the event comes still counts.
    """
    working, passed = asyncio.create_task(work), asyncio.create_task(event.wait())
    try:
        await asyncio.wait((working, passed), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, passed):
            task.cancel()
        await asyncio.gather(working, passed, return_exceptions=True)


async def place_unless(line: asyncio.Semaphore, event: asyncio.Event) -> bool:
    """Take a place in the line, in turn. True: the caller has one and must give it back.

    False: the event came first, and the caller has no place.
    """
    if event.is_set():
        return False
    if not line.locked():
        return await line.acquire()
    place, passed = asyncio.create_task(line.acquire()), asyncio.create_task(event.wait())
    try:
        await asyncio.wait({place, passed}, return_when=asyncio.FIRST_COMPLETED)
        place.cancel()  # has no effect on a task that is done
        await asyncio.wait({place})
    except asyncio.CancelledError:
        place.cancel()
        place.add_done_callback(lambda task: None if task.cancelled() else line.release())
        raise
    finally:
        passed.cancel()
    return not place.cancelled()
