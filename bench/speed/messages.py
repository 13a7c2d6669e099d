"""What a report and its 确认 cost in processor time, beside python-telegram-bot's bare echo in one run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from programs import sandbox

from demo.stage.processes import environment, running
from sandbox.client import SandboxClient
from speed.district import WORDS, district, each, echo_command, fill, room, sqlite
from speed.figures import Figure, Place
from tests.support.postgres import PostgresServer

PEOPLE, WARM = 100, 10
CARDS: Final = {"SQLite": 8.0, "PostgreSQL": 12.0}
CONFIRMED: Final = 20.0
"""25 milliseconds where an echo costs 1.27."""


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
    bare = await echo(folder)
    figures = [
        Figure("python-telegram-bot's bare echo", bare, "ms"),
        Figure("aiogram's bare echo", None, "ms", note="it would need an environment with a lock of its own"),
    ]
    for name, url in urls.items():
        card, receipt = await reports(room(folder, name), url)
        figures += _figures(f"report → card, {name}", card, bare, CARDS[name])
        figures += _figures(f"确认 → receipt, {name}", receipt, bare, CONFIRMED)
    return figures


def _figures(what: str, spent: float, bare: float, most: float) -> Sequence[Figure]:
    return Figure(what, spent, "ms"), Figure(f"{what} : echo", spent / bare, "×", most=most)


async def echo(folder: Path) -> float:
    """Milliseconds of processor time for one echo."""
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        accounts = range(7_000_000_001, 7_000_000_001 + PEOPLE)
        for account in accounts:
            await people.create_user("某人", id=account)
            await people.start(account)
        env = environment({}) | {"ECHO_TOKEN": ready["token"], "ECHO_BASE_URL": ready["base_url"]}
        async with running(echo_command(), log=folder / "echo.log", folder=folder, env=env) as program:

            async def write(account: int) -> None:
                sent = await people.send_text(account, account, WORDS.format(12))
                await people.wait_for(account, sent.message_id, timeout=30)

            return await each(program.pid, accounts, WARM, write)


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
