"""A backup becomes the database again: into an empty place, whole or not at all."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.backups import archive, postgres_dump, sqlite_copy
from bot.backups.archive import BackupError, BackupPage
from bot.backups.making import put_in_place, sqlite_file
from models import numbers
from models.db import Database, Session
from models.delivery import messages, pictures
from models.upgrade import build, is_known
from scheduler import missed_ticks
from services import calendar
from services.campaign import Campaign
from services.delivery import restoration
from services.delivery.restoration import LastNumbers, RestorationCount
from services.turn import TickTurn

# What SQLite keeps in and beside a database. An old log would be taken for the restored database's own.
_OF_SQLITE: Final = ("", "-wal", "-shm", "-journal")


async def require_empty(place: URL) -> None:
    """``BackupError``: there is something where the database is to be."""
    if place.get_backend_name() == "sqlite":
        file = sqlite_file(place)
        beside = (file.with_name(file.name + suffix) for suffix in _OF_SQLITE)
        there = [one.name for one in beside if one.exists() and one.stat().st_size]
        if there:
            raise BackupError("cli.restore.files_there", files="、".join(there), folder=str(file.parent))
    elif not await postgres_dump.is_empty(place):
        raise BackupError("cli.restore.tables_there", database=place.database or "")


async def restore(
    backup: Path, place: URL, campaign: Campaign, now: datetime, last: LastNumbers
) -> tuple[BackupPage, RestorationCount]:
    """Restore a backup to an empty place, and conclude: see ``services.delivery.restoration``.

    ``BackupError``: the file is not sound, of another engine or of a newer program. The place is as it was.
    """
    folder = (
        sqlite_file(place).parent if place.get_backend_name() == "sqlite" else Path(tempfile.gettempdir())
    )
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as apart:
        data = Path(apart) / "data"
        page = await asyncio.to_thread(archive.unpack, backup, data)
        _require_fitting(page, place)
        if now < page.made_at:
            raise BackupError("cli.restore.clock_behind", at=page.made_at.isoformat())
        conclusion = _Conclusion(page, campaign, now, last)
        if page.engine == "sqlite":
            await _restore_sqlite(data, place, conclusion)
        else:
            await _restore_postgres(data, place, conclusion)
    return page, conclusion.counted


def _require_fitting(page: BackupPage, place: URL) -> None:
    if page.engine != place.get_backend_name():
        raise BackupError("cli.restore.other_engine", engine=page.engine)
    if not is_known(page.revision):
        raise BackupError("cli.restore.newer", program=page.program)


class _Conclusion:
    """What is written together with the revision, so that no program starts on less."""

    def __init__(self, page: BackupPage, campaign: Campaign, now: datetime, last: LastNumbers) -> None:
        self.page = page
        self._campaign, self._now, self._last = campaign, now, last
        self.counted = RestorationCount(0, 0, 0, [])

    async def write(self, connection: AsyncConnection) -> None:
        async with Session(connection, expire_on_commit=False) as session:
            await self._write(session)
            await session.commit()

    async def _write(self, session: Session) -> None:
        campaign = await calendar.current_campaign(session, self._campaign)
        held = await messages.hold_all(session)
        await missed_ticks.play(session, campaign, self.page.made_at, self._now)
        held += await messages.hold_all(session)
        await pictures.let_go(session)
        turn = TickTurn(session, self._now, campaign)
        last = self._last
        if last.kept is not None and _is_behind(last.kept, await numbers.given(session)):
            last = LastNumbers(last.told, None)
        self.counted = await restoration.conclude(turn, self.page.made_at, last, held)


def _is_behind(kept: Mapping[str, int], given: Mapping[str, int]) -> bool:
    """Whether the file of the numbers is older than the backup, and so says nothing about what came after."""
    latest = [names[-1] for names in numbers.by_kind(given)]
    return any(kept.get(name, 0) < given[name] for name in latest)


async def _restore_sqlite(data: Path, place: URL, conclusion: _Conclusion) -> None:
    if await asyncio.to_thread(sqlite_copy.checked_rows, data) != conclusion.page.rows:
        raise BackupError("cli.backup.not_sound")
    database = Database(place.set(database=str(data)).render_as_string(hide_password=False))
    try:
        await build(database, conclusion.write, revision=conclusion.page.revision)
    finally:
        # The last connection that closes puts the log into the file.
        await database.close()
    await asyncio.to_thread(put_in_place, data, sqlite_file(place))


async def _restore_postgres(data: Path, place: URL, conclusion: _Conclusion) -> None:
    await postgres_dump.load(place, data)
    if await postgres_dump.rows(place) != conclusion.page.rows:
        raise BackupError("cli.backup.not_sound")
    database = Database(place.render_as_string(hide_password=False))
    try:
        await build(database, conclusion.write, revision=conclusion.page.revision)
    finally:
        await database.close()
