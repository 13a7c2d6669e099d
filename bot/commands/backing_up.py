"""``backup``, ``restore`` and ``move``: all of the database to a file, from a file, and to another place."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.backups import making, number_file, restoring
from bot.backups.archive import BackupError
from bot.commands.command_context import CommandContext, Terminal, UsageError
from bot.database_marker import mark
from bot.fatal import FatalError
from bot.settings import SCHEMES, names_a_database
from bot.single_instance import AlreadyRunningError, instance_lock
from models import numbers, row_copy
from models.db import Database
from models.upgrade import build
from reports.formats import stamp
from services.delivery.restoration import LastNumbers


@dataclass(frozen=True, slots=True)
class ToldNumbers:
    """The last numbers that the lost program gave, as a person knows them; None: nobody does.

    ``order``: this year's last supervision order; ``receipt``, ``case``: today's last ones.
    """

    order: int | None = None
    receipt: int | None = None
    case: int | None = None


async def backup(terminal: Terminal, file: Path, *, as_json: bool) -> None:
    """Back the database up to a new file, also while the program runs."""
    database = make_url(terminal.settings.database())
    with _ending_in_order():
        page = await making.make(database, file, await terminal.clock.now())
    if as_json:
        terminal.print_json(page.to_json())
        return
    terminal.say("cli.backup.done", file=str(file), tables=len(page.rows), rows=sum(page.rows.values()))


async def restore(terminal: Terminal, file: Path, told: ToldNumbers, *, as_json: bool) -> None:
    """Restore a backup to where the settings say that the database is; nothing may be there."""
    settings = terminal.settings
    place, now = make_url(settings.database()), await terminal.clock.now()
    campaign = settings.campaign()
    today = campaign.today(now)
    names = {
        numbers.orders_of(today.year): told.order,
        numbers.receipts_of(today): told.receipt,
        numbers.cases_of(today): told.case,
    }
    known = {name: value for name, value in names.items() if value is not None}
    last = LastNumbers(known, number_file.read(settings.number_file()))
    async with alone(place):
        with _ending_in_order():
            await restoring.require_empty(place)
            page, counted = await restoring.restore(file, place, campaign, now, last)
        mark(settings.database_file())
    if as_json:
        terminal.print_json(page.to_json() | {"held": counted.held, "set_aside": counted.set_aside})
        return
    terminal.say(
        "cli.restore.done",
        at=stamp(page.made_at, campaign.zone),
        rows=sum(page.rows.values()),
        held=counted.held,
        set_aside=counted.set_aside,
    )
    if counted.skipping:
        terminal.say("cli.restore.skipping", count=numbers.SKIPPED)


async def move(context: CommandContext, to: str, *, as_json: bool) -> None:
    """Copy the whole database to an empty one, on the same engine or another, with the program stopped."""
    place = _place(to)
    sums: dict[str, row_copy.TableSum] = {}

    async def fill(connection: AsyncConnection) -> None:
        sums.update(await row_copy.copy_rows(context.database, connection))

    # Before the lock, too: the database itself is no empty place, and nobody else uses it.
    await restoring.require_empty(place)
    async with alone(context.database.url), alone(place):
        await restoring.require_empty(place)
        target = Database(place.render_as_string(hide_password=False))
        try:
            await build(target, fill)
        except row_copy.UnstorableTextError as error:
            said = {"table": error.table, "row": error.key, "column": error.column}
            raise BackupError("cli.move.unstorable", **said) from None
        except row_copy.DifferenceError as error:
            raise BackupError("cli.move.different", table=error.table) from None
        finally:
            await target.close()
    if as_json:
        context.print_json({name: asdict(one) for name, one in sums.items()})
        return
    context.say("cli.move.done", tables=len(sums), rows=sum(one.rows for one in sums.values()))


def _place(address: str) -> URL:
    """The address of a database as in ``DATABASE_URL``. ``UsageError``: it is none."""
    if not (address.startswith(SCHEMES) and names_a_database(address)):
        raise UsageError("cli.move.no_address")
    return make_url(address)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does: it takes back what is half done."""
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.SIG_IGN:
        # A shell lets what it starts in the background ignore Ctrl-C. SIGTERM has to end that, too.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, interrupt)


@asynccontextmanager
async def alone(place: URL) -> AsyncIterator[None]:
    """Hold the lock of the one instance.

    ``FatalError``: the program runs on that database. ``BackupError``: the place cannot be reached.
    """
    lock = instance_lock(place)
    try:
        await lock.acquire()
    except AlreadyRunningError:
        raise FatalError("run.already_running") from None
    except (OSError, psycopg.OperationalError):
        raise BackupError("cli.database_unreachable") from None
    try:
        yield
    finally:
        await lock.release()
