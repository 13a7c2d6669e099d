"""The backup of each night, while the program runs. The folder's own files say which nights have one."""

from __future__ import annotations

import asyncio
from datetime import datetime, time
from pathlib import Path
from typing import Final

import structlog

from bot.backups import making
from bot.backups.archive import BackupError
from bot.clock import Clock
from bot.loops import Loop
from models.db import Database
from rules.slots import latest_slot, local_slot
from services.campaign import Campaign

log = structlog.get_logger(__name__)
# When hardly anybody writes.
AT: Final = time(2, 30)
LOOK_SECONDS: Final = 300.0
# A disk that is full is seldom emptied within minutes.
RETRY_SECONDS: Final = 3600.0


class NightlyBackups(Loop):
    """One loop that backs up once a night, and keeps the last ``keep`` backups.

    After an outage it makes up for the last night at once. ``folder`` None: no backups are wanted.
    """

    def __init__(
        self, database: Database, clock: Clock, campaign: Campaign, folder: Path | None, keep: int
    ) -> None:
        super().__init__("no backup came about", retry=RETRY_SECONDS, survives=BackupError)
        self._database = database
        self._clock = clock
        self._campaign = campaign
        self._folder = folder
        self._keep = keep

    async def look(self) -> float:
        """Back up if the last night has no backup yet. ``BackupError``: there is none."""
        if self._folder is None:
            return LOOK_SECONDS
        now = await self._clock.now()
        file = self._folder / self._name(now)
        if not await asyncio.to_thread(file.exists):
            page = await making.make(self._database.url, file, now)
            log.info("backed up", file=file.name, rows=sum(page.rows.values()))
        await asyncio.to_thread(self._rotate, self._folder)
        return LOOK_SECONDS

    def _name(self, now: datetime) -> str:
        night = latest_slot(now, AT, self._campaign.zone, lambda _day: True)
        at = now if night is None else local_slot(night, AT, self._campaign.zone)
        return f"chuangcheng-{at.astimezone(self._campaign.zone):%Y%m%d}.backup"

    def _rotate(self, folder: Path) -> None:
        """Delete the oldest of the nightly backups. Files with other names are not ours."""
        ours = sorted(folder.glob("chuangcheng-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].backup"))
        for old in ours[: -self._keep]:
            old.unlink(missing_ok=True)
            log.info("an old backup is deleted", file=old.name)
