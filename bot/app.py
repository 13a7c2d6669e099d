"""The composition root: all parts are made and wired here, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import httpx
import structlog
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder
from telegram.request import HTTPXRequest

import handlers
from bot.alarms.alarm_notes import load_notes
from bot.alarms.alarms import Alarms
from bot.alarms.backlog import BacklogWatch
from bot.api_clock import ApiClock
from bot.backups.nightly import BackupFolder, NightlyBackups
from bot.backups.number_file import NumberFile
from bot.certificates import trusted
from bot.clock import Clock
from bot.fatal import FatalError
from bot.jobs import JobRunner
from bot.live_editor import LiveEditor
from bot.loops import Loop, OtherProcesses
from bot.menus import MenuUpdater
from bot.outcomes import outcome_of
from bot.pace import Pace, PaceIntervals
from bot.pictures import PictureLine
from bot.prompts import Prompts
from bot.receiving.intake import Intake
from bot.receiving.polling import Poller
from bot.receiving.update_handling import UpdateHandling
from bot.sender import Sender
from bot.settings import Settings, is_loopback
from bot.single_instance import AlreadyRunningError, LockLostError, instance_lock
from bot.telegram import Telegram
from bot.waiting import work_unless
from models import importing
from models.db import Database
from models.upgrade import upgrade
from rules.delivery import delivery
from rules.progress.quantities import warm_up
from scheduler.runner import TickRunner

log = structlog.get_logger(__name__)
POOL: Final = 64
PATIENCE: Final = 10.0
LAST_LOOK: Final = 5.0


class LoudApplication(Application[Any, Any, Any, Any, Any, Any]):
    """python-telegram-bot's application, but an error of a handler is raised.

    The library (PTB) logs such an error and goes on; ours must fail the transaction that the handler ran in.
    """

    __slots__ = ()

    async def process_error(
        self, update: object, error: Exception, job: Any = None, coroutine: Any = None
    ) -> bool:
        raise error


def build_application(
    settings: Settings, heard: Callable[[str | None], None] | None = None
) -> Application[Any, Any, Any, Any, Any, Any]:
    """PTB's application for types, dispatch and HTTP, without its updater, job queue and rate limiter.

    ``heard`` is called with the ``Date`` of each answer.
    """
    # Durations come as timedelta. That will be PTB's default one day; until then it warns without this.
    os.environ.setdefault("PTB_TIMEDELTA", "1")

    async def note(response: httpx.Response) -> None:
        if heard is not None:
            heard(response.headers.get("date"))

    hooks: dict[str, Any] = {"event_hooks": {"response": [note]}} if heard else {}

    def request() -> HTTPXRequest:
        limits: dict[str, Any] = {"connection_pool_size": POOL, "pool_timeout": 10, "connect_timeout": 10}
        return HTTPXRequest(
            read_timeout=20, write_timeout=20, **limits, httpx_kwargs={"verify": trusted(), **hooks}
        )

    application = (
        ApplicationBuilder()
        .application_class(LoudApplication)
        .token(settings.token())
        .base_url(settings.api_base_url)
        .base_file_url(settings.api_file_url)
        .request(request())
        .get_updates_request(request())
        .updater(None)
        .job_queue(None)
        .build()
    )
    handlers.register(application)
    return application


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run. ``fast_ticks``: the clock is a simulated one. ``all_menus``: all menus are set anew."""

    fast_ticks: bool = False
    all_menus: bool = False


async def run(settings: Settings, database: Database, clock: Clock, options: RunOptions) -> None:
    """Run the program until SIGTERM or SIGINT, on a database that is up to date.

    ``FatalError``: it cannot go on.
    """
    lock = instance_lock(database.url)
    try:
        try:
            await lock.acquire()
        except AlreadyRunningError:
            raise FatalError("run.already_running") from None
        # While we waited to be the only one, a newer program may have upgraded the database.
        await upgrade(database)
        await NumberFile(settings.number_file()).follow(database)
        stop = _asked_to_stop()
        api_clock = _api_clock(settings, simulated=options.fast_ticks)
        application = build_application(settings, api_clock.heard)
        try:
            if await work_unless(stop, _greet(application)):
                parts = _RunningParts(settings, application, database, clock, api_clock, options)
                await parts.work(lock.watch, stop)
        finally:
            await application.shutdown()
    finally:
        await lock.release()


def _api_clock(settings: Settings, *, simulated: bool) -> ApiClock:
    """The check of the machine's clock, if there is another clock to compare it with."""
    near = is_loopback(settings.api_base_url)
    if near and not simulated:
        log.warning("the clock is not checked: the Bot API is on this machine and has the same clock")
    return ApiClock(checks=not (near or simulated))


def _paced(settings: Settings) -> Pace:
    """The pace of all messages; a Bot API server on this machine has the limits of Telegram, too."""
    if settings.outpaces_telegram:
        log.warning("messages go out faster than Telegram takes them: this is for a sandbox alone")
    return Pace(PaceIntervals.of(settings))


def _asked_to_stop() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set from now on."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    return asked


class _RunningParts:
    """The running parts and the order in which they end: parts that make work first, the sender last."""

    def __init__(
        self,
        settings: Settings,
        application: Application[Any, Any, Any, Any, Any, Any],
        database: Database,
        clock: Clock,
        api_clock: ApiClock,
        options: RunOptions,
    ) -> None:
        campaign = settings.campaign()
        telegram = Telegram(application.bot, _paced(settings))
        self.sender = Sender(database, telegram, clock, campaign, api_clock.is_settled)
        self.live = LiveEditor(database, telegram, clock, campaign)
        self.menus = MenuUpdater(application.bot, database, campaign, anew=options.all_menus)
        self.prompts = Prompts(database, self.sender, clock, campaign)
        self.jobs, self.exports = (
            JobRunner(database, application.bot, clock, campaign, self._worked, kinds=kinds)
            for kinds in (importing.IMPORTS, importing.EXPORTS)
        )
        self.pictures = PictureLine(database, clock, campaign)
        answering = (self.sender, clock, campaign)
        handling = UpdateHandling(
            database,
            application,
            telegram,
            *answering,
            menus_changed=self.menus.wake,
            on_its_way=self.prompts.on_its_way,
        )
        self.intake = Intake(database, application.bot, *answering, handling)
        notes = load_notes(settings.alarm_file())
        self.alarms = Alarms(database, telegram, self.sender, campaign, notes, api_clock.right_now)
        bot_id, now = application.bot.id, api_clock.right_now
        self.backlog = BacklogWatch(database, bot_id, self.alarms, campaign.zone, now)
        api_clock.tell_by(self.alarms.tell)
        database.watch_errors(self.alarms.database_failed)
        self.poller = Poller(
            application.bot, self.intake, self._reconnected, self.alarms.polled, api_clock.heard
        )
        kept = BackupFolder(settings.backup_dir, settings.backup_keep)
        self.backups = NightlyBackups(database, clock, campaign, kept, self.alarms.tell)
        ticking = (database.long_transaction, clock.now, campaign)
        if options.fast_ticks:
            self.runner = TickRunner(*ticking, self.live.wake, self.alarms.tick_failed, None, fast=True)
        else:
            self.runner = TickRunner(*ticking, _nothing, self.alarms.tick_failed, api_clock)
        readers = (self.intake, self.sender, self.live, *self._making(), self.prompts)
        for part in readers:
            database.follow(part.committed)
        self.elsewhere = OtherProcesses(database, lambda: _wake(readers))
        others = (self.elsewhere, self.menus, self.backups, self.alarms, self.backlog)
        self._loops: tuple[Loop, ...] = (*readers, *others)

    def _making(self) -> tuple[JobRunner | PictureLine, ...]:
        """The lines that make files."""
        return self.jobs, self.exports, self.pictures

    def _reconnected(self) -> None:
        """Send what was cut off."""
        self.sender.network_is_back()
        self.prompts.network_is_back()

    def _worked(self) -> None:
        """Wake the parts that show a job: its process has got further."""
        _wake((self.sender, self.live))

    async def work(self, watch_lock: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        """Run all parts until asked to stop, or until one fails, whose error is then raised."""
        await self.sender.recover()
        self.runner.start()
        log.info("running")
        watching = [asyncio.ensure_future(one) for one in (watch_lock(), stop.wait())]
        working = [
            asyncio.ensure_future(one) for one in (self.poller.run(), *(part.run() for part in self._loops))
        ]
        warming = asyncio.ensure_future(self._warm_up())
        done, _ = await asyncio.wait([*watching, *working], return_when=asyncio.FIRST_COMPLETED)
        await self._end()
        # A look at the database that is cut logs an error, and takes no longer.
        await asyncio.wait(working, timeout=LAST_LOOK)
        for task in (*watching, *working, warming):
            task.cancel()
        await asyncio.gather(*watching, *working, warming, return_exceptions=True)
        log.info("stopped")
        for task in done:
            try:
                task.result()
            except LockLostError:
                raise FatalError("run.lock_lost") from None

    async def _warm_up(self) -> None:
        """Import what reads numbers, so that nobody's first message waits for it; nor does the first poll."""
        await self.poller.asking.wait()
        await asyncio.to_thread(warm_up)

    async def _end(self) -> None:
        """Ask all parts to end, and let each come to the end of what it is at."""
        self.poller.stop()
        await self.runner.stop()
        await self.alarms.stop()
        for part in (self.elsewhere, self.menus, self.backups, self.backlog, *self._making()):
            part.stop_looking()
        await self.intake.stop(PATIENCE)
        self.prompts.stop_looking()
        await self.live.stop(PATIENCE)
        await self.sender.stop(PATIENCE)


def _wake(parts: Iterable[Loop]) -> None:
    for part in parts:
        part.wake()


def _nothing() -> None:
    """What follows a tick by the real clock: its commit has told what it wrote."""


async def _greet(application: Application[Any, Any, Any, Any, Any, Any]) -> bool:
    """Ask Telegram who the bot is, and make sure that updates come by polling.

    Waits for the network. Returns True when that is done. ``FatalError``: Telegram refuses the token.
    """
    failures = 0
    while True:
        try:
            await application.initialize()
            await application.bot.delete_webhook(drop_pending_updates=False)
            return True
        except InvalidToken:
            raise FatalError("run.token_refused") from None
        except TelegramError as error:
            failures += 1
            delay = min(2.0 ** (failures - 1), 30.0)
            if isinstance(outcome := outcome_of(error), delivery.PausedOutcome):
                delay = outcome.retry_after
            log.warning("Telegram cannot be reached", error=type(error).__name__, retry_in=delay)
            await asyncio.sleep(delay)
