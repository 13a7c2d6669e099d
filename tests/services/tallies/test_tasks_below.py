"""Where a task counts whose parent stands elsewhere, and how what lies below it reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from locales import Text, plain
from models.db import Session
from models.tasks import TaskAssistingUnit
from reports.pictures.tally_picture import tally_picture, tally_title
from reports.tally import Tally, group_lines, preview_lines
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from rules.periods import FigurePeriod
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.duties.not_reported import silent_units
from services.duties.task_duties import ReminderKind
from services.groups import boards
from services.nags import reminder_views, reminders
from services.nags.reminders import ReminderTarget
from services.office import who_overview
from services.office.who_overview import OverviewGap
from services.people import unit_card
from services.progress import zero_reports
from services.tallies import (
    briefs,
    missed_list,
    period_tallies,
    period_tally_views,
    tally_counting,
    tally_parts,
    tally_sources,
)
from services.tallies.period_tallies import TallySelection
from services.tallies.tally_parts import TallyBreakdown
from services.tallies.tally_sources import SourceSelection
from services.tasks import task_card, task_targets
from services.turn import Turn
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk, keys
from tests.services.tallies.broken_down import OBJECTIVE, VILLAGES, BrokenDown, child_of
from tests.support.people import Roster
from tests.support.rows import Rows, id_of
from tests.support.turns import tick_for, turn_for

EAST, SOUTH, WEST, NORTH = VILLAGES


@pytest.fixture
async def down(session: Session, world: World, roster: Roster, campaign: Campaign) -> BrokenDown:
    """One village has completed its part, one is late; the task itself is punctual."""
    made = BrokenDown(session, world, roster, campaign)
    await made.begin()
    world.task.deadline = date(2027, 3, 1)
    for task in (made.parent, *made.children.values()):
        task.deadline, task.frequency = date(2026, 12, 31), None
    made.children[EAST].state = TaskState.COMPLETED
    made.children[EAST].completed_at = made.roster.now
    made.children[SOUTH].deadline = date(2026, 12, 10)
    await session.flush()
    return made


@pytest.fixture
def office(session: Session, world: World, local: Local, campaign: Campaign) -> Turn:
    return turn_for(session, world.office, local(12, 15, 19), campaign)


async def tally_of(down: BrokenDown, local: Local, *units: Any, **more: Any) -> Tally:
    scope = None if not units else {id_of(unit) for unit in units}
    return await tally_counting.count(
        down.session,
        since=local(12, 14, 18),
        as_of=local(12, 15, 18),
        campaign=down.campaign,
        scope=scope,
        **more,
    )


def words(tally: Tally, campaign: Campaign, locale: str = "zh") -> list[str]:
    return [plain(line, locale) for line in group_lines(tally, campaign.zone)]


# -- the tally of each scope ------------------------------------------------------------------------------


async def test_the_district_counts_the_task_and_names_no_child(
    down: BrokenDown, local: Local, campaign: Campaign
) -> None:
    said = words(await tally_of(down, local), campaign)
    assert said[2] == (
        "任务 2 项（下级1/4）：今日办结 0 项（累计 0 项），按期在办 2 项，逾期 0 项；收到报告 0 份。"
    )
    assert said[3] == "无逾期任务（下级逾期1）。"
    assert "🟢 农业农村局：0/1/0（下级1/4，下级逾期1）" in said
    assert "🟢 城管局：0/1/0" in said
    assert not [line for line in said if any(name in line for name in VILLAGES)]


async def test_the_street_counts_its_villages(down: BrokenDown, local: Local, campaign: Campaign) -> None:
    """Their parent is not led by a unit of the street."""
    street = (down.world.other_unit, *down.units.values())
    tally = await tally_of(down, local, *street)
    said = words(tally, campaign)
    assert said[2].startswith("任务：今日办结 1 项（累计 1 项），按期在办 2 项，逾期 1 项")
    assert f"· {SOUTH}：{OBJECTIVE}，已逾期5天（{SOUTH}责任人）" in said
    assert (tally.below.every, tally.not_reported) == (0, [SOUTH])


async def test_the_bureau_counts_its_task_with_what_lies_below(
    down: BrokenDown, local: Local, campaign: Campaign
) -> None:
    said = words(await tally_of(down, local, down.bureau), campaign)
    assert said[2].startswith("任务 1 项（下级1/4）：")
    english = words(await tally_of(down, local, down.bureau), campaign, "en")
    assert english[2].startswith("Tasks: 1 (subtasks 1/4): 0 completed today")
    assert "No task is overdue (overdue subtasks: 1)." in english


async def test_late_tasks_above_and_below_stand_in_one_title(
    down: BrokenDown, local: Local, campaign: Campaign
) -> None:
    down.world.task.deadline = date(2026, 12, 10)
    said = words(await tally_of(down, local), campaign)
    assert "🔴 逾期任务 1 项（下级逾期1）" in said


async def test_a_child_of_a_cancelled_task_counts_again(down: BrokenDown, local: Local) -> None:
    """Nothing lies below a task that was cancelled: what was completed stays as it is."""
    down.parent.state = TaskState.CANCELLED
    tally = await tally_of(down, local)
    assert (tally.done, tally.on_time, len(tally.late), tally.below.every) == (1, 3, 1, 0)


async def test_three_levels_are_one_task_and_all_below_it(
    down: BrokenDown, local: Local, roster: Roster
) -> None:
    """In the district all lies below the bureau's task, in the street below its own part of it."""
    street = await child_of(roster, down.parent, down.world.other_unit, deadline=date(2026, 12, 31))
    for name in (SOUTH, WEST):
        down.children[name].parent_id = id_of(street)
    await down.session.flush()
    whole = await tally_of(down, local)
    assert (whole.done + whole.on_time, whole.below.every, whole.below.late) == (2, 5, 1)
    there = await tally_of(down, local, down.world.other_unit, *down.units.values())
    # The street's part, and the two villages' tasks right below the bureau's.
    assert (there.done, there.on_time, len(there.late)) == (1, 2, 0)
    assert (there.below.every, there.below.done, there.below.late) == (2, 0, 1)


async def test_what_counts_itself_is_not_below_as_well(
    down: BrokenDown, local: Local, roster: Roster
) -> None:
    """A scope without the street: the village below it counts, though the bureau's task stands there."""
    street = await child_of(roster, down.parent, down.world.other_unit, deadline=date(2026, 12, 31))
    down.children[SOUTH].parent_id = id_of(street)
    await down.session.flush()
    tally = await tally_of(down, local, down.bureau, down.units[SOUTH])
    assert (tally.on_time, len(tally.late), tally.below.every, tally.below.late) == (1, 1, 4, 0)


# -- who owes a report ------------------------------------------------------------------------------------


async def test_who_is_expected_to_report_depends_on_the_scope(
    down: BrokenDown, local: Local, office: Turn
) -> None:
    """The late village in its street; the bureau in the district, as nobody below it has reported."""
    down.parent.deadline = date(2026, 12, 16)
    await down.session.flush()
    assert (await tally_of(down, local)).not_reported == ["农业农村局"]
    assert (await tally_of(down, local, down.bureau)).not_reported == ["农业农村局"]
    assert (await tally_of(down, local, *down.units.values())).not_reported == [SOUTH]
    await down.report(WEST, "今天清运垃圾3车", local(12, 15, 10))
    assert (await tally_of(down, local)).not_reported == []
    assert (await tally_of(down, local, down.bureau)).not_reported == []
    assert (await tally_of(down, local, *down.units.values())).not_reported == [SOUTH]


async def test_a_unit_whose_task_was_broken_down_waits_for_its_parts(
    down: BrokenDown, office: Turn, local: Local
) -> None:
    """It is named until they report; once all of them are completed it owes 申请办结, which is no report."""
    down.parent.deadline, down.parent.frequency, down.parent.own_reports = date(2026, 12, 16), None, True
    await down.session.flush()
    turn = replace(office, now=local(12, 18, 19))
    await assert_named(down, local, turn, named=True)
    for child in down.children.values():
        child.state = TaskState.COMPLETED
    await down.session.flush()
    await assert_named(down, local, turn, named=False)
    for child in down.children.values():
        child.state = TaskState.CANCELLED
    await down.session.flush()
    await assert_named(down, local, turn, named=True)


async def assert_named(down: BrokenDown, local: Local, turn: Turn, *, named: bool) -> None:
    assert ("农业农村局" in (await tally_of(down, local)).not_reported) is named
    assert (id_of(down.bureau) in {one.unit_id for one in await silent_units(turn, None)}) is named


@pytest.mark.parametrize("own", [False, True])
async def test_what_parts_report_each_day_is_a_report_of_the_unit_above(
    down: BrokenDown, office: Turn, local: Local, own: bool
) -> None:
    """Its task is due each day and lies in parts; another one of the unit is late and does not."""
    for task in (down.parent, *down.children.values()):
        task.deadline, task.frequency = None, Frequency.DAILY
    down.parent.own_reports = own
    await down.roster.task(down.bureau, "其他工作", date(2026, 12, 10))
    turn = replace(office, now=local(12, 15, 19))
    await assert_named(down, local, turn, named=True)
    await down.zero(SOUTH, local(12, 15, 10))
    await assert_named(down, local, turn, named=False)
    silent = await silent_units(replace(turn, now=local(12, 16, 19)), None)
    assert [one.days for one in silent if one.unit_id == id_of(down.bureau)] == [1]


async def test_a_zero_report_of_a_whole_unit_is_one_from_below_where_it_stands_for_a_part(
    down: BrokenDown, office: Turn, local: Local
) -> None:
    for task in (down.parent, *down.children.values()):
        task.deadline, task.frequency = None, Frequency.DAILY
    down.parent.own_reports = False
    south = down.people[SOUTH]
    other = await down.roster.task(down.units[SOUTH], "其他工作", None, south.contact)
    other.frequency = Frequency.DAILY
    await down.session.flush()
    said = turn_for(down.session, south, local(12, 15, 10), down.campaign)
    await zero_reports.confirm(said, sorted([id_of(down.children[SOUTH]), id_of(other)]))
    await assert_named(down, local, replace(office, now=local(12, 15, 19)), named=False)


async def test_what_a_part_let_count_for_the_task_above_is_from_below(
    down: BrokenDown, office: Turn, local: Local
) -> None:
    """归入上级任务: a report on the bureau's own task, of a village. Of others there it is none."""
    down.parent.deadline = date(2026, 12, 16)
    above = down.talk(WEST, local(12, 15, 11))
    card = await above.write("今天清运垃圾9车", about=[id_of(down.children[WEST])])
    await above.confirm(await above.pick(card, id_of(down.parent)))
    await assert_named(down, local, replace(office, now=local(12, 15, 19)), named=False)
    down.children[WEST].lead_unit_id = id_of(down.units[NORTH])
    await down.session.flush()
    await assert_named(down, local, replace(office, now=local(12, 15, 19)), named=True)


async def test_parts_that_were_made_today_owe_nothing_yet(
    down: BrokenDown, office: Turn, local: Local
) -> None:
    down.parent.deadline = date(2026, 12, 16)
    for child in down.children.values():
        child.created_at = local(12, 15, 10)
    await down.session.flush()
    assert (await tally_of(down, local)).not_reported == []


async def test_units_that_have_long_been_silent_are_those_whose_tasks_count(
    down: BrokenDown, office: Turn, local: Local
) -> None:
    turn = replace(office, now=local(12, 18, 19))
    villages = {id_of(unit) for unit in down.units.values()}
    open_ones = villages - {id_of(down.units[EAST])}
    everywhere = {id_of(down.world.unit), id_of(down.bureau)}
    assert {one.unit_id for one in await silent_units(turn, None)} == everywhere
    assert {one.unit_id for one in await silent_units(turn, villages)} == open_ones
    await down.report(SOUTH, "今天清运垃圾3车", local(12, 15, 10))
    (bureau,) = [one for one in await silent_units(turn, None) if one.unit_id == id_of(down.bureau)]
    assert (bureau.days, bureau.last, bureau.tasks) == (3, local(12, 15, 10), [down.parent])


async def test_the_office_urges_about_its_own_tasks_and_a_unit_about_all_of_its_own(
    down: BrokenDown, office: Turn
) -> None:
    counts = {
        row[0].arguments["kind"]: row[0].label.values["count"]
        for row in (await reminder_views.menu(office, "")).rows
        if isinstance(row[0].label, Text)
    }
    assert (counts[ReminderKind.OVERDUE], counts[ReminderKind.UNSIGNED]) == (0, 2)
    unit = ReminderTarget(ReminderKind.UNIT, id_of(down.units[SOUTH]))
    assert list((await reminders.plan(office, unit)).tasks) == [down.children[SOUTH].id]


async def test_who_lists_the_unsigned_tasks_of_the_readers_scope(
    down: BrokenDown, office: Turn, roster: Roster
) -> None:
    view = await who_overview.page(office, OverviewGap.UNSIGNED)
    assert view.lines[0].values["count"] == 2
    leader = await roster.actor(down.world.other_unit, "东风街道主要领导", Role.PRINCIPAL_LEADER)
    mine = await who_overview.page(replace(office, actor=leader), OverviewGap.UNSIGNED)
    assert mine.lines[0].values["count"] == 3


# -- other places -----------------------------------------------------------------------------------------


async def test_the_board_says_what_lies_below(
    down: BrokenDown, local: Local, campaign: Campaign, session: Session
) -> None:
    group = await Rows(session, local(12, 15, 8)).group(tallied.GROUP, down.world.office.contact)
    shown = await boards.render(tick_for(session, local(12, 15, 8, 30), campaign), id_of(group))
    assert shown is not None
    said = shown[0].plain("zh").splitlines()
    assert said[2:4] == ["办结 0/2 项（下级1/4）", "🔴 下级逾期1"]


async def test_a_brief_without_news_says_what_lies_below(
    down: BrokenDown, roster: Roster, session: Session, local: Local, campaign: Campaign
) -> None:
    leader = await roster.actor(down.bureau, "农业农村局分管领导", Role.LEADER_IN_CHARGE)
    turn = turn_for(session, leader, local(12, 16, 9), campaign)
    tally = await briefs.tally_of(turn, date(2026, 12, 15))
    assert "无逾期任务（下级逾期1）。" in briefs.view_of(turn, tally, whole=False).plain("zh")
    down.children[SOUTH].deadline = date(2026, 12, 31)
    await session.flush()
    tally = await briefs.tally_of(turn, date(2026, 12, 15))
    assert "按期在办 1 项（下级1/4）。" in briefs.view_of(turn, tally, whole=False).plain("zh")


async def test_the_picture_of_a_tally_says_what_lies_below(
    down: BrokenDown, local: Local, campaign: Campaign
) -> None:
    picture = tally_picture(
        await tally_of(down, local), [], tally_title(date(2026, 12, 15), None), campaign.zone, "zh"
    )
    assert picture.notes[0].startswith("合计：任务 2 项（下级1/4，下级逾期1），办结 0 项")


async def test_the_preview_of_the_office_says_it(down: BrokenDown, local: Local, campaign: Campaign) -> None:
    tally = await tally_of(down, local)
    said = [plain(line, "zh") for line in preview_lines(tally, campaign.zone)]
    assert said[1].startswith("任务 2 项（下级1/4）：")
    assert said[2] == "无逾期任务（下级逾期1）。"


async def test_the_card_of_a_unit_counts_in_its_own_scope(down: BrokenDown, office: Turn) -> None:
    bureau = (await unit_card.card(office, id_of(down.bureau))).plain("zh")
    assert "任务 在办 1 项：🔴0 🟡0 🟢1 ⚪0；已办结 0 项（下级1/4，下级逾期1）" in bureau
    village = (await unit_card.card(office, id_of(down.units[SOUTH]))).plain("zh")
    assert "任务 在办 1 项：🔴1 🟡0 🟢0 ⚪0；已办结 0 项" in village
    listed = await unit_card.task_list(office, id_of(down.units[SOUTH]))
    assert listed.lines[0].values["count"] == 1


async def test_missing_reports_behind_a_tally_are_those_of_its_scope(
    down: BrokenDown, office: Turn, local: Local, session: Session, campaign: Campaign
) -> None:
    """Who sees a village alone sees no more of the district's tally than the district counts."""
    daily = await down.roster.task(down.units[WEST], "每日巡查", None)
    down.children[WEST].frequency = daily.frequency
    await session.flush()
    about: dict[str, Any] = {"since": local(12, 14, 18), "until": local(12, 15, 18)}
    reader = turn_for(session, down.people[WEST], local(12, 15, 19), campaign)
    district = await missed_list.all_missed(reader, **about, units=None)
    assert keys(district).count("tally.missed_line") == 1
    own = await missed_list.all_missed(reader, **about, units={id_of(down.units[WEST])})
    assert keys(own).count("tally.missed_line") == 2


# -- /tally -----------------------------------------------------------------------------------------------


async def test_tally_says_what_lies_below_and_its_parts_add_up(down: BrokenDown, office: Turn) -> None:
    asked = TallySelection(FigurePeriod.WEEK)
    shown = (await period_tally_views.overview(office, asked)).plain("zh")
    assert "目前：任务 2 项（下级1/4，下级逾期1）：累计办结 0 项，按期在办 2 项，逾期 0 项" in shown
    cut = await period_tallies.cut_of(office, asked)
    for by in TallyBreakdown:
        parts = [one.line.standing for one in await tally_parts.parts(office, asked, cut, by)]
        counts = [one for one in parts if one is not None]
        assert sum(one.every for one in counts) == 2, by
        assert sum(one.below.every for one in counts) == 4, by
    by_unit = (await period_tally_views.breakdown(office, asked, TallyBreakdown.UNIT, offset=0)).plain("zh")
    assert "农业农村局：报告 0 份，办结 0 项，按期在办 1 项，逾期 0 项（下级1/4，下级逾期1）" in by_unit


async def test_the_tier_of_the_villages_counts_their_tasks(down: BrokenDown, office: Turn) -> None:
    asked = TallySelection(FigurePeriod.WEEK, tier=Tier.VILLAGE)
    shown = (await period_tally_views.overview(office, asked)).plain("zh")
    assert "目前：累计办结 1 项，按期在办 2 项，逾期 1 项" in shown


async def test_a_cut_by_action_counts_what_has_a_parent_of_another(down: BrokenDown, office: Turn) -> None:
    """In the parent's own cut it lies below, as everywhere else."""
    down.children[SOUTH].action = "乡村环境整治"
    await down.session.flush()
    cut = await period_tallies.cut_of(office, TallySelection(action="乡村环境整治"))
    assert [task.id for task in await period_tallies.tasks_of(office, cut)] == [down.children[SOUTH].id]
    cut = await period_tallies.cut_of(office, TallySelection(action="市容环境整治"))
    below = await period_tallies.below(office, cut)
    assert [(one.lead_unit_id, one.every) for one in below] == [(id_of(down.bureau), 4)]


async def test_the_sheet_of_a_tally_has_what_lies_below_if_anything_does(
    down: BrokenDown, office: Turn
) -> None:
    async def sheets() -> list[list[tuple[Any, ...]]]:
        view = await period_tally_views.export(office, TallySelection(FigurePeriod.WEEK))
        make = view.files[0].make
        assert make is not None
        book = openpyxl.load_workbook(BytesIO(make()))
        return [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]

    numbers, parts = await sheets()
    there = {row[0]: row[2] for row in numbers}
    names = ("目前下级任务", "其中：下级已办结", "其中：下级逾期")
    assert [there[name] for name in names] == [4, 1, 1]
    head = next(row for row in parts if row[0] == "责任单位")
    assert head[-3:] == ("下级任务（项）", "下级办结（项）", "下级逾期（项）")
    assert next(row for row in parts if row[0] == "农业农村局")[-3:] == (4, 1, 1)
    for child in down.children.values():
        child.state = TaskState.CANCELLED
    await down.session.flush()
    numbers, parts = await sheets()
    assert not {row[0] for row in numbers} & set(names)
    assert len(next(row for row in parts if row[0] == "责任单位")) == 5


# -- totals -----------------------------------------------------------------------------------------------


@pytest.fixture
def all_open(down: BrokenDown) -> BrokenDown:
    """All villages still work on their parts."""
    down.children[EAST].state, down.children[EAST].completed_at = TaskState.ASSIGNED, None
    return down


async def test_the_card_and_its_sources_are_of_the_task_and_all_below(
    all_open: BrokenDown, office: Turn, local: Local
) -> None:
    down = all_open
    at = local(12, 15, 10)
    receipts = await down.lorries([12, 9, 15], at)
    card = (await task_card.card(office, id_of(down.parent))).plain("zh")
    assert "累计：清运垃圾 36车" in card
    view = await tally_sources.task_sources(office, id_of(down.parent))
    said = view.plain("zh").splitlines()
    assert said[1:] == [
        "清运垃圾 累计 36车",
        f"{WEST} 15车：",
        f"· {receipts[2]} {WEST} 15车",
        f"{EAST} 12车：",
        f"· {receipts[0]} {EAST} 12车",
        f"{SOUTH} 9车：",
        f"· {receipts[1]} {SOUTH} 9车",
    ]
    child = await tally_sources.task_sources(office, id_of(down.children[EAST]))
    assert child.plain("zh").splitlines()[1:] == ["清运垃圾 累计 12车", f"· {receipts[0]} {EAST} 12车"]


async def test_who_only_assists_sees_no_reports_of_other_units_below(
    all_open: BrokenDown, office: Turn, local: Local, session: Session, roster: Roster
) -> None:
    down = all_open
    for unit in down.units.values():
        session.add(TaskAssistingUnit(task_id=id_of(down.parent), unit_id=id_of(unit)))
    receipts = await down.lorries([12, 9, 15], local(12, 15, 10))
    reader = replace(office, actor=down.people[SOUTH])
    view = await tally_sources.task_sources(reader, id_of(down.parent))
    assert view.plain("zh").splitlines()[1:] == [
        "清运垃圾 累计 9车",
        f"{SOUTH} 9车：",
        f"· {receipts[1]} {SOUTH} 9车",
        "（下级报告只列出您单位的，合计可能小于任务中的数字。）",
    ]
    head = replace(office, actor=down.head)
    assert "累计 36车" in (await tally_sources.task_sources(head, id_of(down.parent))).plain("zh")
    own = SourceSelection(reader.now, task_id=id_of(down.parent))
    page = await tally_sources.of_item(reader, own, item="清运垃圾", measure="车")
    assert keys(page).count("sources.part") == 1


async def test_a_target_is_reached_by_what_lies_below_and_counts_once(
    all_open: BrokenDown, office: Turn, local: Local
) -> None:
    """The targets of the villages are no targets of the district."""
    down = all_open
    down.parent.target_value, down.parent.target_unit = Decimal(40), "车"
    for child in down.children.values():
        child.target_value, child.target_unit = Decimal(10), "车"
    await down.lorries([12, 9, 15], local(12, 15, 10))
    card = (await task_card.card(office, id_of(down.parent))).plain("zh")
    assert "累计：清运垃圾 36车／目标 40车（90%）" in card

    async def sums(*units: Any) -> list[tuple[str, Decimal, Decimal]]:
        scope = {id_of(unit) for unit in units} or None
        found = await task_targets.target_sums(down.session, scope, local(12, 15, 18))
        return [(one.item, one.reached, one.target) for one in found]

    assert await sums() == [("清运垃圾", Decimal(36), Decimal(40))]
    assert await sums(down.bureau) == [("清运垃圾", Decimal(36), Decimal(40))]
    villages = await sums(*down.units.values())
    assert villages == [(OBJECTIVE, Decimal(0), Decimal(10)), ("清运垃圾", Decimal(36), Decimal(30))]
    for child in down.children.values():
        child.target_value = None
    await down.session.flush()
    assert await task_targets.targeted_metrics(down.session) == [("清运垃圾", "车")]


async def test_a_unit_of_whose_parts_somebody_has_news_is_none_with_nothing_new(
    down: BrokenDown, local: Local, campaign: Campaign
) -> None:
    down.parent.own_reports = True
    await down.session.flush()
    at = local(12, 15, 15)
    await Talk(down.session, down.head, at, campaign).zero(about=[id_of(down.parent)])
    assert (await tally_of(down, local)).zero_reported == ["农业农村局"]
    assert (await tally_of(down, local, down.bureau)).zero_reported == ["农业农村局"]
    await down.report(SOUTH, "今天清运垃圾12车", at)
    assert (await tally_of(down, local)).zero_reported == []
    assert (await tally_of(down, local, down.bureau)).zero_reported == []
