"""Writing down what Telegram has done: it has happened, so the database has to take it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.db import Database, Session

log = structlog.get_logger(__name__)
AGAIN_AFTER: Final = 1.0
T = TypeVar("T")


async def record(database: Database, write: Callable[[Session], Awaitable[T]]) -> T:
    """Run ``write`` in a transaction, tried until the database takes it."""
    while True:
        try:
            async with database.transaction() as session:
                return await write(session)
        except SQLAlchemyError:
            log.exception("what was sent cannot be recorded yet")
            await asyncio.sleep(AGAIN_AFTER)
