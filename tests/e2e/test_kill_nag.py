"""``kill -9`` between the scan and the sending of nags: each person hears once, and no nag is lost."""

from __future__ import annotations

import signal
from collections import Counter
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from locales import Text, plain
from models.db import Database
from models.delivery.messages import Outbox
from models.nags import Nag, NagState
from rules.delivery.delivery import DeliveryState
from sandbox.client import SandboxClient
from tests.conftest import NOW
from tests.e2e.cast import account, assemble
from tests.support.processes import Forge

# Each life of the program ends when it passes its stage.
LIVES = ("between scan and promise", "before the nags are committed", "after the nags are committed")
PEOPLE = 5
CALM: dict[str, Any] = {"hurry": True}
TITLE = plain(Text("nags.title", day="", count="")).partition("】")[0]


async def test_between_scan_and_send_nobody_is_forgotten_and_nobody_hears_twice(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people, units=PEOPLE, deadline=(NOW + timedelta(days=1)).date())
    for who in (account(cast.office), *cast.accounts):
        await people.start(who)
    # 09:00 on the day of the deadline, in Shanghai.
    await people.set_clock(NOW.replace(day=16, hour=1, minute=0))
    for stage in LIVES:
        async with forge.program("run", env=env, crash=[stage, 1], **CALM) as bot:
            assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"
    async with forge.program("run", env=env, **CALM) as bot:
        for who in cast.accounts:
            await people.wait_for(who, contains=TITLE)
        assert await bot.stop() == 0, bot.err.text
    for who in cast.accounts:
        said = [message.text for message in await people.messages(who, sender="bot")]
        assert sum(TITLE in text for text in said) == 1
    async with database.reading() as session:
        nags = (await session.exec(select(Nag))).all()
        rows = (await session.exec(select(Outbox).where(col(Outbox.view) == "nag"))).all()
    assert {nag.state for nag in nags} == {NagState.TOLD}
    assert set(Counter((nag.subject_id, nag.slot, nag.contact_id) for nag in nags).values()) == {1}
    assert len(rows) == PEOPLE
    assert {row.state for row in rows} == {DeliveryState.SENT}


async def test_of_a_nag_that_may_have_gone_out_the_office_hears(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    """After a kill during the sending, nobody knows whether the nag arrived.

    It is not sent again by itself: its next slot is its retry.
    """
    cast = await assemble(database, people, deadline=(NOW + timedelta(days=1)).date())
    who, office = cast.accounts[0], account(cast.office)
    for chat in (who, office):
        await people.start(chat)
    await people.set_clock(NOW.replace(day=16, hour=1, minute=0))
    async with forge.program("run", env=env, crash=["between claim and send of a nag", 1], **CALM) as bot:
        assert await bot.ended() == -signal.SIGKILL, bot.err.text
    async with forge.program("run", env=env, **CALM) as bot:
        await people.wait_for(office, contains="是否送达未能确认")
        assert all(TITLE not in message.text for message in await people.messages(who, sender="bot"))
        await people.set_clock(NOW.replace(day=17, hour=1, minute=0))
        await people.wait_for(who, contains=TITLE)
        assert await bot.stop() == 0, bot.err.text
