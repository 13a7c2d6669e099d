"""Waiting for something to happen, but not for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def wait_up_to(seconds: float, event: asyncio.Event) -> None:
    """Return when ``event`` is set, or after ``seconds`` without it.

    Not ``wait_for``: before Python 3.12 it loses a cancellation that comes together with the event.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
