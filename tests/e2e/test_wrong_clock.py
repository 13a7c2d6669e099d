"""Real processes whose clock differs from that of Telegram: the office is told, the ticks wait and go on."""

from __future__ import annotations

import asyncio

from locales import Text, plain
from models import ticks
from models.db import Database
from sandbox.client import SandboxClient
from sandbox.testing import running
from sandbox.world import World
from tests.e2e.cast import account, assemble
from tests.support.patience import PATIENCE
from tests.support.processes import Forge, settings_for

DAYS = 86_400.0
WRONG = plain(Text("alarms.clock.wrong", side="")).partition("（")[0]
AHEAD = plain(Text("alarms.clock.ahead", minutes=22 * 24 * 60))
UNCHECKED = "the clock is not checked"


async def ticked(database: Database) -> bool:
    async with database.reading() as session:
        return await ticks.ran_at(session, "nags") is not None


async def until_ticked(database: Database) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await ticked(database):
            pass


async def test_ticks_wait_for_the_clock_and_go_on_by_themselves(
    forge: Forge, database: Database, database_url: str
) -> None:
    async with running(World()) as telegram:
        people, env = telegram.client, settings_for(telegram, database_url)
        cast = await assemble(database, people)
        office, who = account(cast.office), cast.accounts[0]
        await people.start(office)
        await people.set_date(-22 * DAYS)
        async with forge.program("run", env=env, hurry=True, far_api=True) as bot:
            told = await people.wait_for(office, contains=WRONG)
            assert AHEAD in told.text
            await answered(people, who)
            assert not await ticked(database)
            await people.set_date(0.0)
            await answered(people, who)
            await until_ticked(database)
            assert await bot.stop() == 0
        assert UNCHECKED not in bot.err.text
        alarms = [one.text for one in await people.messages(office, sender="bot")]
        assert sum("系统告警" in text for text in alarms) == 1


async def answered(people: SandboxClient, who: int) -> None:
    """Let the program answer somebody, whatever its clock says."""
    sent = await people.send_text(who, who, "/help")
    await people.wait_for(who, sent.message_id, contains="报进展")


async def test_with_an_api_on_this_machine_the_check_is_off(
    forge: Forge, database: Database, database_url: str
) -> None:
    async with running(World()) as telegram:
        await telegram.client.set_date(-22 * DAYS)
        async with forge.program("run", env=settings_for(telegram, database_url), hurry=True) as bot:
            await bot.err.wait_for(UNCHECKED)
            await until_ticked(database)
            assert await bot.stop() == 0
        assert bot.err.text.count(UNCHECKED) == 1


async def test_with_a_simulated_clock_nothing_is_said_of_it(
    forge: Forge, env: dict[str, str], people: SandboxClient
) -> None:
    await people.set_date(-22 * DAYS)
    async with forge.program("run", env=env, hurry=True, far_api=True) as bot:
        await people.wait_for_call("getUpdates", answered=False)
        assert await bot.stop() == 0
    assert "clock" not in bot.err.text
