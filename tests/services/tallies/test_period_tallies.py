"""``/tally``: any period and cut, compared with earlier ones, and what is behind each number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from docx import Document

from locales import Text, plain
from models.db import Session, ident
from models.people import Unit
from models.progress import ReportKind, report_lookup
from models.progress.report_lookup import CountedPart
from reports.period_tally import Comparison, PeriodTally
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role, Tier
from rules.periods import FigurePeriod, PeriodSpan
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.tallies import period_tallies, period_tally_views, tally_parts, tally_sources
from services.tallies.period_tallies import TallySelection
from services.tallies.tally_parts import TallyBreakdown, heads_of
from services.tallies.tally_periods import spans_of
from services.tallies.tally_sources import SourceSelection
from services.turn import Turn
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, keys, refused
from tests.services.tallies.districts import District
from tests.support.people import Roster
from tests.support.turns import turn_for

STEP = timedelta(microseconds=1)


@pytest.fixture
async def district(session: Session, world: World, roster: Roster, local: Local) -> District:
    made = District(session, world, roster, local(12, 16, 8, 37))
    await made.begin()
    return made


@pytest.fixture
def at(local: Local) -> datetime:
    """A Wednesday morning."""
    return local(12, 16, 8, 37)


@pytest.fixture
def office(session: Session, world: World, campaign: Campaign, at: datetime) -> Turn:
    return turn_for(session, world.office, at, campaign)


async def counted(turn: Turn, asked: TallySelection) -> PeriodTally:
    cut = await period_tallies.cut_of(turn, asked)
    return await period_tallies.count(turn, cut, await period_tallies.tasks_of(turn, cut))


WEEK = TallySelection(FigurePeriod.WEEK)


def compared(*numbers: int) -> Comparison:
    return Comparison(*map(Decimal, numbers))


# -- periods -------------------------------------------------------------------------------------------


def test_a_running_week_is_compared_up_to_the_same_day_and_hour(
    campaign: Campaign, at: datetime, local: Local
) -> None:
    spans = spans_of(FigurePeriod.WEEK, at, campaign)
    assert spans.now == PeriodSpan(local(12, 14) - STEP, at)
    assert spans.before == PeriodSpan(local(12, 7) - STEP, local(12, 9, 8, 37))
    assert spans.year_before == PeriodSpan(local(12, 15, year=2025) - STEP, local(12, 17, 8, 37, year=2025))


def test_a_month_that_is_over_is_compared_whole(campaign: Campaign, at: datetime, local: Local) -> None:
    spans = spans_of(FigurePeriod.LAST_MONTH, at, campaign)
    assert spans.now == PeriodSpan(local(11, 1) - STEP, local(12, 1) - STEP)
    assert spans.before == PeriodSpan(local(10, 1) - STEP, local(11, 1) - STEP)
    assert spans.year_before == PeriodSpan(local(11, 1, year=2025) - STEP, local(12, 1, year=2025) - STEP)


# -- numbers -------------------------------------------------------------------------------------------


async def test_a_week_beside_the_week_before(district: District, office: Turn, local: Local) -> None:
    await district.file("城管局", 20, local(12, 8, 10))
    await district.file("城管局", 7, local(12, 10, 10))  # later in the week than it is now
    await district.file("城管局", 30, local(12, 14))
    await district.file("东风街道", 5, local(12, 15, 9), late=True)
    await district.file("东风街道", 0, local(12, 15, 10), kind=ReportKind.ZERO)
    await district.file("城管局", 3, local(12, 13, 18), reported_at=local(12, 14, 9))  # of last week
    await district.file("城管局", 2, local(12, 14, 18), reported_at=local(12, 15, 9))
    tally = await counted(office, WEEK)
    assert tally.reports == compared(4, 1)
    assert (tally.zero, tally.late, tally.made_up, tally.units) == (1, 1, 1, 2)
    (line,) = tally.quantities
    assert (line.item, line.added, line.total) == ("清理小广告", compared(37, 20), Decimal(67))


async def test_nothing_is_compared_before_the_first_report(
    district: District, office: Turn, local: Local
) -> None:
    await district.file("城管局", 20, local(12, 14, 10))
    tally = await counted(office, WEEK)
    assert (tally.reports, tally.before, tally.year_before) == (compared(1), None, None)
    assert (await counted(office, TallySelection(FigurePeriod.DAY))).reports == compared(0, 0)


async def test_where_there_is_a_past_the_year_before_stands_beside(
    district: District, office: Turn, local: Local
) -> None:
    await district.file("城管局", 4, local(12, 16, 8, year=2025))
    await district.file("城管局", 6, local(12, 16, 8))
    year = await counted(office, TallySelection(FigurePeriod.YEAR))
    assert (year.reports, year.before) == (Comparison(Decimal(1), None, Decimal(1)), None)
    (line,) = year.quantities
    assert line.added == Comparison(Decimal(6), None, Decimal(4))
    assert line.total == Decimal(10)


async def test_completed_tasks_and_cases_of_the_period(
    district: District, office: Turn, world: World, case_desk: Any, local: Local
) -> None:
    done = district.tasks["城管局"]
    done.state, done.completed_at = TaskState.COMPLETED, local(12, 15, 9)
    await district.file("城管局", 1, local(12, 1))
    category = await case_desk.category(unit=world.unit)
    case = await case_desk.report(world.office, category)
    await case_desk.step(case, CaseEvent.REGISTER, world.office)
    tally = await counted(office, WEEK)
    assert tally.completed == compared(1, 0)
    assert tally.standing is not None
    assert (tally.standing.done, tally.standing.on_time, tally.standing.late) == (1, 3, 0)
    assert (tally.registered, tally.closed) == (compared(1, 0), compared(0, 0))
    assert (await counted(office, replace(WEEK, action="市容环境整治"))).registered is None
    assert (await counted(office, TallySelection(FigurePeriod.LAST_WEEK))).standing is None


# -- cuts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cut", "units"),
    [
        ({}, {"城管局", "东风街道", "西山村"}),
        ({"tier": Tier.STREET}, {"东风街道"}),
        ({"unit": "东风街道"}, {"东风街道", "西山村"}),
        ({"unit": "东风街道", "alone": True}, {"东风街道"}),
        ({"unit": "东风街道", "tier": Tier.STREET}, {"东风街道"}),
        ({"action": "市容环境整治"}, {"城管局", "东风街道"}),
        ({"focus": "宣传氛围"}, {"西山村"}),
        ({"action": "市容环境整治", "focus": "宣传氛围"}, set()),
        ({"unit": "东风街道", "action": "市容环境整治"}, {"东风街道"}),
    ],
)
async def test_a_cut_counts_its_units_and_tasks_and_lists_their_reports(
    district: District, office: Turn, local: Local, cut: Mapping[str, Any], units: set[str]
) -> None:
    amounts = {"城管局": 1, "东风街道": 10, "西山村": 100}
    for unit, amount in amounts.items():
        await district.file(unit, amount, local(12, 15, 9))
    about = dict(cut)
    if (name := about.pop("unit", None)) is not None:
        about["unit_id"] = district.tasks[name].lead_unit_id
    asked = replace(WEEK, **about)
    tally = await counted(office, asked)
    assert tally.reports.now == len(units)
    assert sum(line.added.now for line in tally.quantities) == sum(amounts[unit] for unit in units)
    listed = await period_tally_views.reports(office, asked, offset=0)
    assert {line.values["unit"] for line in listed.lines if line.key == "period_tally.report_line"} == units
    view = await period_tally_views.overview(office, asked)
    assert len(buttons(view, "figures.sources")) == bool(units)
    for found in buttons(view, "figures.sources"):
        behind = await opened(office, found.arguments)
        shown = [line for line in behind.lines if line.key == "sources.part"]
        assert {line.values["unit"] for line in shown} == units


async def opened(turn: Turn, arguments: Mapping[str, Any]) -> View:
    moments = {
        name: datetime.fromisoformat(arguments[name]) for name in ("since", "until") if arguments[name]
    }
    return await tally_sources.sources(turn, SourceSelection(**{**arguments, **moments}))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (TallyBreakdown.TIER, {"部门": 1, "街道": 2, "村居": 1}),
        (TallyBreakdown.UNIT, {"城管局": 1, "东风街道": 3, "创城办": 0}),
        (TallyBreakdown.ACTION, {"市容环境整治": 3, "文明创建宣传": 1}),
        (TallyBreakdown.FOCUS, {"户外广告": 1, "宣传氛围": 1, "未注明重点": 2}),
    ],
)
async def test_the_parts_open_the_tallies_whose_numbers_they_show(
    district: District, office: Turn, local: Local, by: TallyBreakdown, expected: Mapping[str, int]
) -> None:
    for unit, hour in (("城管局", 9), ("东风街道", 9), ("东风街道", 10), ("西山村", 9)):
        await district.file(unit, 1, local(12, 15, hour))
    done = district.tasks["西山村"]
    done.state, done.completed_at = TaskState.COMPLETED, local(12, 15, 11)
    cut = await period_tallies.cut_of(office, WEEK)
    parts = await tally_parts.parts(office, WEEK, cut, by)
    found = {plain(part.line.name, "zh"): part.line.reports for part in parts}
    assert found == {name: count for name, count in expected.items() if count}
    assert parts[-1].selection is None or by is not TallyBreakdown.FOCUS
    whole = await counted(office, WEEK)
    assert sum(part.line.reports for part in parts) == whole.reports.now
    assert sum(part.line.completed for part in parts) == whole.completed.now == 1
    for part in parts:
        if part.selection is not None:
            tally = await counted(office, part.selection)
            assert tally.reports.now == part.line.reports
            assert tally.completed.now == part.line.completed
            assert tally.standing == part.line.standing


async def test_a_unit_is_broken_down_into_those_below_it_and_its_own(
    district: District, office: Turn, local: Local
) -> None:
    for unit in ("东风街道", "西山村", "西山村"):
        await district.file(unit, 1, local(12, 15, 9))
    asked = replace(WEEK, unit_id=district.world.other_unit.id)
    cut = await period_tallies.cut_of(office, asked)
    parts = await tally_parts.parts(office, asked, cut, TallyBreakdown.UNIT)
    found = {plain(part.line.name, "zh"): part.line.reports for part in parts}
    assert found == {"东风街道（本级）": 1, "西山村": 2}
    own = next(part.selection for part in parts if part.selection and part.selection.alone)
    assert (await counted(office, own)).reports.now == 1


async def test_a_unit_above_which_one_of_another_tier_stands_is_in_the_part_that_opens_it(
    district: District, office: Turn, world: World, local: Local
) -> None:
    """部门 > 街道 > 部门: of the departments, the upper one has the lower one below it."""
    world.other_unit.parent_id = world.unit.id
    district.village.tier = Tier.DEPARTMENT
    for unit in ("城管局", "西山村", "东风街道"):
        await district.file(unit, 1, local(12, 15, 9))
    asked = replace(WEEK, tier=Tier.DEPARTMENT)
    cut = await period_tallies.cut_of(office, asked)
    parts = await tally_parts.parts(office, asked, cut, TallyBreakdown.UNIT)
    found = {plain(part.line.name, "zh"): part for part in parts}
    assert found["城管局"].line.reports == 2
    opens = found["城管局"].selection
    assert opens is not None
    assert (await counted(office, opens)).reports.now == 2


async def test_what_has_most_late_tasks_comes_first_and_a_past_period_says_nothing_of_today(
    district: District, office: Turn, local: Local
) -> None:
    district.tasks["西山村"].deadline = date(2026, 12, 15)
    for unit, many in (("城管局", 2), ("东风街道", 1)):
        for hour in range(many):
            await district.file(unit, 1, local(12, 15, 9 + hour))
    week = await period_tally_views.breakdown(office, WEEK, TallyBreakdown.TIER, offset=0)
    lines = [line for line in week.lines if line.key == "period_tally.part_line"]
    assert [plain(line.values["name"], "zh") for line in lines] == ["村居", "街道", "部门"]
    assert [line.values["late"] for line in lines] == [1, 0, 0]
    past = TallySelection(FigurePeriod.LAST_WEEK)
    view = await period_tally_views.breakdown(office, past, TallyBreakdown.TIER, offset=0)
    assert "period_tally.past_part_line" in keys(view)
    assert "period_tally.part_line" not in keys(view)


def test_units_that_are_each_others_parents_end_somewhere() -> None:
    every = {1: Unit(id=1, name="甲", tier=Tier.STREET, parent_id=2)}
    every[2] = Unit(id=2, name="乙", tier=Tier.STREET, parent_id=1)
    every[3] = Unit(id=3, name="丙", tier=Tier.STREET, parent_id=3)
    assert set(heads_of(every, None, None)) == {1, 2, 3}


# -- who sees what -------------------------------------------------------------------------------------


async def test_everybody_has_the_tally_of_what_they_may_see(
    district: District, world: World, campaign: Campaign, session: Session, at: datetime, local: Local
) -> None:
    for unit in ("城管局", "东风街道", "西山村"):
        await district.file(unit, 1, local(12, 15, 9))
    street = await district.roster.actor(world.other_unit, "街道主任", Role.PRINCIPAL_LEADER)

    async def reports(actor: Actor, **cut: Any) -> tuple[int, int]:
        """How many the tally counts, and how many its list names."""
        turn, asked = turn_for(session, actor, at, campaign), replace(WEEK, **cut)
        listed = keys(await period_tally_views.reports(turn, asked, offset=0))
        return int((await counted(turn, asked)).reports.now), listed.count("period_tally.report_line")

    assert await reports(world.office) == (3, 3)
    assert await reports(world.responsible) == (1, 1)
    assert await reports(street) == (2, 2)
    assert await refused(reports(world.responsible, unit_id=ident(world.other_unit))) == (
        "period_tally.not_yours"
    )
    view = await period_tally_views.overview(turn_for(session, world.responsible, at, campaign), WEEK)
    # It is one unit with one action.
    assert {found.arguments["by"] for found in buttons(view, "periods.parts")} == {TallyBreakdown.FOCUS.value}


async def test_who_does_not_see_all_reads_whose_numbers_they_are(
    district: District, world: World, campaign: Campaign, session: Session, at: datetime
) -> None:
    street = await district.roster.actor(world.other_unit, "街道主任", Role.PRINCIPAL_LEADER)

    async def title(actor: Actor, asked: TallySelection) -> str:
        view = await period_tally_views.overview(turn_for(session, actor, at, campaign), asked)
        return view.plain("zh").splitlines()[0]

    action = replace(WEEK, action="市容环境整治")
    assert await title(world.responsible, WEEK) == "【创城统计】本周 城管局"
    assert await title(world.responsible, action) == "【创城统计】本周 城管局、市容环境整治"
    assert await title(street, replace(WEEK, tier=Tier.VILLAGE)) == "【创城统计】本周 职责范围内单位、村居"
    assert await title(world.office, action) == "【创城统计】本周 市容环境整治"


# -- what the chat shows -------------------------------------------------------------------------------


async def test_the_chat_shows_numbers_changes_and_what_they_are_compared_with(
    district: District, office: Turn, local: Local
) -> None:
    await district.file("城管局", 20, local(12, 8, 10))
    for hour in (9, 10, 11):
        await district.file("城管局", 10, local(12, 15, hour))
    view = await period_tally_views.overview(office, WEEK)
    assert view.plain("zh").splitlines()[:3] == [
        "【创城统计】本周 全区",
        "统计时段：12月14日00:00—12月16日08:37",
        "收到报告：3 份（上期 1，环比+200.0%）",
    ]
    assert "· 清理小广告：30处（上期 20处，环比+50.0%），累计 50处" in view.plain("zh").splitlines()
    assert "上期：12月7日00:00—12月9日08:37" in view.plain("zh").splitlines()
    assert "Reports: 3 (before: 1, +200.0%)" in view.plain("en").splitlines()


async def test_what_has_not_changed_fell_or_was_nothing(
    district: District, office: Turn, local: Local
) -> None:
    for unit, before, now in (("城管局", 8, 8), ("东风街道", 16, 9), ("西山村", 0, 5)):
        task = district.tasks[unit]
        metric = await district.rows.metric(task, f"{unit}的数", "处")
        district.metrics[unit] = metric
        await district.file(unit, before, local(12, 8, 8))
        await district.file(unit, now, local(12, 15, 8))
    shown = (await period_tally_views.overview(office, WEEK)).plain("zh")
    assert "城管局的数：8处（上期 8处，环比持平）" in shown
    assert "东风街道的数：9处（上期 16处，环比-43.8%）" in shown
    assert "西山村的数：5处（上期 0处）" in shown


@pytest.mark.parametrize(
    ("words", "period"),
    [
        ("", FigurePeriod.DAY),
        ("上季度", FigurePeriod.LAST_QUARTER),
        ("last month", FigurePeriod.LAST_MONTH),
        ("12月1日至12月3日", FigurePeriod.DAYS),
    ],
)
async def test_the_words_behind_the_command(
    district: District, office: Turn, words: str, period: FigurePeriod
) -> None:
    view = await period_tally_views.of_words(office, words)
    named = view.lines[0].values["period"]
    assert isinstance(named, Text)
    assert named.key == f"periods.{period.value}"
    others = {found.arguments["period"] for found in buttons(view, "periods.tally")}
    assert others == {one.value for one in FigurePeriod} - {period.value, FigurePeriod.DAYS.value}


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("12月3日至12月1日", "periods.days_backwards"),
        ("2026-12-17 2026-12-20", "periods.days_to_come"),
        ("城管局", "periods.no_days"),
    ],
)
async def test_words_that_name_no_period(office: Turn, words: str, refusal: str) -> None:
    assert await refused(period_tally_views.of_words(office, words)) == refusal


async def test_a_period_without_anything_is_short(district: District, office: Turn) -> None:
    view = await period_tally_views.overview(office, TallySelection(FigurePeriod.LAST_QUARTER))
    assert "period_tally.quantities_title" not in keys(view)
    assert not buttons(view, "periods.reports")


async def test_numbers_stay_those_of_the_moment_while_somebody_reads_on(
    district: District, office: Turn, local: Local
) -> None:
    """The buttons keep the moment: what comes in meanwhile is in no list that a number opens."""
    await district.file("城管局", 1, local(12, 16, 8))
    view = await period_tally_views.overview(office, WEEK)
    (found,) = buttons(view, "periods.reports")
    asked = replace(WEEK, at=datetime.fromisoformat(found.arguments["at"]))
    await district.file("城管局", 1, local(12, 16, 9))
    later = replace(office, now=local(12, 16, 10))
    listed = await period_tally_views.reports(later, asked, offset=0)
    assert listed.lines[0].values["what"].values["count"] == 1


async def test_parts_of_the_reports_are_listed(district: District, office: Turn, local: Local) -> None:
    """零报告, 逾期, 补报: each number opens its own reports, and only these."""
    await district.file("城管局", 1, local(12, 15, 8))
    came = local(12, 15, 10)
    late = await district.file("城管局", 1, local(12, 15, 9), reported_at=came, late=True)
    zero = await district.file("东风街道", 0, local(12, 15, 10), kind=ReportKind.ZERO)
    view = await period_tally_views.reports(office, WEEK, offset=0)
    labels = [one.label.key for one in buttons(view, "periods.reports")]
    assert labels == [f"period_tally.part.{part.value}" for part in CountedPart]
    for part, number in ((CountedPart.ZERO, zero), (CountedPart.LATE, late), (CountedPart.MADE_UP, late)):
        view = await period_tally_views.reports(office, WEEK, offset=0, part=part)
        listed = [line.values["number"] for line in view.lines if line.key == "period_tally.report_line"]
        assert listed == [number]
        assert view.lines[0].values["what"].values["count"] == 1
        assert not buttons(view, "periods.reports")


async def test_the_tally_as_a_word_file(district: District, office: Turn, local: Local) -> None:
    await district.file("城管局", 12, local(12, 15, 8))
    view = await period_tally_views.paper(office, WEEK)
    (file,) = view.files
    assert file.name == "创城统计_本周_全区_2026-12-16.docx"
    assert file.make is not None
    page = Document(BytesIO(file.make()))
    assert page.paragraphs[0].text == "创城统计 本周 · 全区"
    assert page.paragraphs[1].text.startswith("统计时段：12月14日00:00—")
    assert [cell.text for cell in page.tables[0].rows[1].cells][:4] == ["收到报告", "份", "1", "—"]


async def test_completed_tasks_are_listed_the_last_first(
    district: District, office: Turn, local: Local
) -> None:
    for unit, day in (("城管局", 14), ("东风街道", 15)):
        task = district.tasks[unit]
        task.state, task.completed_at = TaskState.COMPLETED, local(12, day, 9)
    view = await period_tally_views.completed(office, WEEK, offset=0)
    lines = [line for line in view.lines if line.key == "period_tally.completed_line"]
    assert [line.values["unit"] for line in lines] == ["东风街道", "城管局"]


async def test_long_lists_have_pages(district: District, office: Turn, local: Local) -> None:
    """The reports, those first that count last; and the completed tasks."""
    numbers = [await district.file("城管局", 1, local(12, 15, 8, minute)) for minute in range(45)]
    shown: list[str] = []
    for offset in (0, 20, 40):
        view = await period_tally_views.reports(office, WEEK, offset=offset)
        shown += [line.values["number"] for line in view.lines if line.key == "period_tally.report_line"]
    assert shown == numbers[::-1]
    for place in range(25):
        task = await district.roster.task(district.world.unit, f"第{place}项", date(2026, 12, 31))
        task.state, task.completed_at = TaskState.COMPLETED, local(12, 15, 9, place)
    done: list[str] = []
    for offset in (0, 20):
        view = await period_tally_views.completed(office, WEEK, offset=offset)
        done += [line.values["task"] for line in view.lines if line.key == "period_tally.completed_line"]
    assert done == [f"第{place}项" for place in range(24, -1, -1)]


async def test_twelve_quantities_are_shown_and_what_fell_to_nothing_is_one(
    district: District, office: Turn, local: Local
) -> None:
    task = district.tasks["城管局"]
    for place in range(14):
        district.metrics["城管局"] = await district.rows.metric(task, f"第{place}项", "处")
        at = local(12, 8, 8) if place == 0 else local(12, 15, 8)
        await district.file("城管局", 20 - place, at)
    tally = await counted(office, WEEK)
    assert [line.item for line in tally.quantities][-1] == "第0项"
    assert tally.quantities[-1].added == compared(0, 20)
    view = await period_tally_views.overview(office, WEEK)
    assert keys(view).count("period_tally.quantity") == 12
    assert (
        next(line.values["count"] for line in view.lines if line.key == "period_tally.more_quantities") == 2
    )


async def test_withdrawn_reports_are_no_past(district: District, office: Turn, local: Local) -> None:
    await district.file("城管局", 0, local(12, 1, 10), withdrawn=True)
    await district.file("城管局", 1, local(12, 15, 10))
    assert (await counted(office, WEEK)).before is None


async def test_another_year_is_named(district: District, office: Turn) -> None:
    view = await period_tally_views.of_words(office, "2024-11-01 2024-11-20")
    assert "统计时段：2024年11月1日00:00—2024年11月20日23:59" in view.plain("zh").splitlines()


async def test_the_standing_is_that_of_today(district: District, office: Turn, local: Local) -> None:
    """A tally that was opened yesterday does not say how the tasks stand now."""
    asked = replace(WEEK, at=local(12, 15, 17))
    assert (await counted(office, asked)).standing is None
    assert (await counted(office, replace(WEEK, at=local(12, 16, 8)))).standing is not None


async def test_the_longest_names_fit_into_a_message(district: District, office: Turn, local: Local) -> None:
    task = district.tasks["城管局"]
    for place in range(14):
        district.metrics["城管局"] = await district.rows.metric(task, f"{place:02}" + "长" * 198, "量" * 40)
        await district.file("城管局", 1_000_003, local(12, 8, 8))
        await district.file("城管局", 1_234_567, local(12, 15, 8))
    view = await period_tally_views.overview(office, WEEK)
    assert len(view.plain("zh")) < 4_096
    assert len(view.plain("en")) < 4_096


# -- the workbook --------------------------------------------------------------------------------------


async def test_the_workbook_has_the_numbers_of_the_chat_and_all_quantities(
    district: District, office: Turn, local: Local
) -> None:
    await district.file("城管局", 20, local(12, 8, 8))
    await district.file("城管局", 30, local(12, 15, 8))
    task = district.tasks["西山村"]
    for place in range(14):
        district.metrics["西山村"] = await district.rows.metric(task, f"第{place}项", "吨")
        figure = await district.file("西山村", 0, local(12, 15, 9))
        assert figure
        report = await report_lookup.report_by_number(district.session, figure)
        assert report is not None
        await district.rows.figure(report, district.metrics["西山村"], "0.5")
    view = await period_tally_views.export(office, WEEK)
    (file,) = view.files
    assert file.name == "创城统计_本周_全区_2026-12-16.xlsx"
    assert file.make is not None
    book = openpyxl.load_workbook(BytesIO(file.make()))
    assert book.sheetnames == ["统计", "分单位"]
    rows = [[cell.value for cell in row] for row in book["统计"].rows]
    assert rows[0] == ["项目", "单位", "本期", "上期", "环比", "去年同期", "同比", "累计", "备注"]
    assert rows[1] == ["收到报告", "份", 15, 1, "+1400.0%", None, None, None, None]
    assert ["清理小广告", "处", 30, 20, "+50.0%", None, None, 50, None] in rows
    assert ["第13项", "吨", 0.5, 0, None, None, None, 0.5, None] in rows
    parts = [[cell.value for cell in row] for row in book["分单位"].rows]
    assert ["城管局", 1, 0, 2, 0] in parts
    assert ["东风街道", 14, 0, 2, 0] in parts


async def test_a_past_period_of_one_unit_has_one_sheet_and_no_standing(
    district: District, world: World, campaign: Campaign, session: Session, at: datetime
) -> None:
    turn = turn_for(session, world.responsible, at, campaign)
    view = await period_tally_views.export(turn, TallySelection(FigurePeriod.LAST_WEEK))
    (file,) = view.files
    assert file.make is not None
    book = openpyxl.load_workbook(BytesIO(file.make()))
    assert book.sheetnames == ["统计"]
    assert "目前逾期" not in [row[0].value for row in book["统计"].rows]
