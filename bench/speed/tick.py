"""What one tick with 1,000 nags costs in processor time, on SQLite, commit included."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from typing import Final

import many_tasks

from models.db import Database
from models.upgrade import upgrade
from speed.district import sqlite
from speed.figures import Figure, Place

RUNS: Final = 5
MOST: Final = 250.0


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(sqlite(place.folder)))


async def _measure(url: str) -> list[Figure]:
    database = Database(url)
    await upgrade(database)
    await many_tasks.fill(database, many_tasks.DUE)
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
    await database.close()
    note = f"{statistics.median(took[1:]):.0f} ms by the clock"  # the first tick fills the caches
    return [Figure("tick, 1,000 nags, SQLite", statistics.median(spent[1:]), "ms", most=MOST, note=note)]
