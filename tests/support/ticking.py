"""A process that ticks when a test tells it; its one argument is the database's URL.

Each line on stdin is a moment (ISO 8601). The answer is one JSON line, [[slot, chat], …]: the messages
that this process promises at that moment. It runs those ticks of the scheduler's table that send messages.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime

from models.db import Database
from scheduler.ticks import SAYING, Tick
from services.campaign import Campaign
from services.dry_run import PlannedMessage, TickStep
from services.turn import TickTurn


async def _do(database: Database, tick: Tick, now: datetime) -> list[tuple[str, int | None]]:
    async with database.transaction() as session:
        done = await tick.run(TickTurn(session, now, Campaign()))
    found = done.told if isinstance(done, TickStep) else done if isinstance(done, list) else []
    return [(planned.slot, planned.chat) for planned in found if isinstance(planned, PlannedMessage)]


async def work(url: str) -> None:
    database = Database(url)
    for line in iter(sys.stdin.readline, ""):
        now = datetime.fromisoformat(line.strip())
        promised = await asyncio.gather(*(_do(database, tick, now) for tick in SAYING))
        sys.stdout.write(json.dumps([entry for part in promised for entry in part]) + "\n")
        sys.stdout.flush()
    await database.close()


def main() -> None:
    asyncio.run(work(sys.argv[1]))
