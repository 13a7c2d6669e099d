"""The database is cut off, restarted or locked while people work."""

from __future__ import annotations

import asyncio
import errno
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from locales import Text, plain
from tests.e2e.cast import account
from tests.faults.district import PATIENT, District

_OURS: Final = "datname = current_database() AND pid <> pg_backend_pid()"
_LOCK: Final = "(SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
CUT_ALL_BUT_THE_LOCK: Final = (
    f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_OURS} AND pid NOT IN {_LOCK}"  # noqa: S608  # no input
)
CUT_THE_LOCK: Final = (
    f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_OURS} AND pid IN {_LOCK}"  # noqa: S608  # no input
)
LONG: Final = 30.0
_ENDINGS: Final = {plain(Text("run.lock_lost")), plain(Text("cli.database_unreachable"))}


async def _run(place: District, statement: str) -> None:
    async with place.database.transaction() as session:
        await session.execute(sa.text(statement))


async def backends_are_cut(place: District, tries: int) -> None:
    """Connections are cut in flight; the lock's is left alone, so the program goes on."""
    async with place.running(hurry=False) as bot:
        async with place.at_work():
            for _ in range(tries):
                await place.pause(0.2, 1.5)
                await _run(place, CUT_ALL_BUT_THE_LOCK)
        await place.settle()
        place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()


async def lock_is_cut(place: District, tries: int) -> None:
    """The program ends with its sentence when its lock's connection is cut, and is started again."""
    lost = plain(Text("run.lock_lost"))
    async with place.at_work():
        for _ in range(tries):
            async with place.running() as bot:
                await place.pause(0.2, 1.0)
                await _run(place, CUT_THE_LOCK)
                place.expect(await bot.ended() == 1, "it goes on without its lock")
                place.expect(bot.err.text.splitlines()[-1] == lost, f"it says {bot.err.text}")
    await place.finish()


async def server_restarts(place: District, tries: int) -> None:
    """PostgreSQL restarts. The program ends for its supervisor with a sentence, or goes on."""
    if place.server is None:
        raise ValueError("there is no server to restart")
    async with _supervised(place), place.at_work():
        for _ in range(tries):
            await place.pause(0.5, 2.0)
            await asyncio.to_thread(place.server.restart)
    await place.finish(hurry=False)


@asynccontextmanager
async def _supervised(place: District) -> AsyncIterator[None]:
    """Keep the program running until the block has ended: start it again whenever it ends, without a rest."""
    over = asyncio.Event()

    async def supervise() -> None:
        while not over.is_set():
            async with place.program(hurry=False) as bot:
                ending = asyncio.create_task(bot.ended())
                stopping = asyncio.create_task(over.wait())
                await asyncio.wait((ending, stopping), return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
                if not ending.done():
                    bot.kill()
                code = await ending
                said = bot.err.text.splitlines()[-1:]
                true = code == -signal.SIGKILL or (code == 1 and said and said[0] in _ENDINGS)
                place.expect(true, f"it ended with {code} and says {said}")

    supervisor = asyncio.create_task(supervise())
    try:
        yield
    finally:
        over.set()
        await supervisor


async def database_is_locked(place: District, tries: int) -> None:
    """Another writer holds the database for some seconds; in the last try for half a minute."""
    async with place.running(hurry=False) as bot:
        async with place.at_work():
            for number in range(tries):
                await place.pause(0.2, 1.0)
                seconds = LONG if number == tries - 1 and tries > 1 else place.chance.uniform(1.0, 4.0)
                table = place.chance.choice(("inbox", "outbox", "draft"))
                async with place.database.transaction() as session:
                    # A writing transaction of SQLite locks all tables.
                    if place.engine == "postgres":
                        await session.execute(sa.text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
                    await asyncio.sleep(seconds)
        await place.settle()
        place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()


async def disk_is_full(place: District, tries: int) -> None:
    """No file of the running program may grow, as on a full disk. Meanwhile nothing is acknowledged."""
    free = resource.prlimit(0, resource.RLIMIT_FSIZE)
    async with place.running(hurry=False) as bot:
        async with place.at_work():
            for _ in range(tries):
                await place.pause(0.2, 1.0)
                resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (0, free[1]))
                await place.pause(1.0, 4.0)
                resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, free)
        await place.settle()
        place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()


async def server_has_no_space(place: District, tries: int) -> None:
    """The file system of PostgreSQL is full for some seconds. The office is told, and nothing is lost."""
    if place.server is None:
        raise ValueError("there is no server whose disk is small")
    ballast = place.server.folder / "ballast"
    async with _supervised(place), place.at_work():
        for _ in range(tries):
            await place.pause(0.2, 1.0)
            _fill(ballast)
            await place.pause(1.0, 4.0)
            ballast.unlink()
            await asyncio.to_thread(place.server.start_again)
        office = account(place.cast.office)
        await place.people.wait_for(office, contains=plain(Text("alarms.title")), timeout=PATIENT)
    told = [one.text for one in await place.people.messages(office, sender="bot")]
    disk = (plain(Text("alarms.disk")), plain(Text("alarms.database")))
    place.expect(any(one in text for one in disk for text in told), "the office hears nothing of the disk")
    await place.finish(hurry=False)


def _fill(ballast: Path) -> None:
    """Write a file until its file system takes nothing more."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while file.write(b"0" * size):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
