"""未报告 in tally, board and brief: units that owed something that day, whoever has the task by now."""

from __future__ import annotations

from datetime import date, datetime

from models.db import Session
from reports.tally import Tally
from rules.duties.frequencies import Frequency
from rules.people.roles import Role
from services.campaign import Campaign
from services.duties import report_windows
from services.tallies import tally_counting
from services.tasks import reassign
from tests.services.conftest import Local, World
from tests.support.people import Roster
from tests.support.turns import turn_for


async def tally(session: Session, since: datetime, as_of: datetime, campaign: Campaign) -> Tally:
    return await tally_counting.count(session, since=since, as_of=as_of, campaign=campaign)


async def test_a_unit_that_owes_nothing_that_day_is_not_silent(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """A deadline far ahead asks for nothing yet, a weekly report on Friday only."""
    weekly = await roster.task(world.other_unit, "每周小结", None)
    weekly.frequency, world.task.deadline = Frequency.WEEKLY, date(2026, 12, 31)
    session.add_all([weekly, world.task])
    named = {
        day: (await tally(session, local(12, day - 1, 18), local(12, day, 18), campaign)).not_reported
        for day in (16, 17, 18, 29)
    }
    assert named == {16: [], 17: [], 18: ["东风街道"], 29: ["城管局"]}


async def test_a_night_shift_of_the_weekend_is_owed_in_mondays_brief(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.deadline, world.task.frequency = None, Frequency.SHIFT
    session.add(world.task)
    assert (await tally(session, local(12, 18, 8), local(12, 21, 8), campaign)).not_reported == ["城管局"]


async def test_a_handover_does_not_clear_what_was_missed(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """A daily task that nobody has reported on goes at five to a colleague, then to another unit."""
    world.task.deadline, world.task.frequency = None, Frequency.DAILY
    session.add(world.task)
    colleague = await roster.contact(world.unit, "城管局新责任人", Role.RESPONSIBLE_PERSON)
    since, until = local(12, 15, 18), local(12, 16, 18)
    for receiver, unit in ((colleague, "城管局"), (world.other_liaison.contact, "东风街道")):
        office = turn_for(session, world.office, local(12, 16, 17), campaign)
        await reassign.move_tasks(office, [world.task_id], receiver.id or 0)
        counted = await tally(session, since, until, campaign)
        found = await report_windows.closing(session, since=since, until=until, campaign=campaign, scope=None)
        (due,) = found
        assert (counted.not_reported, due.unit_id, due.person) == ([unit], receiver.unit_id, receiver.name)
