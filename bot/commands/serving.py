"""``run``: runs the bot itself."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from bot import app
from bot.alarms.alarm_notes import load_notes
from bot.alarms.alarms import Alarms
from bot.clock import SimulatedClock, SystemClock
from bot.commands.command_context import CommandContext, clock_of
from bot.pace import Pace, PaceIntervals
from bot.sender import Sender
from bot.settings import Settings
from bot.telegram import Telegram
from locales import Text
from models.db import Database, disk_refuses

log = structlog.get_logger(__name__)


async def serve(context: CommandContext, clock_url: str | None, *, all_menus: bool) -> None:
    """Run until told to stop. With a simulated clock the ticks look often, for its hours pass in seconds.

    ``all_menus``: also the menus of commands that did not change are set.
    """
    context.settings.token()
    clock = context.clock if clock_url is None else clock_of(context.settings, clock_url)
    try:
        options = app.RunOptions(isinstance(clock, SimulatedClock), all_menus)
        await app.run(context.settings, context.database, clock, options)
    finally:
        await clock.close()


async def tell_office(settings: Settings, error: Exception) -> None:
    """Tell the office, as far as it is known from earlier, that the program ends because of its database."""
    notes = load_notes(settings.alarm_file())
    if not notes.office:
        return
    database = Database(settings.database())
    try:
        settings.token()
        application = app.build_application(settings)
        telegram = Telegram(application.bot, Pace(PaceIntervals.of(settings)))
        campaign = settings.campaign()
        sender = Sender(database, telegram, SystemClock(), campaign)
        # A look into an SQLite file that is gone would make a new one.
        alarms = Alarms(None, telegram, sender, campaign, notes, lambda: datetime.now(UTC))
        kind = "disk" if disk_refuses(error) else "database"
        alarms.tell(kind, Text("alarms.disk" if kind == "disk" else "alarms.database"))
        try:
            await application.initialize()
            await alarms.look()
        finally:
            await application.shutdown()
    except Exception as fault:
        log.warning("the office cannot be told", error=type(fault).__name__)
    finally:
        await database.close()
