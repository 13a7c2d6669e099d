"""How many reports a second the program answers when 500 come at once and no pace holds it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Final

from speed.bare_echo import QUIET_ECHO, bare, beside_echo, echo
from speed.district import LIFTED, WORDS, District, cards, district, fill, room, sqlite
from speed.figures import Figure, Place
from tests.support.postgres import PostgresServer

PEOPLE: Final = 500
LEAST: Final = {"SQLite": 90, "PostgreSQL": 60}
"""A second, where an echo is quiet."""
PATIENCE: Final = 180.0
WARM: Final = 10


def measure(place: Place) -> list[Figure]:
    server = PostgresServer()
    server.start()
    try:
        server.create("burst")
        urls = {"SQLite": sqlite(place.folder), "PostgreSQL": server.url("burst")}
        return asyncio.run(_measure(place.folder, urls))
    finally:
        server.stop()


async def _measure(folder: Path, urls: dict[str, str]) -> list[Figure]:
    figures = [bare(beside := await echo(folder))]
    for name, url in urls.items():
        rate = await burst(room(folder, name), url)
        what = f"burst of {PEOPLE} reports, {name}"
        figures += [
            Figure(what, rate, "/s", note=f"{LEAST[name]} where an echo costs {QUIET_ECHO} ms"),
            beside_echo(f"{what}: the time of one", 1000 / rate, beside, 1000 / LEAST[name]),
        ]
    return figures


async def burst(folder: Path, url: str) -> float:
    accounts = await fill(url, PEOPLE + WARM)
    async with district(folder, url, accounts, more=LIFTED) as here:
        for account in accounts[PEOPLE:]:
            await here.write(account)
        await here.settled()
        return await _answered(here, accounts[:PEOPLE])


async def _answered(here: District, accounts: list[int]) -> float:
    """Cards a second, from the moment at which the program may begin to the last card."""
    last = max(call.number for call in await here.people.calls())
    os.kill(here.pid, signal.SIGSTOP)  # all of them wait when it goes on
    for account in accounts:
        await here.people.send_text(account, account, WORDS.format(12))
    began = time.monotonic()
    os.kill(here.pid, signal.SIGCONT)
    while len(found := await cards(here.people, last)) < len(accounts):
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError(f"{len(found)} cards of {len(accounts)}")
        await asyncio.sleep(0.5)
    return len(accounts) / (max(call.monotonic for call in found) - began)
