"""The databases of years of reports: built once, kept, and brought up to date by the migrations since."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alembic import command

from models.db import Database
from models.upgrade import HEAD, MIGRATIONS, alembic_config, upgrade
from speed import history_rows
from speed.history_rows import REVISION

NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class History:
    """A database that is up to date. ``migrated``: the seconds of the migrations after ``REVISION``."""

    url: str
    migrated: float | None


def history(kept: Path, reports: int) -> History:
    """The database with so many reports for the code under test."""
    kept.mkdir(parents=True, exist_ok=True)
    base = kept / f"history-{reports}-{REVISION}-{_hash([Path(history_rows.__file__)])}.db"
    if not base.exists():
        _build(base, reports)
    if HEAD == REVISION:
        return History(_url(base), None)
    later = [path for path in (MIGRATIONS / "versions").rglob("[0-9]*.py") if path.stem[:4] > REVISION]
    path = base.with_name(f"{base.stem}-{HEAD}-{_hash(later)}.db")
    noted = path.with_suffix(".json")
    if not noted.exists():
        _migrate(base, path, noted)
    return History(_url(path), json.loads(noted.read_text()))


def _hash(files: list[Path]) -> str:
    """A short name for the contents of files: what was built from others is not used again."""
    found = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files)))
    return found.hexdigest()[:NAMED]


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _build(base: Path, reports: int) -> None:
    """Make the tables of ``REVISION`` and fill them."""
    sys.stderr.write(f"building a database of {reports:,} reports …\n")
    with _whole(base) as unfinished:
        asyncio.run(_make_tables(_url(unfinished)))
        history_rows.write(unfinished, reports)


def _migrate(base: Path, path: Path, noted: Path) -> None:
    """Bring a copy up to date, and note how long that took."""
    with _whole(path) as unfinished:
        shutil.copyfile(base, unfinished)
        took = asyncio.run(_bring_up_to_date(_url(unfinished)))
        with closing(sqlite3.connect(unfinished)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    noted.write_text(json.dumps(took))


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file that gets its name only when it is whole, so that two benchmarks may build the same one."""
    unfinished = path.with_suffix(f".{os.getpid()}.new")
    try:
        yield unfinished
        unfinished.rename(path)
    finally:
        for left in path.parent.glob(f"{unfinished.name}*"):
            left.unlink()


async def _make_tables(url: str) -> None:
    database = Database(url)
    async with database.engine.connect() as connection, connection.begin():
        await connection.run_sync(lambda it: command.upgrade(alembic_config(it), REVISION))
    await database.close()


async def _bring_up_to_date(url: str) -> float:
    """Run the migrations. Returns the seconds that they take."""
    database = Database(url)
    began = time.perf_counter()
    await upgrade(database)
    took = time.perf_counter() - began
    await database.close()
    return took
