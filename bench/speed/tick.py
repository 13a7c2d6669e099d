"""What a tick with 1,000 nags costs in processor time, and how long it keeps the one writer of SQLite."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from pathlib import Path
from typing import Final

import many_tasks

from models.db import Database
from models.upgrade import upgrade
from services import calendar
from services.nags import nag_engine
from speed.bare_echo import bare, beside_echo, echo, echo_since
from speed.district import sqlite
from speed.figures import Figure, Place
from tests.support.turns import tick_for

RUNS: Final = 5
WHAT: Final = "tick, 1,000 nags, SQLite"
MOST: Final = 250.0
"""Milliseconds of processor time, where an echo is quiet."""
LONGEST: Final = 200.0
"""Milliseconds by the clock, on any machine."""


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


async def _measure(folder: Path) -> list[Figure]:
    beside = await echo(folder)
    database = Database(sqlite(folder))
    await upgrade(database)
    await many_tasks.fill(database, many_tasks.DUE)
    gc.collect()
    gc.freeze()  # as the program does with what it has imported
    spent, took = [], []
    for _ in range(RUNS + 1):
        gc.collect()
        before, began = time.process_time(), time.perf_counter()
        told = await many_tasks.tick(database)
        spent.append(1000 * (time.process_time() - before))
        took.append(1000 * (time.perf_counter() - began))
        if len(told) != many_tasks.DUE:
            raise AssertionError(f"{len(told)} letters of {many_tasks.DUE}")
        await many_tasks.take_back(database, many_tasks.DUE)
    longest = statistics.median([max(await _steps(database)) for _ in range(RUNS)])
    await database.close()
    beside = await echo_since(beside, folder)
    note = f"{statistics.median(took[1:]):.0f} ms by the clock"  # the first tick fills the caches
    tick = statistics.median(spent[1:])
    return [
        bare(beside),
        Figure(WHAT, tick, "ms", note=note),
        beside_echo(WHAT, tick, beside, MOST),
        Figure("the longest of its transactions, by the clock", longest, "ms", most=LONGEST),
    ]


async def _steps(database: Database) -> list[float]:
    """Milliseconds that each transaction of the tick keeps the writer. An older program has but one."""
    took, more = [], True
    step = getattr(nag_engine, "step", nag_engine.tick)
    while more:
        began = time.perf_counter()
        async with database.transaction() as session:
            campaign = await calendar.current_campaign(session, many_tasks.CAMPAIGN)
            done = await step(tick_for(session, many_tasks.NOW, campaign))
        took.append(1000 * (time.perf_counter() - began))
        more = getattr(done, "more", False)
    await many_tasks.take_back(database, many_tasks.DUE)
    return took
