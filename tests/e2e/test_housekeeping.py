"""Housekeeping over months: a message that is deleted takes nothing else with it, and holds up nothing."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from locales import Text, plain
from models.db import Database
from models.delivery.inbox import Inbox
from models.delivery.messages import Outbox
from models.nags import Nag
from rules.delivery.delivery import DeliveryState
from sandbox.client import SandboxClient
from tests.conftest import NOW
from tests.e2e.cast import account, assemble
from tests.support.processes import Forge

TITLE = plain(Text("nags.title", day="", count="")).partition("】")[0]


async def test_a_nag_of_last_quarter_holds_up_no_housekeeping(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people, deadline=(NOW + timedelta(days=1)).date())
    for who in (account(cast.office), *cast.accounts):
        await people.start(who)
    nagged_at = NOW.replace(day=16, hour=1, minute=0)
    await people.set_clock(nagged_at)
    async with forge.program("run", env=env, hurry=True) as bot:
        await people.wait_for(cast.accounts[0], contains=TITLE)
        await people.set_clock(nagged_at + timedelta(days=91))
        # A live message goes with the look after the one that deletes its promise, so it is not waited for.
        for kind in ("updates", "messages"):
            await bot.err.wait_for(f"kind={kind}")
        assert await bot.stop() == 0, bot.err.text
        assert "tick failed" not in bot.err.text
    async with database.reading() as session:
        nags = (await session.exec(select(Nag).where(Nag.created_at <= nagged_at))).all()
        old = (await session.exec(select(Outbox.id).where(Outbox.created_at <= nagged_at))).all()
        updates = (await session.exec(select(Inbox.id).where(Inbox.received_at <= nagged_at))).all()
    assert {(nag.outbox_id, nag.delivery) for nag in nags} == {(None, DeliveryState.SENT)}
    assert (old, updates) == ([], [])
