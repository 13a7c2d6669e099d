"""Two transactions side by side: one goes on when the other waits for it."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa

from models.db import Database


async def until_it_waits(database: Database, running: asyncio.Task[Any]) -> None:
    """Let it run until it is done or waits for a row. On SQLite it waits for the one writer at once."""
    for _ in range(0 if database.is_sqlite else 10_000):
        async with database.reading() as session:
            query = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if running.done() or (await session.execute(query)).scalar_one():
                return
