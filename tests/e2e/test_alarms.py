"""The office is told directly when the database takes nothing more, by real processes on both engines."""

from __future__ import annotations

import resource
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from locales import Text, plain
from models.db import Database
from sandbox.client import SandboxClient
from tests.e2e.cast import account, assemble
from tests.support.postgres import free_port
from tests.support.processes import Forge, Program

DISK: Final = plain(Text("alarms.disk"))
_FULL: Final = (
    "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN RAISE disk_full USING MESSAGE = 'could not extend file'; END$$",
    "CREATE TRIGGER full_disk BEFORE INSERT ON inbox EXECUTE FUNCTION full_disk()",
)
_ROOM: Final = ("DROP TRIGGER full_disk ON inbox", "DROP FUNCTION full_disk")
Disk = Callable[[Program, bool], Awaitable[None]]


@pytest.fixture
def disk(database: Database) -> Disk:
    """Let the disk of a running program be full, or have room again.

    No file of an SQLite database may grow then. PostgreSQL says what it says when its disk is full.
    """

    async def turn(program: Program, full: bool) -> None:
        if database.is_sqlite:
            _, most = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (4096 if full else most, most))
            return
        async with database.transaction() as session:
            for statement in _FULL if full else _ROOM:
                await session.execute(sa.text(statement))

    return turn


async def known_office(forge: Forge, env: dict[str, str], people: SandboxClient, database: Database) -> int:
    """The account of the office, of which the notes of a first run know."""
    cast = await assemble(database, people)
    office = account(cast.office)
    await people.start(office)
    async with forge.program("run", env=env, hurry=True) as bot:
        await people.wait_for(office, contains="/")
        assert await bot.stop() == 0
    return office


@pytest.mark.both_engines("outbox")
async def test_a_full_disk_is_told_once_and_loses_nothing(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database, disk: Disk
) -> None:
    cast = await assemble(database, people)
    office, (who,) = account(cast.office), cast.accounts
    await people.start(office)
    async with forge.program("run", env=env, hurry=True) as bot:
        await people.send_text(who, who, "/help")
        await people.wait_for(who, contains="报进展")
        await disk(bot, True)
        sent = await people.send_text(who, who, "/help")
        await people.wait_for(office, contains=DISK)
        await bot.err.wait_for("polling failed", times=3)
        assert len(await people.messages(who, sender="bot")) == 1
        await disk(bot, False)
        await people.wait_for(who, sent.message_id, contains="报进展")
        assert await bot.stop() == 0
    told = [one.text for one in await people.messages(office, sender="bot")]
    assert sum("系统告警" in text for text in told) == 1


@pytest.mark.both_engines("outbox")
async def test_a_tick_that_fails_is_told_and_the_others_go_on(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    """Somebody has broken the table of the nags. The brief is made all the same."""
    cast = await assemble(database, people)
    office = account(cast.office)
    await people.start(office)
    async with database.transaction() as session:
        await session.execute(sa.text("ALTER TABLE nag RENAME TO nag_away"))
    try:
        async with forge.program("run", env=env, hurry=True) as bot:
            told = await people.wait_for(office, contains=plain(Text("alarms.tick.nags")))
            await bot.err.wait_for("tick failed", times=3)
            assert await bot.stop() == 0
    finally:
        async with database.transaction() as session:
            await session.execute(sa.text("ALTER TABLE nag_away RENAME TO nag"))
    assert plain(Text("alarms.tick.brief")) not in told.text
    texts = [one.text for one in await people.messages(office, sender="bot")]
    assert sum("系统告警" in text for text in texts) == 1


async def test_a_silence_is_told_when_it_is_over(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    office = await known_office(forge, env, people, database)
    await people.fail("getUpdates", 8, status=502, mode="garbage")
    await people.send_text(office, office, "/help")  # so that the first poll that works ends at once
    polled = len(await people.calls("getUpdates"))
    async with forge.program("run", env=env, hurry=True, silence=0.1) as bot:
        await people.wait_for(office, contains="未收到消息")
        calls = (await people.calls("getUpdates"))[polled:]
        assert [call.status for call in calls] == [502] * 8 + [200, None]
        assert await bot.stop() == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_database_that_cannot_be_opened_is_told_once_in_ten_starts(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    """The program ends and its supervisor starts it again; the office is known from the notes."""
    office = await known_office(forge, env, people, database)
    place = Path(str(database.url.database))
    for content in (b"no database at all" * 999, b""):
        _replace(place, content)
        for _ in range(3):
            async with forge.program("run", env=env, hurry=True) as bot:
                assert await bot.ended() == 1
            assert "Traceback" not in bot.err.text
    told = [one.text for one in await people.messages(office, sender="bot")]
    assert sum(plain(Text("alarms.database")) in text for text in told) == 1


@pytest.mark.both_engines("outbox")
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_a_database_server_that_is_away_is_told_once_in_ten_starts(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    office = await known_office(forge, env, people, database)
    away = {"CHUANGCHENG_DATABASE_URL": f"postgresql+psycopg://test@127.0.0.1:{free_port()}/migrated"}
    for _ in range(3):
        async with forge.program("run", env=env | away, hurry=True) as bot:
            assert await bot.ended() == 1
    told = [one.text for one in await people.messages(office, sender="bot")]
    assert sum(plain(Text("alarms.database")) in text for text in told) == 1


def _replace(database: Path, content: bytes) -> None:
    """Put something else where the file of a database is."""
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    database.write_bytes(content)
