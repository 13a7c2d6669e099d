"""Rows that many tests begin with: made once in the file of a database, which each test gets a copy of."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy import orm
from sqlmodel import SQLModel

from models.db import Database

MadeT = TypeVar("MadeT")
RowT = TypeVar("RowT", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class SharedRows(Generic[MadeT]):
    """What was made, and the file that holds it. Its rows are detached; a test takes copies of them."""

    file: Path
    made: MadeT


def keep(template: Path, file: Path, make: Callable[[Database], Awaitable[MadeT]]) -> SharedRows[MadeT]:
    """Make rows in a copy of ``template`` at ``file``."""
    shutil.copy(template, file)
    return SharedRows(file, asyncio.run(_make(file, make)))


async def _make(file: Path, make: Callable[[Database], Awaitable[MadeT]]) -> MadeT:
    database = Database(f"sqlite+aiosqlite:///{file}")
    try:
        return await make(database)
    finally:
        await database.close()


def copy_of(row: RowT) -> RowT:
    """A row that a test may change, without a query. It belongs to no session."""
    with orm.Session() as session:
        copied = session.merge(row, load=False)
        session.expunge(copied)
    return copied
