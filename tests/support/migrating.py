"""A database with all tables and no rows."""

from __future__ import annotations

from models.db import Database
from models.upgrade import upgrade


async def migrate(url: str) -> str:
    """Bring an empty database up to date. Returns its address."""
    database = Database(url)
    await upgrade(database)
    await database.close()
    return url
