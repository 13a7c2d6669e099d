"""The hours of groups in a look ahead, in a rehearsal, and after a time in which the clock was wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from models import groups
from models.db import Database, Session
from models.groups import GroupTally
from services import rescan
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.nags import rehearsal
from services.nags.next_sending import next_sending
from services.nags.rehearsal import all_due
from tests.services.conftest import Local, World, make_world
from tests.services.groups.hourly import CHATS, EARLIER, LATER, OFF, USUAL, Hours
from tests.support.people import Roster
from tests.support.turns import tick_for

GROUPS = set(CHATS.values())


@pytest.fixture
async def committed(database: Database, campaign: Campaign, local: Local) -> Database:
    """A group of each hour."""
    async with database.transaction() as session:
        world = await make_world(Roster(session, local(12, 14, 9), campaign))
        await Hours(session, world.office, campaign).bind_each(local(12, 14, 20, 30))
    return database


async def ticks(database: Database, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    async with database.transaction() as session:
        return [await one.made() for one in await all_due(tick_for(session, at, campaign))]


def tallies(planned: list[PlannedMessage]) -> list[dict[str, object]]:
    return [one.to_json("zh") for one in planned if one.chat in GROUPS and one.slot.endswith("/tally")]


async def test_the_clock_stops_at_each_hour_at_which_a_group_gets_its_tally(
    committed: Database, campaign: Campaign, local: Local
) -> None:
    """From one sending to the next: nothing is between, and each is what is sent then."""
    now = local(12, 15, 12)
    await ticks(committed, now, campaign)
    stops = []
    while now < local(12, 21, 20):
        async with committed.rehearsal() as session:
            found = await next_sending(tick_for(session, now, campaign))
        assert found.moment is not None
        done = await ticks(committed, found.moment, campaign)
        assert [one.to_json("zh") for one in found.planned] == [one.to_json("zh") for one in done]
        now = found.moment
        stops += [now] if tallies(done) else []
    assert stops == [local(12, day, hour) for day in (15, 16, 17, 18, 21) for hour in (17, 18, 20)]


async def test_a_rehearsal_tells_what_the_real_tick_then_does(
    committed: Database, campaign: Campaign, local: Local
) -> None:
    for day in (15, 16, 17, 18, 19, 21):
        for hour in (17, 18, 19, 20):
            at = local(12, day, hour)
            async with committed.rehearsal() as session:
                foreseen = await rehearsal.rehearse_slots(session, at=at, campaign=campaign)
            done = await ticks(committed, at, campaign)
            assert tallies(foreseen) == tallies(done)
            assert bool(tallies(done)) == (day != 19 and hour != 19)


async def test_a_rehearsal_of_a_past_hour_says_it_again(
    committed: Database, campaign: Campaign, local: Local
) -> None:
    said = {}
    for hour in (17, 18, 20):
        said[hour] = tallies(await ticks(committed, local(12, 15, hour), campaign))
    for hour, told in said.items():
        async with committed.rehearsal() as session:
            at = local(12, 15, hour)
            again = await rehearsal.rehearse_slots(session, at=at, campaign=campaign)
            assert [(one["chat"], one["slot"]) for one in tallies(again)] == [
                (one["chat"], one["slot"]) for one in told
            ]


async def test_a_restart_between_close_and_hour_goes_on(
    committed: Database, database_url: str, campaign: Campaign, local: Local
) -> None:
    """What was kept is in the database; another process sends it, once."""
    await ticks(committed, local(12, 15, 18), campaign)
    other = Database(database_url)
    try:
        told = tallies(await ticks(other, local(12, 15, 20), campaign))
    finally:
        await other.close()
    assert [one["chat"] for one in told] == [CHATS[LATER]]
    assert tallies(await ticks(committed, local(12, 15, 20, 1), campaign)) == []


async def test_a_clock_that_was_ahead_takes_no_tally_away(
    session: Session, world: World, campaign: Campaign, local: Local
) -> None:
    """For seconds it was evening of the 17th: afterwards each group has its tallies at its own hours."""
    hours = Hours(session, world.office, campaign)
    await hours.bind_each(local(12, 14, 20, 30))
    assert len(await hours.tick(local(12, 17, 18, 30))) == 3
    now = local(12, 15, 12)
    await rescan.after_wrong_time(tick_for(session, now, campaign))
    kept = (await session.exec(select(GroupTally))).all()
    assert all(row.promised and row.slot_key.endswith("/early") for row in kept), "no such day has closed"
    ends = {hour: (await hours.group(chat)).tallied_until for hour, chat in CHATS.items()}
    assert ends == {EARLIER: local(12, 14, 17), USUAL: local(12, 14, 18), LATER: local(12, 14, 18)}
    fired = []
    while now < local(12, 17, 21):
        fired += [(now, planned.chat) for planned in await hours.tick(now)]
        now += timedelta(minutes=30)
    assert fired == [
        (local(12, day, at), CHATS[hour])
        for day in (15, 16, 17)
        for hour, at in ((EARLIER, 17), (USUAL, 18), (LATER, 20))
    ]


async def test_a_look_ahead_knows_no_hour_that_nobody_has(
    committed: Database, campaign: Campaign, local: Local
) -> None:
    async with committed.transaction() as session:
        for group in await groups.active_groups(session):
            group.tally_hour = OFF
            session.add(group)
    async with committed.rehearsal() as session:
        found = await next_sending(tick_for(session, local(12, 18, 16), campaign))
    assert found.moment == local(12, 21, 8), "the brief of Monday"
