"""A 提示 that comes once and whose sending ends unknown comes once more at the next slot, and not again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from locales import Text, plain
from models.db import Database
from models.delivery.messages import Outbox
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role
from sandbox.client import SandboxClient
from services.campaign import Campaign
from tests.conftest import NOW
from tests.e2e.cast import account, assemble
from tests.support.people import Roster
from tests.support.processes import Forge

HINT = plain(Text("nags.title_hint", day="", count="")).partition("】")[0]
MARK = "（可能重复）"


@pytest.mark.both_engines("outbox")
async def test_a_hint_that_may_be_lost_comes_once_more(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    """The task waits for its 签收 since Tuesday. Those above hear of it once, on Friday, and are lost."""
    cast = await assemble(database, people, deadline=(NOW + timedelta(days=90)).date())
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        leader = account(await roster.contact(cast.units[0], "城管局分管领导", Role.LEADER_IN_CHARGE))
    await people.create_user("城管局分管领导", id=leader)
    office = account(cast.office)
    for chat in (leader, office, *cast.accounts):
        await people.start(chat)
    # After the tally no brief goes to the leader any more.
    env |= {"CHUANGCHENG_TALLY_TIME": "15:00", "CHUANGCHENG_NAG_TIME": "16:00"}
    for day in (17, 18):
        await people.set_clock(NOW.replace(day=day, hour=8, minute=0))
        async with forge.program("run", env=env, hurry=True) as bot:
            await people.wait_for(cast.accounts[0], contains=f"12月{day}日")
            if day == 17:
                await people.wait_for(leader, contains="/brief")
                await people.fail("sendMessage", chat=leader, mode="drop_after")
            else:
                await people.wait_for(leader, contains=HINT)
            assert await bot.stop() == 0
    for day in (21, 22):
        await people.set_clock(NOW.replace(day=day, hour=8, minute=0))
        async with forge.program("run", env=env, hurry=True) as bot:
            await people.wait_for(cast.accounts[0], contains=f"12月{day}日")
            if day == 21:
                await people.wait_for(leader, contains=MARK)
            assert await bot.stop() == 0
    told = [one.text for one in await people.messages(leader, sender="bot") if HINT in one.text]
    assert [MARK in text for text in told] == [False, True]
    assert all("是否送达" not in one.text for one in await people.messages(office, sender="bot"))
    async with database.reading() as session:
        query = select(Outbox.state).where(Outbox.kind == MessageKind.HINT).order_by(col(Outbox.id))
        states = (await session.exec(query)).all()
    assert states == [DeliveryState.UNKNOWN, DeliveryState.SENT]
