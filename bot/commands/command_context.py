"""What all commands share: settings, logs, the database brought up to date, and the exit codes.

0: done (refused rows included), 1: failed, 2: wrong usage or setting. A failure prints one sentence, no
traceback.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

import structlog
import typer
from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.backups.archive import BackupError
from bot.clock import Clock, SimulatedClock, SystemClock
from bot.database_marker import DatabaseGoneError, mark, require_database
from bot.fatal import FatalError
from bot.private_files import keep_private
from bot.settings import Settings, SettingsError, is_loopback, load_settings
from bot.tracebacks import said_by
from locales import Text, plain
from models.db import Database
from models.upgrade import UnfinishedRestoreError, UnknownRevisionError, upgrade
from services import calendar
from services.campaign import Campaign
from services.errors import DomainError

log = structlog.get_logger(__name__)


class UsageError(Exception):
    """Wrong usage: the command exits with 2 and one sentence."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.text = Text(key, **values)


def read_date(text: str) -> date:
    """A day such as 2026-12-15."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("cli.unreadable_date", text=text) from None


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a command works with that leaves the database as it is: its settings, and a person to speak to."""

    settings: Settings
    clock: Clock

    @property
    def locale(self) -> str:
        return self.settings.locale

    def say(self, key: str, **values: Any) -> None:
        """Print a line for the person at the terminal."""
        self.show(Text(key, **values))

    def show(self, text: Text) -> None:
        """Print a text as a line."""
        sys.stdout.write(plain(text, self.locale) + "\n")

    def print_json(self, document: Any) -> None:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")

    def confirm(self, question: Text, *, yes: bool) -> None:
        """Ask the person, unless ``yes``. Without a terminal, or on "no", exit with 1."""
        if yes:
            return
        if not sys.stdin.isatty():
            fail(1, Text("cli.needs_terminal"), self.locale)
        sys.stderr.write(f"{plain(question, self.locale)} [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in {"y", "yes", "是"}:
            fail(1, Text("cli.declined"), self.locale)


@dataclass(frozen=True, slots=True)
class CommandContext(Terminal):
    """What any other command works with: a database that is up to date, too."""

    database: Database
    campaign: Campaign


def fail(code: int, text: Text | str, locale: str = "zh") -> NoReturn:
    """Say one sentence on stderr and exit."""
    sys.stderr.write((text if isinstance(text, str) else plain(text, locale)) + "\n")
    raise typer.Exit(code)


def execute(
    command: Callable[[CommandContext], Awaitable[None]],
    *,
    new: bool = False,
    failing: Callable[[Settings, Exception], Awaitable[None]] | None = None,
) -> None:
    """Run a command with its context and turn its errors into exit codes.

    ``new``: a database may be made where there was one. ``failing`` is called when the database fails.
    """

    async def run(settings: Settings) -> None:
        try:
            await _with_context(settings, command, new=new)
        except (SQLAlchemyError, DatabaseGoneError) as error:
            if failing is not None:
                await failing(settings, error)
            raise

    _execute(run)


def execute_apart(command: Callable[[Terminal], Awaitable[None]]) -> None:
    """As ``execute``, for a command that does not want the database to be looked at or upgraded first."""
    _execute(lambda settings: _with_terminal(settings, command))


def _execute(run: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    # First of all: from here on logs go to stderr, redacted, without a traceback's local variables.
    logs.configure("INFO", [])
    try:
        settings = load_settings()
    except SettingsError as error:
        fail(2, str(error))
    logs.configure(settings.log_level, settings.secrets())
    try:
        asyncio.run(run(settings))
    except (SettingsError, UsageError) as error:
        fail(2, str(error) if isinstance(error, SettingsError) else error.text, settings.locale)
    except typer.Exit:
        raise
    except Exception as error:
        fail(1, _sentence(error), settings.locale)


def _sentence(error: Exception) -> Text:
    """What a failed command says. What it cannot explain is logged."""
    match error:
        case DomainError():
            return error.text
        case FatalError():
            return Text(error.key)
        case BackupError():
            return Text(error.key, **error.values)
        case UnfinishedRestoreError():
            return Text("cli.restore.unfinished")
        case UnknownRevisionError(program=None):
            return Text("cli.unknown_revision", revision=error.revision)
        case UnknownRevisionError():
            return Text("cli.unknown_revision_by", revision=error.revision, program=error.program)
        case SQLAlchemyError():
            log.error("database error", error=type(error).__name__, detail=said_by(error.__cause__ or error))
            # A pooler of single statements refuses each transaction.
            pooled = type(error.__cause__).__name__ == "ProtocolViolation"
            return Text("run.pooled_database" if pooled else "cli.database_unreachable")
    log.error("command failed", exc_info=error)
    return Text("cli.internal")


async def _with_context(
    settings: Settings, command: Callable[[CommandContext], Awaitable[None]], *, new: bool
) -> None:
    keep_private(settings)
    file = settings.database_file()
    require_database(file, new=new)
    clock = clock_of(settings, settings.clock_url)
    database = Database(settings.database())
    try:
        await upgrade(database)
        mark(file)
        log.debug("the database is up to date", engine=database.url.get_backend_name())
        async with database.reading() as session:
            campaign = await calendar.current_campaign(session, settings.campaign())
        await command(CommandContext(settings, clock, database, campaign))
    finally:
        await clock.close()
        await database.close()


async def _with_terminal(settings: Settings, command: Callable[[Terminal], Awaitable[None]]) -> None:
    keep_private(settings)
    clock = clock_of(settings, settings.clock_url)
    try:
        await command(Terminal(settings, clock))
    finally:
        await clock.close()


def clock_of(settings: Settings, url: str) -> Clock:
    """The system's clock, or the simulated one at ``url``.

    A simulated clock is for a sandbox on this machine, never for real people.
    """
    if not url:
        return SystemClock()
    if not (is_loopback(url) and is_loopback(settings.api_base_url)):
        raise UsageError("cli.clock_needs_loopback")
    return SimulatedClock(url)
