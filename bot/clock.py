"""The program's clock. It is read once per update or tick; ``now`` is then passed on as a parameter."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

import httpx

from bot.certificates import trusted


class Clock(Protocol):
    async def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    async def close(self) -> None: ...


def steady_seconds() -> float:
    """The seconds of a clock that nobody sets. It goes on while the machine sleeps; the loop's stops."""
    # Only Linux has such a clock; elsewhere the sleep does not count.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SystemClock:
    async def now(self) -> datetime:
        return datetime.now(UTC)

    async def close(self) -> None:
        return None


class SimulatedClock:
    """The sandbox's clock, read over HTTP at each use so that it is never behind."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(timeout=5.0, verify=trusted())

    async def now(self) -> datetime:
        answer = await self._client.get(self._url)
        answer.raise_for_status()
        return datetime.fromisoformat(answer.json()["now"]).astimezone(UTC)

    async def close(self) -> None:
        await self._client.aclose()
