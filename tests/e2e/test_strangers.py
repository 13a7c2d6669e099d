"""A flood of strangers, each within their limit, makes nobody wait who is enrolled."""

from __future__ import annotations

import asyncio

from models.db import Database
from sandbox.client import SandboxClient
from tests.e2e.cast import OBJECTIVE, assemble
from tests.support.processes import Forge

FLOOD = 60
FIRST = 6_200_000_001


async def test_the_enrolled_are_answered_before_a_flood(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    """What counts is the order of the answers: FLOOD strangers write first, and a contact after them."""
    cast = await assemble(database, people)
    (who,) = cast.accounts
    strangers = range(FIRST, FIRST + FLOOD)
    for account in strangers:
        await people.create_user("路人", id=account)
    for account in strangers:
        await people.send_text(account, account, "在吗")
    await people.send_text(who, who, f"今天{OBJECTIVE}12处")
    async with forge.program("run", env=env, hurry=True, ticks=60) as bot:
        await people.wait_for(who, contains="请核对")
        answered = [call.chat_id for call in await people.calls("sendMessage")]
        assert answered.index(who) < FLOOD / 3, answered.index(who)
        # All strangers get their answer, too.
        await asyncio.gather(*(people.wait_for(account, contains="还没有入册") for account in strangers))
        assert await bot.stop() == 0, bot.err.text
