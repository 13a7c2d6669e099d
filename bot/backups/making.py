"""Making a backup: copy, pack, and try it out before it counts."""

from __future__ import annotations

import asyncio
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from bot.backups import archive, sqlite_copy
from bot.backups.archive import BackupError, BackupPage
from models.schema_releases import PROGRAM

UNFINISHED: Final = ".backup-"
"""How the name of the folder begins in which a backup is made. Only a kill leaves it behind."""


async def make(database: URL, to: Path, now: datetime) -> BackupPage:
    """Back the database up to the new file ``to``, while the program runs.

    The file is there once it was restored to a place of its own and every table has all its rows. Only its
    user can read it. ``BackupError``: there is no backup, and nothing is left behind.
    """
    try:
        if await asyncio.to_thread(to.exists):
            raise BackupError("cli.file_exists", file=str(to))
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=to.parent) as folder:
            return await _make(database, to, now, Path(folder))
    except OSError as error:
        raise BackupError("cli.backup.no_room", error=error.strerror or type(error).__name__) from None


async def _make(database: URL, to: Path, now: datetime, folder: Path) -> BackupPage:
    data, packed = folder / "data", folder / "packed"
    if database.get_backend_name() == "sqlite":
        revision, rows = await asyncio.to_thread(sqlite_copy.copy, sqlite_file(database), data)
        page = BackupPage("sqlite", revision, PROGRAM, now, rows)
    else:
        # Imported here: a program on SQLite does not load PostgreSQL's driver.
        from bot.backups import postgres_dump

        revision, rows = await postgres_dump.copy(database, data)
        page = BackupPage("postgresql", revision, PROGRAM, now, rows)
    await asyncio.to_thread(archive.pack, page, data, packed)
    await _try_out(database, packed, page)
    await asyncio.to_thread(put_in_place, packed, to)
    return page


def sqlite_file(database: URL) -> Path:
    """The file of an SQLite database."""
    return Path(database.database or "").resolve()


def put_in_place(file: Path, to: Path) -> None:
    """Give a file that is whole its name, durably."""
    file.chmod(0o600)
    file.rename(to)
    sync_folder(to.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names of a folder's files are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _try_out(database: URL, packed: Path, page: BackupPage) -> None:
    """Restore the packed file to a place of its own, and count."""
    data = packed.with_name("tried")
    await asyncio.to_thread(archive.unpack, packed, data)
    if page.engine == "sqlite":
        rows = await asyncio.to_thread(sqlite_copy.checked_rows, data)
    else:
        from bot.backups import postgres_dump  # as above

        rows = await postgres_dump.checked_rows(database, data)
    if rows != page.rows:
        raise BackupError("cli.backup.not_sound")
