"""A tally of a unit whose tasks have parts says how much the units of these parts reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.db import Session
from rules.duties.frequencies import Frequency
from rules.people.roles import Role
from rules.periods import FigurePeriod
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.people import unit_card
from services.progress import zero_reports
from services.tallies import brief_pushes, briefs, period_tallies, period_tally_views
from services.tallies.period_tallies import TallySelection
from tests.services.conftest import Local, World
from tests.services.tallies.broken_down import VILLAGES, BrokenDown, child_of
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import tick_for, turn_for

EAST, SOUTH, WEST, NORTH = VILLAGES


@pytest.fixture
async def down(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> BrokenDown:
    """Two villages have reported this week, one of them on the task above itself (归入上级任务)."""
    made = BrokenDown(session, world, roster, campaign)
    await made.begin()
    await made.report(EAST, "今天清运垃圾12车", local(12, 15, 10))
    above = made.talk(SOUTH, local(12, 15, 11))
    card = await above.write("今天清运垃圾9车", about=[id_of(made.children[SOUTH])])
    await above.confirm(await above.pick(card, id_of(made.parent)))
    return made


async def counted(down: BrokenDown, local: Local, **asked: Any) -> tuple[int, int]:
    """The reports of this week by the office's tally, and those from below."""
    turn = turn_for(down.session, down.world.office, local(12, 16, 9), down.campaign)
    cut = await period_tallies.cut_of(turn, TallySelection(FigurePeriod.WEEK, **asked))
    tally = await period_tallies.count(turn, cut, await period_tallies.tasks_of(turn, cut))
    return int(tally.reports.now), tally.reports_below


async def test_reports_of_other_units_stand_beside_those_of_the_unit(down: BrokenDown, local: Local) -> None:
    assert await counted(down, local, unit_id=id_of(down.bureau)) == (0, 2)
    assert await counted(down, local) == (2, 0), "in the district nobody is another unit"
    assert await counted(down, local, unit_id=id_of(down.world.other_unit)) == (2, 0)
    assert await counted(down, local, unit_id=id_of(down.units[EAST])) == (1, 0)


async def test_what_was_withdrawn_or_lies_below_another_task_is_not_among_them(
    down: BrokenDown, roster: Roster, local: Local
) -> None:
    later = down.talk(EAST, local(12, 15, 14))
    await later.report("今天清运垃圾3车", about=[id_of(down.children[EAST])])
    assert await counted(down, local, unit_id=id_of(down.bureau)) == (0, 3)
    await later.withdraw(await later.undo())
    stranger = await roster.unit("住建局")
    assert await counted(down, local, unit_id=id_of(down.bureau)) == (0, 2)
    assert await counted(down, local, unit_id=id_of(stranger)) == (0, 0)


async def test_the_week_of_a_department_whose_parts_reported_is_not_without_news(
    down: BrokenDown, roster: Roster, local: Local, campaign: Campaign
) -> None:
    leader = await roster.actor(down.bureau, "农业农村局分管", Role.LEADER_IN_CHARGE)
    planned = await brief_pushes.brief_tick(tick_for(down.session, local(12, 21, 8), campaign))
    account = leader.contact.telegram_user_id
    (view,) = [one.view for one in planned if one.chat == account]
    assert "\n收到报告：0 份" in view.plain("zh")
    assert "\n任务下级另报：2 份\n" in view.plain("zh")
    assert "\nReports on parts of these tasks, from other units: 2\n" in view.plain("en")


async def test_the_tally_that_is_asked_for_says_so_too(
    down: BrokenDown, local: Local, campaign: Campaign
) -> None:
    turn = turn_for(down.session, down.head, local(12, 16, 9), campaign)
    view = await period_tally_views.overview(turn, TallySelection(FigurePeriod.WEEK))
    assert "任务下级另报：2 份" in view.plain("zh")


async def test_the_daily_brief_of_a_department_says_what_its_parts_reported(
    down: BrokenDown, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """In its period, which began with the brief of the day before; the district's has them as its own."""
    leader = await roster.actor(down.bureau, "农业农村局分管", Role.LEADER_IN_CHARGE)
    turn = turn_for(down.session, leader, local(12, 16, 9), campaign)
    view = await briefs.brief(turn)
    assert "收到报告 0 份。\n任务下级另报：2 份\n" in view.plain("zh")
    assert "\nReports on parts of these tasks, from other units: 2\n" in view.plain("en")
    assert "任务下级另报" not in (await briefs.brief(replace(turn, now=local(12, 18, 9)))).plain("zh")
    whole = await briefs.brief(turn_for(down.session, down.world.office, local(12, 16, 9), campaign))
    assert "收到报告 2 份。" in whole.plain("zh")
    assert "任务下级另报" not in whole.plain("zh")


async def test_a_zero_report_of_a_whole_unit_counts_once_where_it_stands_for_a_part(
    down: BrokenDown, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """It stands for two parts of the village and for a task of its own; that of another village does not."""
    north = down.people[NORTH]
    street = await roster.task(down.bureau, "街面保洁", None, down.head.contact)
    street.frequency, street.own_reports = Frequency.DAILY, False
    second = await child_of(roster, street, down.units[NORTH], north)
    other = await roster.task(down.units[NORTH], "其他工作", None, north.contact)
    alone = await roster.task(down.units[WEST], "其他工作", None, down.people[WEST].contact)
    other.frequency = alone.frequency = Frequency.DAILY
    await down.session.flush()
    said = turn_for(down.session, north, local(12, 15, 15), campaign)
    await zero_reports.confirm(said, sorted(id_of(one) for one in (down.children[NORTH], second, other)))
    down.children[WEST].state = TaskState.COMPLETED
    await down.session.flush()
    await zero_reports.confirm(replace(said, actor=down.people[WEST]), [id_of(alone)])
    assert await counted(down, local) == (4, 0)
    assert await counted(down, local, unit_id=id_of(down.bureau)) == (0, 3)
    leader = await roster.actor(down.bureau, "农业农村局分管", Role.LEADER_IN_CHARGE)
    brief = await briefs.tally_of(replace(said, actor=leader, now=local(12, 16, 9)), date(2026, 12, 15))
    assert brief.from_below == 3
    card = await unit_card.card(replace(said, actor=down.world.office), id_of(down.bureau))
    assert "下级另报 3 份。" in card.plain("zh")
