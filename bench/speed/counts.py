"""Statements, transactions and thread hops of a report and its 确认 in the running program, on SQLite."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from speed.district import District, district, fill, sqlite
from speed.figures import Figure, Place

PEOPLE, WARM = 60, 10
REST: Final = 0.5
"""Seconds in which what follows the last answer comes to its end."""
MOST: Final[Mapping[str, float]] = {"statements": 20, "transactions": 4, "hops a transaction": 1}
Counts = Mapping[str, int]


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


async def _measure(folder: Path) -> list[Figure]:
    url, file = sqlite(folder), folder / "counts.json"
    accounts = await fill(url, PEOPLE)
    async with district(folder, url, accounts, wishes={"BENCH_COUNTS": str(file)}) as here:
        cards = {}

        async def write(account: int) -> None:
            cards[account] = await here.write(account)

        async def confirm(account: int) -> None:
            await here.confirm(account, cards[account])

        written = await _counted(here, file, write)
        confirmed = await _counted(here, file, confirm)
    return [*_figures("report → card", written, MOST), *_figures("确认 → receipt", confirmed, {})]


async def _counted(here: District, file: Path, act: Callable[[int], Awaitable[None]]) -> dict[str, float]:
    """What the program does for one act."""
    for account in here.accounts[:WARM]:
        await act(account)
    await asyncio.sleep(REST)
    before = await _counts(here.pid, file)
    for account in here.accounts[WARM:]:
        await act(account)
    await asyncio.sleep(REST)
    after = await _counts(here.pid, file)
    return {name: (after[name] - before.get(name, 0)) / (PEOPLE - WARM) for name in after}


async def _counts(pid: int, file: Path) -> Counts:
    """The program's counts so far."""
    file.unlink(missing_ok=True)  # noqa: ASYNC240  # nothing else runs here
    os.kill(pid, signal.SIGUSR1)
    while not file.exists():  # noqa: ASYNC110, ASYNC240  # another process writes it
        await asyncio.sleep(0.01)
    found: dict[str, int] = json.loads(file.read_text())  # noqa: ASYNC240  # as above
    return found


def _figures(act: str, found: Mapping[str, float], most: Mapping[str, float]) -> Iterator[Figure]:
    begun = found["begin"]
    values = {
        "statements": found["statements"],
        "transactions": begun,
        "hops a transaction": found.get("hops", 0.0) / begun,
    }
    for name, value in values.items():
        note = f"{found.get('commit', 0.0):.1f} of them committed" if name == "transactions" else ""
        yield Figure(f"{act}: {name}", value, "", most=most.get(name), note=note)
