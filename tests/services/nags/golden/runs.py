"""A whole campaign on one engine, compared with its golden file. Each runs in a process of its own."""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import dataclass, field
from typing import Final

from models.db import Database
from models.upgrade import upgrade
from tests.services.nags.golden import files
from tests.services.nags.golden.plans import chronicle
from tests.services.nags.golden.towns import TOWNS

WEEKS: Final = 12


@dataclass(frozen=True, slots=True)
class GoldenRun:
    """``url``: of an empty database. ``keep``: write the golden file instead."""

    url: str
    name: str
    weeks: int
    keep: bool


@dataclass(frozen=True, slots=True)
class GoldenResult:
    """``differs``: the first lines that are not as kept."""

    title: str
    lines: int
    seconds: float
    differs: list[str] = field(default_factory=list)


async def lines_of(url: str, name: str, weeks: int) -> list[str]:
    """All lines of a campaign, on the empty database at that address."""
    database = Database(url)
    try:
        await upgrade(database)
        return [line async for day in chronicle(database, TOWNS[name], weeks) for line in day]
    finally:
        await database.close()


def run(job: GoldenRun) -> GoldenResult:
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    started = time.monotonic()
    lines = asyncio.run(lines_of(job.url, job.name, job.weeks))
    seconds, engine = time.monotonic() - started, job.url.partition(":")[0].partition("+")[0]
    if job.keep:
        files.write(job.name, lines)
    kept = files.read(job.name)
    kept = kept if job.weeks >= WEEKS else kept[: len(lines)]
    return GoldenResult(f"{job.name} on {engine}", len(lines), seconds, files.difference(kept, lines))
