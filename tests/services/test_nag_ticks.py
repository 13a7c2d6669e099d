"""Two schedulers at once, and rehearsing a moment: who would be told what, with nothing left behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from models.campaign import TickMark
from models.db import Database
from models.messages import Outbox
from models.tables import METADATA
from models.tasks import Task
from services import groups, nags, summaries
from services.campaign import Campaign
from services.planned import Planned
from tests.services.conftest import Local, World, make_world
from tests.support.people import Roster


@pytest.fixture
async def campaign_day(database: Database, now: datetime, campaign: Campaign) -> World:
    """A committed world with tasks for three people, all due to be nagged at 09:00 on the 15th."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        for number in range(10):
            who = (world.responsible, world.liaison, world.other_liaison)[number % 3]
            await roster.task(who.unit, f"任务{number}", date(2026, 12, 14), who.contact)
        await groups.bind(
            session,
            world.office,
            chat_id=-1001,
            thread_id=None,
            title="创城工作群",
            now=now,
            campaign=campaign,
        )
    return world


async def all_ticks(database: Database, at: datetime, campaign: Campaign) -> list[Planned]:
    found: list[Planned] = []
    for tick in (summaries.brief_tick, nags.tick, summaries.tally_tick):
        async with database.transaction() as session:
            found += await tick(session, now=at, campaign=campaign)
    return found


async def test_two_schedulers_nag_nobody_twice(
    database: Database, database_url: str, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    other = Database(database_url)
    promised: list[Planned] = []
    try:
        for hour in (8, 9, 18):
            at = local(12, 15, hour)
            both = await asyncio.gather(
                *(all_ticks(which, at, campaign) for which in (database, other, database, other))
            )
            promised += [planned for one in both for planned in one]
    finally:
        await other.close()
    counted = Counter((planned.slot, planned.chat) for planned in promised)
    assert set(counted.values()) == {1}
    async with database.reading() as session:
        rows = (await session.exec(select(Outbox))).all()
        nagged = {task.last_nagged for task in await session.exec(select(Task))}
    assert len(rows) == len(promised) == 1 + 4 + 1, "the leader's brief, four nags and hints, one tally"
    assert nagged == {date(2026, 12, 15)}


async def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    async with database.reading() as session:
        return {
            table.name: [tuple(row) for row in await session.execute(sa.select(table))]
            for table in METADATA.sorted_tables
        }


@pytest.mark.parametrize(
    ("month", "day", "hour"), [(12, 15, 9), (12, 18, 9), (12, 21, 9), (12, 18, 18), (12, 16, 8)]
)
async def test_a_rehearsal_leaves_nothing_behind(
    database: Database, campaign_day: World, local: Local, campaign: Campaign, month: int, day: int, hour: int
) -> None:
    before = await contents(database)
    async with database.rehearsal() as session:
        planned = [
            *await summaries.rehearse(session, at=local(month, day, hour), campaign=campaign),
            *await nags.rehearse(session, at=local(month, day, hour), campaign=campaign),
        ]
    assert planned
    assert await contents(database) == before


async def rehearsed(database: Database, at: datetime, campaign: Campaign) -> list[Planned]:
    async with database.rehearsal() as session:
        return [
            *await summaries.rehearse(session, at=at, campaign=campaign),
            *await nags.rehearse(session, at=at, campaign=campaign),
        ]


async def test_a_rehearsal_tells_what_the_real_ticks_then_do(
    database: Database, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    """From the brief of the 15th to the tally of the 22nd, slot by slot."""
    for day in range(15, 23):
        for hour in (8, 9, 18):
            at = local(12, day, hour)
            foreseen = await rehearsed(database, at, campaign)
            done = await all_ticks(database, at, campaign)
            assert [p.to_json("zh") for p in foreseen] == [p.to_json("zh") for p in done], at
            assert bool(done) == (day not in {19, 20}), at


async def test_a_rehearsal_between_slots_finds_nothing(
    database: Database, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    for at in (local(12, 15, 8, 30), local(12, 15, 9, 1), local(12, 19, 9), local(12, 15, 21)):
        assert await rehearsed(database, at, campaign) == []


async def test_the_json_of_a_plan(
    database: Database, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    planned = await rehearsed(database, local(12, 18, 9), campaign)
    (mine,) = [p for p in planned if p.chat == campaign_day.responsible.contact.telegram_user_id]
    shown = mine.to_json("zh")
    assert set(shown) == {"recipient", "chat", "slot", "duties", "reason", "text"}
    assert shown["slot"] == "2026-12-18/nag"
    assert shown["recipient"] == "城管局 城管局责任人"
    assert "清理违规广告牌匾" in shown["duties"]
    assert "<b>" not in shown["text"]


async def test_a_tick_that_fails_takes_nothing_with_it(
    database: Database, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    """Its claim is rolled back, and the next look finds what is due."""

    async def killed_before_the_commit() -> None:
        async with database.transaction() as session:
            assert await nags.tick(session, now=local(12, 15, 9), campaign=campaign)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await killed_before_the_commit()
    async with database.reading() as session:
        assert (await session.exec(select(Outbox))).all() == []
        assert (await session.exec(select(TickMark))).all() == []
    later = local(12, 15, 9) + timedelta(seconds=20)
    assert len(await all_ticks(database, later, campaign)) == 1 + 4
