"""The watch over the inbox: when messages wait long, the office is told once how many, and since when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bot.alarms.alarms import Alarms
from bot.loops import Loop
from locales import Text
from models.db import Database
from models.delivery import inbox
from models.delivery.inbox import Backlog
from reports.formats import moment_text

log = structlog.get_logger(__name__)
KIND: Final = "backlog"
# A burst of a thousand messages is answered sooner.
LONG: Final = timedelta(minutes=2)
LOOK_SECONDS: Final = 30.0


class BacklogWatch(Loop):
    """Raises the alarm when, at two looks in a row, what came long ago waits in a chat that we know.

    One look is not enough: what the last run left, and what is handled anew, is old and done in a moment.
    ``now``: the moment, as well as it is known.
    """

    def __init__(
        self, database: Database, bot_id: int, alarms: Alarms, zone: ZoneInfo, now: Callable[[], datetime]
    ) -> None:
        super().__init__("the inbox cannot be watched", retry=LOOK_SECONDS, survives=Exception)
        self._db = database
        self._bot_id = bot_id
        self._alarms = alarms
        self._zone = zone
        self._now = now
        self._looks = 0

    async def look(self) -> float:
        async with self._db.reading() as session:
            found = await inbox.backlog(session, self._bot_id)
        waited = timedelta(0) if found is None else datetime.now(UTC) - found.since
        if found is None or waited <= LONG:
            self._end()
            return LOOK_SECONDS
        self._looks += 1
        if self._looks > 1:
            self._tell(found, waited)
        return LOOK_SECONDS

    def _tell(self, found: Backlog, waited: timedelta) -> None:
        if self._looks == 2:
            log.warning("messages wait", updates=found.number, seconds=round(waited.total_seconds()))
        since = moment_text(self._now() - waited, self._zone)
        self._alarms.tell(KIND, Text("alarms.backlog", number=found.number, since=since))

    def _end(self) -> None:
        """Note that nothing waits long any more. Who was not told of it by now need not be."""
        if self._looks > 1:
            log.info("messages wait no longer")
            self._alarms.withdraw(KIND)
        self._looks = 0
