"""What a tally counts: its period, late, zero and missing reports, lamps, and sums that can be traced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from models.db import Session
from reports.metric_rows import chosen
from reports.tally import Tally
from rules.people.roles import Role, Tier
from rules.tasks.lamps import Lamp
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.groups.group_binding import GroupScope
from services.tallies import tally_counting, tally_sources
from services.tallies.tally_sources import SourceSelection
from services.tasks import task_steps
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk, buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("sums")

ITEM = "清理违规广告牌匾"


async def tally(session: Session, since: datetime, as_of: datetime, campaign: Campaign) -> Tally:
    return await tally_counting.count(session, since=since, as_of=as_of, campaign=campaign)


def amounts(counted: Tally) -> dict[str, tuple[Decimal, Decimal]]:
    return {line.item: (line.added, line.total) for line in counted.quantities}


async def test_the_period_begins_after_since_and_includes_as_of(
    talk: Talk, session: Session, local: Local, campaign: Campaign
) -> None:
    since, as_of = local(12, 15, 18), local(12, 16, 18)
    second = timedelta(seconds=1)
    for moment in (since - second, since, since + second, as_of, as_of + second):
        talk.now = moment
        await talk.report(f"今天{ITEM}1处")
    counted = await tally(session, since, as_of, campaign)
    assert counted.reports == 2
    assert amounts(counted) == {ITEM: (Decimal(2), Decimal(4))}


async def test_late_and_zero_reports_and_silence(
    talk: Talk, session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    silent = await roster.unit("公安局")
    await roster.task(silent, "整治交通秩序", date(2026, 12, 24))
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 24))
    zero = Talk(session, world.other_liaison, local(12, 21, 10), campaign)
    await zero.write("今天无情况")
    talk.now = local(12, 21, 11)
    await talk.report(f"今天{ITEM}1处")
    counted = await tally(session, local(12, 18, 18), local(12, 21, 18), campaign)
    assert (counted.reports, counted.late_reports) == (2, 1)
    assert counted.zero_reported == ["东风街道"]
    assert counted.not_reported == ["公安局"]
    assert [(task.objective, task.days_left) for task in counted.late] == [(ITEM, -3)]


async def test_a_unit_that_also_reported_is_not_among_the_zero_reports(
    talk: Talk, session: Session, local: Local, campaign: Campaign
) -> None:
    await talk.write("今天无情况")
    await talk.report(f"今天{ITEM}1处")
    counted = await tally(session, local(12, 14, 18), local(12, 15, 18), campaign)
    assert (counted.zero_reported, counted.not_reported) == ([], [])


async def test_units_with_nothing_open_are_not_missed(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    await task_steps.complete(turn_for(session, world.office, local(12, 15)), world.task_id)
    assert (await tally(session, local(12, 14, 18), local(12, 15, 18), campaign)).not_reported == []


async def test_done_on_time_and_late_by_unit_worst_first(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    done = await roster.task(world.unit, "已办结", date(2026, 12, 1))
    await roster.task(world.other_unit, "逾期", date(2026, 12, 14))
    await roster.task(world.other_unit, "将到期", date(2026, 12, 16))
    struck = await roster.task(world.other_unit, "已取消", date(2026, 12, 1))
    await roster.task(await roster.unit("公安局"), "长期", None)
    await task_steps.complete(turn_for(session, world.office, local(12, 15)), done.id or 0)
    struck.state = TaskState.CANCELLED
    await session.flush()
    counted = await tally(session, local(12, 14, 18), local(12, 15, 18), campaign)
    lines = [(line.name, line.done, line.on_time, line.late, line.lamp) for line in counted.units]
    assert lines == [
        ("东风街道", 0, 1, 1, Lamp.RED),
        ("城管局", 1, 1, 0, Lamp.YELLOW),
        ("公安局", 0, 1, 0, Lamp.NONE),
    ]
    assert (counted.done, counted.on_time) == (1, 3)
    assert [task.objective for task in counted.nearly_due] == ["将到期", ITEM]


async def test_lamps_are_those_of_the_tallys_own_day(
    session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    on_the_day = await tally(session, local(12, 17, 18), local(12, 18, 18), campaign)
    day_after = await tally(session, local(12, 18, 18), local(12, 19, 0, 1), campaign)
    assert ([len(on_the_day.late), len(day_after.late)]) == [0, 1]


async def test_one_item_of_several_tasks_is_one_line(
    talk: Talk, session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    other = await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 25))
    await talk.report(f"今天{ITEM}12处")
    helper = Talk(session, world.other_liaison, talk.now, campaign)
    await helper.report(f"今天{ITEM}30余处", about=[other.id or 0])
    (line,) = (await tally(session, local(12, 14, 18), local(12, 15, 18), campaign)).quantities
    assert (line.added, line.total, line.approx) == (Decimal(42), Decimal(42), True)


async def test_what_is_shown_is_of_the_period_or_has_a_target(
    talk: Talk, session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The target's item names the metric of its unit; of another unit only the unit decides."""
    world.task.objective, world.task.target_unit = "清理违规广告牌匾50处", "处"
    world.task.target_value = Decimal(50)
    other = await roster.task(world.unit, "植树", None)
    other.target_value, other.target_unit = Decimal(900), "棵"
    await talk.report(f"今天{ITEM}12处，修复破损路面3处，清运垃圾3吨", about=[world.task_id])
    await talk.report("今天栽种苗木40棵，出动车辆2车次", about=[other.id or 0])
    talk.now = local(12, 16, 10)
    await talk.report("今天出动人员20人，清运垃圾1吨", about=[world.task_id])
    counted = await tally(session, local(12, 15, 18), local(12, 16, 18), campaign)
    assert counted.targeted == [("栽种苗木", "棵"), (ITEM, "处")]
    shown = [
        (line.item, int(line.added), int(line.total)) for line in chosen(counted.quantities, counted.targeted)
    ]
    assert shown == [("出动人员", 20, 20), ("清运垃圾", 1, 4), ("栽种苗木", 0, 40), (ITEM, 0, 12)]


async def test_a_scope_counts_its_own_units_only(
    talk: Talk, session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 17))
    await talk.report(f"今天{ITEM}12处")
    counted = await tally_counting.count(
        session,
        since=local(12, 14, 18),
        as_of=local(12, 15, 18),
        campaign=campaign,
        scope=world.other_liaison.scope,
    )
    assert [line.name for line in counted.units] == ["东风街道"]
    assert (counted.reports, counted.quantities, counted.not_reported) == (0, [], ["东风街道"])


# -- the reports behind the numbers --------------------------------------------------------------------


async def sources(talk: Talk, actor: Actor, until: datetime) -> list[tuple[str, str]]:
    """(item or receipt number, quantity) line by line."""
    view = await tally_sources.sources(
        turn_for(talk.session, actor, campaign=talk.campaign), SourceSelection(until)
    )
    named = {"sources.total": "item", "sources.part": "number"}
    quantity = {"sources.total": "total", "sources.part": "added"}
    return [
        (line.values[named[line.key]], line.values[quantity[line.key]].values["grouped"])
        for line in view.lines
        if line.key in named
    ]


async def test_every_total_leads_to_its_reports(talk: Talk, world: World, local: Local) -> None:
    await talk.report(f"今天{ITEM}100处")
    await talk.report(f"累计{ITEM}576处")
    talk.now = local(12, 16, 9)
    await talk.report(f"今天{ITEM}1处")
    assert await sources(talk, world.office, local(12, 15, 18)) == [
        (ITEM, "576"),
        ("20261215-0002", "476"),
        ("20261215-0001", "100"),
    ]


async def test_sources_show_what_their_reader_may_see(
    talk: Talk, session: Session, world: World, roster: Roster, campaign: Campaign
) -> None:
    street = await roster.unit("和平街道", Tier.STREET)
    stranger = await roster.actor(street, "和平街道主要领导", Role.PRINCIPAL_LEADER)
    await talk.report(f"今天{ITEM}12处")
    assert await sources(talk, stranger, talk.now) == []
    assert len(await sources(talk, world.leader, talk.now)) == 2


async def test_sources_are_those_of_the_tally_under_which_the_button_stands(
    talk: Talk, session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The tally of a group about one unit shows that unit's sources to every reader.

    A reader who does not see all of them is told so.
    """
    task = await roster.task(world.unit, "清理野广告", date(2026, 12, 20), assisting=(world.other_unit,))
    about = [task.id or 0]
    await talk.report("今天清理野广告300张", about=about)
    await replace(talk, actor=world.other_liaison).report("今天清理野广告50张", about=about)
    scope = GroupScope(unit_id=world.other_unit.id)
    await tallied.bind(session, world.office, local(12, 14, 20), campaign, scope=scope)
    (view,) = await tallied.run(session, local(12, 15, 18), campaign)
    (button,) = buttons(view, "figures.sources")
    until, units = datetime.fromisoformat(button.arguments["until"]), button.arguments["units"]

    async def shown(actor: Actor) -> list[str]:
        found = await tally_sources.sources(
            turn_for(session, actor, campaign=campaign), SourceSelection(until, units)
        )
        return keys(found)

    whole = ["sources.title", "sources.total", "sources.part"]
    assert await shown(world.office) == await shown(world.other_liaison) == whole
    assert await shown(world.liaison) == ["sources.none", "sources.within_your_view"]


async def test_sources_of_one_task(talk: Talk, session: Session, world: World, campaign: Campaign) -> None:
    async def view(actor: Actor) -> list[str]:
        return keys(
            await tally_sources.task_sources(turn_for(session, actor, talk.now, campaign), world.task_id)
        )

    assert await view(world.liaison) == ["sources.none"]
    await talk.report(f"今天{ITEM}12处")
    assert await view(world.liaison) == ["sources.title", "sources.total", "sources.part"]
    assert await refused(view(world.other_liaison)) == "tasks.not_yours"


async def test_many_reports_are_named_from_the_latest_back(talk: Talk, world: World) -> None:
    for _ in range(tally_sources.LISTED_SOURCES + 3):
        await talk.report(f"今天{ITEM}1处")
    shown = await sources(talk, world.office, talk.now)
    assert shown[0] == (ITEM, str(tally_sources.LISTED_SOURCES + 3))
    assert shown[1][0] == f"20261215-{tally_sources.LISTED_SOURCES + 3:04}"
    view = await tally_sources.sources(
        turn_for(talk.session, world.office, campaign=talk.campaign), SourceSelection(talk.now)
    )
    assert view.lines[-1].values["count"] == 3


async def test_an_approximate_number_stays_so(talk: Talk, world: World) -> None:
    await replace(talk, actor=world.liaison).report(f"今天{ITEM}30余处")
    view = await tally_sources.sources(
        turn_for(talk.session, world.office, campaign=talk.campaign), SourceSelection(talk.now)
    )
    (part,) = [line for line in view.lines if line.key == "sources.part"]
    assert part.values["added"].key == "common.quantity_approx"
    receipt = line((await talk.receipts())[-1], "progress.receipt.figure")
    assert receipt.values["added"].key == "common.quantity_approx"
