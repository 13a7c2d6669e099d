"""Compares the machine's clock with the ``Date`` of Telegram's answers; while it is wrong, the ticks wait.

A clock that is ahead for seconds would else mark the slots of weeks as seen to.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

from bot.clock import steady_seconds
from locales import Text
from rules.clock_trust import TOLD_FROM, ClockTrust, has_jumped, trust

log = structlog.get_logger(__name__)
TellOffice = Callable[[str, Text], None]


class ApiClock:
    """What is known of the machine's clock. ``checks`` False: there is no other clock to compare it with.

    ``wall`` and ``monotonic`` are the machine's clocks, in seconds.
    """

    def __init__(
        self,
        *,
        checks: bool,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = steady_seconds,
    ) -> None:
        self._checks = checks
        self._wall = wall
        self._monotonic = monotonic
        self._off = timedelta(0)
        self._trust = ClockTrust.RIGHT
        self._ahead = self._now_ahead()
        self._in_doubt = False
        self._compared = False
        self._settled = asyncio.Event()
        self._tell: TellOffice | None = None

    def tell_by(self, tell: TellOffice) -> None:
        """Tell the office by this from now on, also of what is known already."""
        self._tell = tell
        self._tell_trust()

    def heard(self, date: str | None) -> None:
        """Take note of the ``Date`` of an answer that has just come; None: it has none."""
        if not self._checks:
            return
        self._follow_jump()
        self._in_doubt = False
        told = _read(date)
        if told is not None:
            self._compared = True
            self._off = datetime.fromtimestamp(self._wall(), UTC) - told
            before, self._trust = self._trust, trust(self._off, self._trust)
            if self._trust is not before:
                log.warning("the clock is judged anew", trust=self._trust.value, off=str(self._off))
                self._tell_trust()
        if self._trust is not ClockTrust.WRONG:
            self._settled.set()

    def is_settled(self) -> bool:
        """Whether something may be done by the clock as it stands."""
        if not self._checks:
            return True
        self._follow_jump()
        return not self._in_doubt and self._trust is not ClockTrust.WRONG

    def is_known(self) -> bool:
        """Whether the clock was compared, and may be followed."""
        return self._compared and self.is_settled()

    async def settle(self) -> None:
        """Return when something may be done by the clock."""
        while not self.is_settled():
            self._settled.clear()
            await self._settled.wait()

    def right_now(self) -> datetime:
        """The moment, in UTC, by the clock of Telegram if ours is known to go wrong."""
        now = datetime.fromtimestamp(self._wall(), UTC)
        return now - self._off if abs(self._off) > TOLD_FROM else now

    def _follow_jump(self) -> None:
        """Wait for one answer when the wall clock was moved; how far it is off is known by then."""
        before, self._ahead = self._ahead, self._now_ahead()
        if has_jumped(self._ahead, before):
            log.warning("the clock was moved", seconds=round(self._ahead - before))
            self._off += timedelta(seconds=self._ahead - before)
            self._in_doubt = True

    def _now_ahead(self) -> float:
        return self._wall() - self._monotonic()

    def _tell_trust(self) -> None:
        if self._tell is None or self._trust is ClockTrust.RIGHT:
            return
        ahead = self._off > timedelta(0)
        minutes = round(abs(self._off).total_seconds() / 60)
        side = Text("alarms.clock.ahead" if ahead else "alarms.clock.behind", minutes=minutes)
        key = "alarms.clock.wrong" if self._trust is ClockTrust.WRONG else "alarms.clock.off"
        self._tell(f"clock.{self._trust.value}", Text(key, side=side))


def _read(date: str | None) -> datetime | None:
    try:
        read = None if date is None else parsedate_to_datetime(date)
    except ValueError:
        return None
    return read if read is None or read.tzinfo else read.replace(tzinfo=UTC)
