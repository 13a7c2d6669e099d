"""The backup of each night, while the program runs. The folder's own files say which nights have one."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from datetime import time as day_time
from pathlib import Path
from typing import Final

import structlog

from bot.backups import making
from bot.backups.archive import LEFT_SECONDS
from bot.clock import Clock
from bot.loops import Loop
from locales import Text
from models.db import Database
from rules.slots import latest_slot
from services.campaign import Campaign

log = structlog.get_logger(__name__)
# When hardly anybody writes.
AT: Final = day_time(2, 30)
LOOK_SECONDS: Final = 300.0
# A disk that is full is seldom emptied within minutes.
RETRY_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """Where the backups of the nights stand, and how many are kept. ``path`` None: none are wanted."""

    path: Path | None
    keep: int


class NightlyBackups(Loop):
    """One loop that backs up once a night, and keeps the last ones.

    After an outage it makes up for the last night at once. ``tell`` raises an alarm, by its kind.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        campaign: Campaign,
        folder: BackupFolder,
        tell: Callable[[str, Text], None],
    ) -> None:
        super().__init__("no backup came about", retry=RETRY_SECONDS, survives=Exception)
        self._database = database
        self._clock = clock
        self._campaign = campaign
        self._folder = folder
        self._tell = tell

    async def look(self) -> float:
        """Back up if the last night has no backup yet. If that fails, the office is told, too."""
        if self._folder.path is None:
            return LOOK_SECONDS
        now = await self._clock.now()
        file = self._folder.path / self._name(now)
        try:
            if not await asyncio.to_thread(file.exists):
                page = await making.make(self._database.url, file, now)
                log.info("backed up", file=file.name, rows=sum(page.rows.values()))
            await asyncio.to_thread(self._rotate, file)
        except Exception:
            self._tell("backup", Text("alarms.backup"))
            raise
        return LOOK_SECONDS

    def _name(self, now: datetime) -> str:
        night = latest_slot(now, AT, self._campaign.zone, lambda _day: True)
        return f"chuangcheng-{night or self._campaign.today(now):%Y%m%d}.backup"

    def _rotate(self, tonight: Path) -> None:
        """Delete the oldest of the nightly backups, and what a kill has left. Other names are not ours.

        Nights to come go first: they were made while the clock was ahead, and would else outlive tonight's.
        """
        folder = tonight.parent
        ours = [*folder.glob("chuangcheng-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].backup")]
        ours.sort(key=lambda file: (file.name <= tonight.name, file.name))
        for old in ours[: -self._folder.keep]:
            old.unlink(missing_ok=True)
            log.info("an old backup is deleted", file=old.name)
        for left in folder.glob(f"{making.UNFINISHED}*"):
            if left.stat().st_mtime < time.time() - LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
