"""A call passes few modules: ``docs/architecture.md`` names those of 确认 and of a nag."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import select

from models.db import Database
from models.delivery.messages import Outbox
from rules.tasks.task_lifecycle import TaskState
from scheduler.ticks import TICKS
from services.campaign import Campaign
from tests.conftest import NOW
from tests.handlers.conftest import People
from tests.services.conftest import make_world
from tests.support.call_paths import paths_from
from tests.support.chat import Chats
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import tick_for

# The most modules from the edge to a statement.
CONFIRMED, NAGGED = 6, 6


async def test_a_confirmed_report(chats: Chats, people: People, database: Database) -> None:
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    with paths_from("handlers.buttons", database) as paths:
        await chats.press(people.responsible, card, says("progress.confirm_button"))
    longest = max(paths, key=len)
    assert longest[-1] == "models.db"
    assert len(longest) <= CONFIRMED, longest


async def test_a_nag(database: Database, campaign: Campaign) -> None:
    nine = datetime(2026, 12, 15, 9, tzinfo=campaign.zone)
    async with database.transaction() as session:
        roster = Roster(session, NOW, campaign)
        world = await make_world(roster)
        over, signed = date(2026, 12, 14), TaskState.ACKNOWLEDGED
        await roster.task(world.unit, "清理小广告", over, world.responsible.contact, state=signed)
    (tick,) = (tick for tick in TICKS if tick.name == "nags")
    with paths_from("services.nags.nag_engine", database) as paths:
        async with database.transaction() as session:
            await tick.run(tick_for(session, nine, campaign))
    async with database.reading() as session:
        assert (await session.exec(select(Outbox).where(Outbox.view == "nag"))).all()
    longest = max(paths, key=len)
    assert len(longest) <= NAGGED, longest
