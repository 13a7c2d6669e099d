"""A report on the edge of a period counts once: in the tally that can see it, and in one brief."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from models.db import Database, Session
from models.groups import GroupChat
from models.progress import ProgressReport
from services.access import Actor
from services.campaign import Campaign
from services.groups import evening_tallies
from services.groups.group_binding import bind
from services.tallies import briefs, tally_counting
from tests.services.conftest import Local, make_world
from tests.services.groups.tallied import quantity_in, reports_in, reread
from tests.services.progress.talk import Talk, keys
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("sums")


async def test_a_report_that_commits_after_the_tally_counts_in_it_and_in_no_other(
    database: Database, campaign: Campaign, local: Local
) -> None:
    """Its update is taken before six; its transaction ends after the tally's."""
    before_six, six = local(12, 15, 17, 59), local(12, 15, 18)
    async with database.transaction() as session:
        world = await make_world(Roster(session, local(12, 15, 9), campaign))
        await bind(turn_for(session, world.office, before_six, campaign, chat=-100, thread=None), title="群")
    async with database.transaction() as session:
        await evening_tallies.tally_tick(tick_for(session, six, campaign))
    async with database.transaction() as session:
        await Talk(session, world.responsible, before_six, campaign).report("清理违规广告牌匾12处")
    async with database.reading() as session:
        (group,) = (await session.exec(select(GroupChat))).all()
        tomorrow = six + timedelta(days=1)
        tally = await tally_counting.count(
            session, since=group.tallied_until, as_of=tomorrow, campaign=campaign
        )
        (corrected,) = await reread(session, campaign, six)
    assert tally.reports == 0
    assert [line.added for line in tally.quantities] == [0]
    assert (reports_in(corrected), quantity_in(corrected)) == (1, ("12", "12"))
    assert "tally.corrected" in keys(corrected)


@pytest.mark.both_engines("side by side")
async def test_filing_and_tally_side_by_side_lose_nothing(
    database: Database, campaign: Campaign, local: Local
) -> None:
    before_six, six = local(12, 15, 17, 59), local(12, 15, 18)
    async with database.transaction() as session:
        world = await make_world(Roster(session, local(12, 15, 9), campaign))
        await bind(turn_for(session, world.office, before_six, campaign, chat=-100, thread=None), title="")

    async def report() -> None:
        async with database.transaction() as session:
            await Talk(session, world.responsible, before_six, campaign).report("清理违规广告牌匾12处")

    async def tally() -> int:
        async with database.transaction() as session:
            await evening_tallies.tally_tick(tick_for(session, six, campaign))
            counted = await tally_counting.count(
                session, since=local(12, 14, 18), as_of=six, campaign=campaign, scope=None
            )
        return counted.reports

    _, seen = await asyncio.gather(report(), tally())
    async with database.reading() as session:
        (today,) = await reread(session, campaign, six)
        later = await tally_counting.count(
            session, since=six, as_of=six + timedelta(days=1), campaign=campaign, scope=None
        )
        filed = (await session.exec(select(ProgressReport))).all()
    assert len(filed) == 1
    assert (reports_in(today), later.reports) == (1, 0)
    assert ("tally.corrected" in keys(today)) is (seen == 0), "corrected only if it came too late"


async def test_mondays_brief_begins_with_fridays(
    database: Database, campaign: Campaign, local: Local
) -> None:
    friday = local(12, 18, 10)
    async with database.transaction() as session:
        world = await make_world(Roster(session, local(12, 15, 9), campaign))
        await Talk(session, world.responsible, friday, campaign).report("清理违规广告牌匾12处")
        seen = [await reports_in_brief(session, world.office, at, campaign) for at in mornings(local)]
    assert seen == [0, 1, 0]


def mornings(local: Local) -> list[datetime]:
    return [local(12, 18, 8), local(12, 21, 8), local(12, 22, 8)]


async def reports_in_brief(session: Session, actor: Actor, at: datetime, campaign: Campaign) -> int:
    view = await briefs.brief(turn_for(session, actor, at, campaign))
    (overall,) = [line for line in view.lines if line.key == "tally.overall"]
    return int(overall.values["reports"])
