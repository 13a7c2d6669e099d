"""What a report and its 确认 cost in processor time, beside python-telegram-bot's bare echo in one run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from speed.bare_echo import QUIET_ECHO, bare, echo, in_echoes
from speed.district import district, each, fill, room, sqlite
from speed.figures import Figure, Place
from tests.support.postgres import PostgresServer

PEOPLE, WARM = 100, 10
CARDS: Final = {"SQLite": 8.0, "PostgreSQL": 12.0}
CONFIRMED: Final = 25 / QUIET_ECHO


def measure(place: Place) -> list[Figure]:
    server = PostgresServer()
    server.start()
    try:
        server.create("messages")
        urls = {"SQLite": sqlite(place.folder), "PostgreSQL": server.url("messages")}
        return asyncio.run(_measure(place.folder, urls))
    finally:
        server.stop()


async def _measure(folder: Path, urls: dict[str, str]) -> list[Figure]:
    beside = await echo(folder)
    figures = [
        bare(beside),
        Figure("aiogram's bare echo", None, "ms", note="it would need an environment with a lock of its own"),
    ]
    for name, url in urls.items():
        card, receipt = await reports(room(folder, name), url)
        figures += _figures(f"report → card, {name}", card, beside, CARDS[name])
        figures += _figures(f"确认 → receipt, {name}", receipt, beside, CONFIRMED)
    return figures


def _figures(what: str, spent: float, beside: float, most: float) -> Sequence[Figure]:
    return Figure(what, spent, "ms"), in_echoes(what, spent, beside, most)


async def reports(folder: Path, url: str) -> tuple[float, float]:
    """Milliseconds of processor time for one report up to its card, and for one 确认 up to the receipt."""
    async with district(folder, url, await fill(url, PEOPLE)) as here:
        cards = {}

        async def write(account: int) -> None:
            cards[account] = await here.write(account)

        async def confirm(account: int) -> None:
            await here.confirm(account, cards[account])

        written = await each(here.pid, here.accounts, WARM, write)
        return written, await each(here.pid, here.accounts, WARM, confirm)
