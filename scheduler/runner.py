"""The runner of the ticks: APScheduler wakes them, but remembers nothing and decides nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from models.unit_of_work import alone
from scheduler.ticks import TICKS, Tick
from services import Session, calendar, rescan
from services.campaign import Campaign
from services.dry_run import TickStep
from services.turn import TickTurn

log = structlog.get_logger(__name__)


class ClockCheck(Protocol):
    """Says whether something may be done by the clock as it stands."""

    def is_settled(self) -> bool: ...

    def is_known(self) -> bool:
        """Whether the clock is known to be right, and not only taken to be."""

    async def settle(self) -> None:
        """Return when it is settled."""


# Real seconds between two looks at a simulated clock, which jumps.
FAST: Final = 0.4
# By so much more often each tick looks then: what people do while the clock stands waits less than in life.
HASTE: Final = 10
# APScheduler goes by the wall clock. Where that is moved by so many seconds between two looks at it, all
# ticks look at once. Else they would look too late by as much: after six seconds at +22 days, in 22 days.
MOVED: Final = 30.0
WATCHES: Final = 5.0
# A clock that was moved, or that cannot be compared, is taken to be right after so many seconds.
STANDS: Final = 600.0


class TickRunner:
    """Starts the ticks of the table.

    While the clock is wrong, by ``check``, they wait; None: it is simulated, and always right.
    ``failed`` is called with a tick's name, its error, and how many times in a row it has failed. ``fast``: a
    simulated clock may jump, and they look then, too.
    """

    def __init__(
        self,
        transaction: Callable[[], AbstractAsyncContextManager[Session]],
        now: Callable[[], Awaitable[datetime]],
        campaign: Campaign,
        after_commit: Callable[[], None],
        failed: Callable[[str, Exception, int], None] = lambda _name, _error, _times: None,
        check: ClockCheck | None = None,
        *,
        fast: bool = False,
    ) -> None:
        self._transaction = transaction
        self._now = now
        self._campaign = campaign
        self._after_commit = after_commit
        self._failed = failed
        self._check = check
        self._behind_since: float | None = None
        self._moved_at: float | None = None
        self._stood_ahead = 0.0
        self._failures: Counter[str] = Counter()
        self._fast = fast
        self._running = 0
        self._idle = asyncio.Event()
        self._stopping = asyncio.Event()
        self._looked: dict[str, datetime] = {}
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        start = datetime.now(self._scheduler.timezone)
        self._stood_ahead = self._ahead()
        for tick in TICKS:
            seconds = tick.every / HASTE if self._fast else tick.every
            self._repeat(tick.name, seconds, self._run, tick, next_run_time=start)
        if self._fast:
            self._repeat("jumps", FAST, self._look_after_a_jump)
        self._scheduler.start()
        self._watch = asyncio.create_task(self._follow_wall_clock())

    def _repeat(
        self, name: str, seconds: float, work: Callable[..., Awaitable[None]], *given: Tick, **when: datetime
    ) -> None:
        self._scheduler.add_job(
            work,
            IntervalTrigger(seconds=seconds, timezone="UTC"),
            args=given,
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            **when,
        )

    async def stop(self) -> None:
        """Start no more ticks, and let the running ones come to their commit."""
        if self._watch is not None:
            self._watch.cancel()
        if self._scheduler.running:
            self._scheduler.pause()
        self._stopping.set()
        while self._running:
            self._idle.clear()
            await self._idle.wait()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _follow_wall_clock(self) -> None:
        """Let every tick look at once when the wall clock was moved."""
        planned = self._moved_at
        while True:
            await asyncio.sleep(WATCHES)
            self._note_moves()
            if self._moved_at != planned:
                planned = self._moved_at
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(self._scheduler.timezone))

    def _note_moves(self) -> None:
        """Note since when the wall clock goes as the monotonic one."""
        before, self._stood_ahead = self._stood_ahead, self._ahead()
        if abs(self._stood_ahead - before) >= MOVED:
            moved = round(self._stood_ahead - before)
            log.warning("the wall clock was moved: all ticks look now", seconds=moved)
            self._moved_at = asyncio.get_running_loop().time()

    def _has_stood(self) -> bool:
        """Whether the wall clock was not moved lately. A simulated clock is moved all the time."""
        if self._check is None:
            return True
        self._note_moves()
        return self._moved_at is None or asyncio.get_running_loop().time() - self._moved_at >= STANDS

    def _ahead(self) -> float:
        """The seconds by which the wall clock is ahead of the monotonic one."""
        return datetime.now(self._scheduler.timezone).timestamp() - asyncio.get_running_loop().time()

    async def _look_after_a_jump(self) -> None:
        """Run the ticks whose time has passed by the simulated clock, though not by the real one."""
        with self._at_work():
            try:
                now = await self._now()
            except Exception:
                log.exception("the simulated clock cannot be read")
                return
            for tick in TICKS:
                looked = self._looked.get(tick.name)
                if looked is not None and not looked <= now < looked + timedelta(seconds=tick.every):
                    await self._run(tick)

    async def _run(self, tick: Tick) -> None:
        with self._at_work():
            done = tick.deletes and not self._has_stood()
            while not done:
                await self._settle()
                # A tick that waited for the clock has begun nothing: the end of the program does not wait.
                done = self._stopping.is_set() or await self._look(tick)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Let the end of the program wait for the block."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._idle.set()

    async def _settle(self) -> None:
        """Return when the clock is settled, or the program ends."""
        if self._check is None or self._check.is_settled():
            return
        waits = [asyncio.create_task(self._check.settle()), asyncio.create_task(self._stopping.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _look(self, tick: Tick) -> bool:
        """Do the tick once. Returns whether it is over: not if the clock was moved, or more is due."""
        try:
            async with self._transaction() as session:
                campaign = await calendar.current_campaign(session, self._campaign)
                now = self._looked[tick.name] = await self._now()
                turn = TickTurn(session, now, campaign)
                if self._check is not None and not self._check.is_settled():
                    return False
                done: object = None
                if self._check is None or await self._is_in_time(turn, self._check):
                    done = await alone(session, tick.run(turn))
        except Exception as error:
            # All of the tick was rolled back. What is due stays due, and the next look finds it.
            log.exception("tick failed", tick=tick.name)
            self._failures[tick.name] += 1
            self._failed(tick.name, error, self._failures[tick.name])
        else:
            del self._failures[tick.name]
            self._after_commit()
            return not (isinstance(done, TickStep) and done.more)
        return True

    async def _is_in_time(self, turn: TickTurn, check: ClockCheck) -> bool:
        """Whether a tick may run: none ran in a time to come, or that is undone now.

        A clock that nobody can compare may be behind for a moment. So it must have stood for a while.
        """
        if not await rescan.ran_ahead(turn):
            self._behind_since = None
            return True
        since = asyncio.get_running_loop().time()
        self._behind_since = since if self._behind_since is None else self._behind_since
        if not check.is_known() and since - self._behind_since < STANDS:
            log.warning("ticks ran in a time to come: is the clock right now?", now=str(turn.now))
            return False
        await rescan.after_wrong_time(turn)
        return True
