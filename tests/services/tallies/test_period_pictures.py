"""The picture of a period's tally: which panels, for whom, and where units and tasks stood."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from locales import Text
from models.db import Session
from models.tasks import Task
from models.tasks.counted_tasks import CountedTask
from reports.papers import made_of
from reports.pictures.picture import (
    BurnDownPanel,
    CasePanel,
    DailyPanel,
    Panel,
    Picture,
    RankPanel,
    TargetPanel,
    UnitPanel,
    picture_of,
)
from reports.pictures.room import MOST_HEIGHT, picture_height
from rules.cases.case_lifecycle import CaseState
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from rules.period_buckets import buckets_of
from rules.periods import FigurePeriod, PeriodSpan
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.tallies import period_pictures, period_tallies, period_tally_views, period_units
from services.tallies.period_axis import PeriodAxis, spans_of
from services.tallies.period_tallies import TallySelection
from services.tallies.period_units import UnitTasks
from services.turn import TickTurn, Turn
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, keys
from tests.services.tallies.districts import District
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

WEEK, MONTH = TallySelection(FigurePeriod.WEEK), TallySelection(FigurePeriod.MONTH)
DAY = timedelta(days=1)


@pytest.fixture
def at(local: Local) -> datetime:
    """A Wednesday morning."""
    return local(12, 16, 8, 37)


@pytest.fixture
async def district(session: Session, world: World, roster: Roster, at: datetime, local: Local) -> District:
    made = District(session, world, roster, at)
    await made.begin()
    for task in [world.task, *made.tasks.values()]:
        task.created_at = local(11, 20, 9)
    return made


@pytest.fixture
def office(session: Session, world: World, campaign: Campaign, at: datetime) -> Turn:
    return turn_for(session, world.office, at, campaign)


async def drawn(turn: Turn, asked: TallySelection) -> Picture | None:
    """The picture as a push to a group has it: nobody asks."""
    cut = await period_tallies.cut_of(turn, asked)
    tick = TickTurn(turn.session, turn.now, turn.campaign)
    title = Text("common.as_is", text="图")
    return await period_pictures.picture(tick, cut, asked.period, title, "zh")


async def panels(turn: Turn, asked: TallySelection) -> list[Panel]:
    picture = await drawn(turn, asked)
    return [] if picture is None else list(picture.panels)


async def kinds(turn: Turn, asked: TallySelection) -> list[type[Panel]]:
    return [type(panel) for panel in await panels(turn, asked)]


def done(task: Task, at: datetime) -> None:
    task.state, task.completed_at = TaskState.COMPLETED, at


# -- which panels --------------------------------------------------------------------------------------


async def test_each_period_has_its_panels(
    district: District, office: Turn, case_desk: CaseDesk, local: Local, world: World
) -> None:
    for unit in ("城管局", "西山村"):
        await district.file(unit, 5, local(12, 15, 9))
        await district.file(unit, 5, local(12, 8, 9))
        await district.file(unit, 5, local(11, 25, 9))
    district.tasks["城管局"].target_value, district.tasks["城管局"].target_unit = Decimal(50), "处"
    done(district.tasks["西山村"], local(11, 28, 9))
    category = await case_desk.category(unit=world.unit)
    for moment in (local(12, 15, 9), local(12, 8, 9), local(11, 25, 9)):
        await district.rows.case(
            category, district.person, CaseState.HANDLING, unit_id=world.unit.id, registered_at=moment
        )
    long = [TargetPanel, BurnDownPanel, RankPanel, CasePanel]
    assert await kinds(office, TallySelection(FigurePeriod.DAY)) == [UnitPanel, TargetPanel]
    for period in (FigurePeriod.WEEK, FigurePeriod.LAST_WEEK):
        assert await kinds(office, TallySelection(period)) == [RankPanel, DailyPanel, CasePanel]
    for period in (
        *(FigurePeriod.MONTH, FigurePeriod.LAST_MONTH, FigurePeriod.QUARTER),
        *(FigurePeriod.YEAR, FigurePeriod.CAMPAIGN),
    ):
        assert await kinds(office, TallySelection(period)) == long
    days = TallySelection(FigurePeriod.DAYS, first=date(2026, 11, 21), last=date(2026, 12, 31))
    assert await kinds(office, days) == long
    assert await kinds(office, replace(MONTH, action="市容环境整治")) == [TargetPanel, BurnDownPanel]
    assert await kinds(office, replace(WEEK, focus="宣传氛围")) == [DailyPanel]


async def test_what_would_show_nothing_shows_quantities(
    district: District, office: Turn, local: Local
) -> None:
    for task in (district.world.task, *district.tasks.values()):
        task.deadline, task.frequency = None, Frequency.DAILY
    await district.file("城管局", 7, local(12, 15, 9))
    (panel,) = await panels(office, MONTH)
    assert isinstance(panel, DailyPanel)
    assert (panel.heading, panel.quantities[0].words) == ("每日工作量", "7处")
    assert (len(panel.days), len(panel.quantities[0].values)) == (31, 16)


async def test_nothing_at_all_is_a_sentence(district: District, office: Turn) -> None:
    past = TallySelection(FigurePeriod.DAYS, first=date(2026, 10, 1), last=date(2026, 10, 20))
    for asked in (past, TallySelection(FigurePeriod.LAST_QUARTER), replace(WEEK, focus="没有这样的重点")):
        assert await drawn(office, asked) is None
        view = await period_tally_views.picture(office, asked)
        assert (keys(view), list(view.files)) == (["pictures.nothing"], [])


async def test_an_empty_district_has_no_picture(
    session: Session, campaign: Campaign, roster: Roster, at: datetime
) -> None:
    actor = await roster.actor(await roster.unit("创城办"), "某某", Role.OFFICE)
    for period in FigurePeriod:
        assert await drawn(turn_for(session, actor, at, campaign), TallySelection(period)) is None


# -- what they say -------------------------------------------------------------------------------------


async def test_units_stand_as_the_words_say(district: District, office: Turn, local: Local) -> None:
    done(district.tasks["城管局"], local(12, 15, 9))
    district.tasks["西山村"].deadline = date(2026, 12, 15)
    asked = TallySelection(FigurePeriod.DAY)
    (panel,) = await panels(office, asked)
    assert isinstance(panel, UnitPanel)
    assert [bar.name for bar in panel.bars] == ["东风街道", "城管局"]
    cut = await period_tallies.cut_of(office, asked)
    counts = period_tallies.stand(office, await period_tallies.tasks_of(office, cut))
    sums = [sum(getattr(bar, name) for bar in panel.bars) for name in ("done", "on_time", "late")]
    assert sums == [counts.done, counts.on_time, counts.late] == [1, 2, 1]
    assert panel.numbers == ["0/2，逾期1", "1/2"]


async def test_the_picture_is_of_the_moment_of_its_words(
    district: District, office: Turn, local: Local
) -> None:
    await district.file("城管局", 7, local(12, 15, 9))
    await district.file("城管局", 100, local(12, 16, 8))
    done(district.tasks["城管局"], local(12, 16, 8))
    done(district.tasks["西山村"], local(12, 15, 10))
    rank, daily = await panels(office, replace(WEEK, at=local(12, 15, 17)))
    assert isinstance(rank, RankPanel)
    assert isinstance(daily, DailyPanel)
    assert [(line.name, line.words) for line in rank.lines] == [("东风街道", "1/2，50%")]
    assert (daily.quantities[0].words, list(daily.quantities[0].values)) == ("7处", [0, 7])


async def test_a_person_sees_what_is_theirs(
    district: District, world: World, session: Session, campaign: Campaign, at: datetime, local: Local
) -> None:
    for unit, amount in (("城管局", 1), ("东风街道", 20), ("西山村", 300)):
        await district.file(unit, amount, local(12, 15, 9))
    done(district.tasks["西山村"], local(12, 15, 9))
    street = await district.roster.actor(world.other_unit, "街道主任", Role.PRINCIPAL_LEADER)
    (own,) = await panels(turn_for(session, world.responsible, at, campaign), WEEK)
    assert isinstance(own, DailyPanel)
    assert own.quantities[0].words == "1处"
    rank, daily = await panels(turn_for(session, street, at, campaign), WEEK)
    assert isinstance(daily, DailyPanel)
    assert daily.quantities[0].words == "320处"
    assert isinstance(rank, RankPanel), "a unit with others below it is broken down"
    assert [line.name for line in rank.lines] == ["西山村"]
    assert rank.rest == "共 2 个单位，仅列前 1 个"
    (units,) = await panels(turn_for(session, street, at, campaign), TallySelection(FigurePeriod.DAY))
    assert isinstance(units, UnitPanel)
    assert {bar.name for bar in units.bars} == {"东风街道（本级）", "西山村"}


async def test_targets_are_those_of_the_cut(district: District, office: Turn, local: Local) -> None:
    for unit, target in (("城管局", 10), ("西山村", 100)):
        task = district.tasks[unit]
        task.target_value, task.target_unit = Decimal(target), "处"
        await district.file(unit, 5, local(12, 15, 9))

    async def words(**cut: Any) -> list[str]:
        found = await panels(office, replace(TallySelection(FigurePeriod.DAY), **cut))
        return [bar.words for panel in found if isinstance(panel, TargetPanel) for bar in panel.bars]

    assert await words() == ["10处/110处"]
    assert await words(action="市容环境整治") == ["5处/10处"]
    assert await words(focus="宣传氛围") == ["5处/100处"]
    assert await words(action="文明创建宣传", focus="户外广告") == []
    assert await words(unit_id=district.world.unit.id, action="市容环境整治") == ["5处/10处"]
    assert await words(at=local(12, 14, 9)) == ["0处/110处"]
    assert await words(at=local(11, 1, 9)) == [], "nobody had the tasks then"


# -- places --------------------------------------------------------------------------------------------


def task_of(made: datetime, completed: datetime | None = None, due: date | None = None) -> CountedTask:
    state = TaskState.ASSIGNED if completed is None else TaskState.COMPLETED
    return CountedTask(1, "事", "行动", None, 1, due, state, completed, made)


def units_of(**tasks: Sequence[CountedTask]) -> list[UnitTasks]:
    return [UnitTasks(Text("common.as_is", text=name), its) for name, its in tasks.items()]


def places(units: Sequence[UnitTasks], span: PeriodSpan) -> list[tuple[str, int, int | None, str]]:
    found = period_units.ranked(units, span, "zh")
    return [(one.name, one.place, one.change, f"{one.done}/{one.total}") for one in found]


def test_places_and_their_changes(local: Local) -> None:
    november, before, after = local(11, 1), local(12, 10), local(12, 15)
    span = PeriodSpan(local(12, 14), local(12, 16))
    old, late = task_of(november), task_of(local(12, 15))
    first, second = task_of(november, before), task_of(november, after)
    units = units_of(
        甲=[first, old],  # 1/2, as before
        乙=[second, second, old, old],  # 0/4 → 2/4
        丙=[first, first, late, late, late],  # 2/2 → 2/5
        丁=[old],  # nothing done
        戊=[task_of(local(12, 15, 8), local(12, 15, 9))],  # nothing before
        己=[task_of(local(12, 17))],  # nothing yet
    )
    assert places(units, span) == [
        ("戊", 1, None, "1/1"),
        ("乙", 2, 1, "2/4"),
        ("甲", 2, 0, "1/2"),
        ("丙", 4, -3, "2/5"),
        ("丁", 5, -2, "0/1"),
    ]


def test_before_anybody_has_done_anything_nobody_has_a_place(local: Local) -> None:
    begun = PeriodSpan(local(12, 14), local(12, 16))
    units = units_of(甲=[task_of(local(11, 1), local(12, 15))], 乙=[task_of(local(11, 1))])
    assert places(units, begun) == [("甲", 1, None, "1/1"), ("乙", 2, None, "0/1")]
    assert places(units, PeriodSpan(local(12, 1), local(12, 2))) == []
    assert places(units, PeriodSpan(None, local(12, 16))) == places(units, begun)
    assert places([], begun) == []


# -- open tasks ----------------------------------------------------------------------------------------


def axis(campaign: Campaign, first: date, end: date, until: datetime) -> PeriodAxis:
    buckets = buckets_of(first, end)
    since = campaign.midnight(first) - timedelta(microseconds=1)
    return PeriodAxis(buckets, spans_of(buckets, PeriodSpan(since, until), campaign))


def test_open_tasks_become_fewer_by_what_is_done_and_by_deadlines(campaign: Campaign, local: Local) -> None:
    week = axis(campaign, date(2026, 12, 14), date(2026, 12, 21), local(12, 16, 8, 37))
    november = local(11, 1)
    found = [
        task_of(november, None, date(2026, 12, 15)),
        task_of(november, local(12, 14, 23, 59), date(2026, 12, 20)),
        task_of(november, local(12, 16, 9), date(2026, 12, 1)),  # done later than it is drawn
        task_of(local(12, 15, 9), None, date(2026, 12, 18)),
        task_of(november),  # goes on for ever
        task_of(november, None, date(2026, 12, 31))._replace(state=TaskState.CANCELLED),
    ]
    counted = period_pictures.open_tasks(found, week, campaign)
    assert counted.left == [2, 3, 3]
    assert counted.planned == [2, 2, 2, 2, 1, 1, 0]


@pytest.mark.parametrize("seed", range(20))
def test_open_tasks_are_those_that_were_made_and_not_done(
    campaign: Campaign, local: Local, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311  # a test's history
    start, days = local(10, 1), rng.choice([5, 40, 300])
    until = start + timedelta(seconds=rng.randrange(days * 86_400))
    moments = [start + timedelta(hours=rng.randrange(-300, days * 24)) for _ in range(60)]
    found = []
    for made in moments:
        ended = made + timedelta(hours=rng.randrange(-5, 900)) if rng.random() < 0.7 else None
        found.append(task_of(made, ended, campaign.today(made) + rng.randrange(-9, 90) * DAY))
    its = axis(campaign, date(2026, 10, 1), date(2026, 10, 1) + days * DAY, until)
    counted = period_pictures.open_tasks(found, its, campaign)
    assert counted.left == [
        sum(
            task.created_at <= span.until
            and (task.completed_at is None or max(task.completed_at, task.created_at) > span.until)
            for task in found
        )
        for span in its.spans
    ]
    assert counted.planned == [
        sum(
            campaign.today(task.created_at) <= bucket.last and (task.deadline or bucket.last) > bucket.last
            for task in found
        )
        for bucket in its.buckets
    ]
    assert len(counted.planned) == len(its.buckets) >= len(counted.left)


async def test_the_axis_goes_on_to_the_end_and_begins_with_the_campaign(
    district: District, office: Turn, local: Local
) -> None:
    done(district.tasks["城管局"], local(12, 2, 9))
    burn_down, _ = await panels(office, MONTH)
    assert isinstance(burn_down, BurnDownPanel)
    assert (burn_down.days[0], burn_down.days[-1], len(burn_down.days)) == ("12月1日", "12月31日", 31)
    assert list(burn_down.left) == [4, *[3] * 15]
    assert list(burn_down.planned) == [*[4] * 17, *[3] * 13, 0]
    year, _ = await panels(office, TallySelection(FigurePeriod.YEAR))
    assert isinstance(year, BurnDownPanel)
    assert (year.days[0], year.days[-1]) == ("11/20—11/22", "12/28—12/31")
    whole, _ = await panels(office, TallySelection(FigurePeriod.CAMPAIGN))
    assert isinstance(whole, BurnDownPanel)
    assert list(whole.days) == list(year.days), "the last deadline is the end of the year"


# -- however much there is -----------------------------------------------------------------------------

NAME = "区综合行政执法局市容环境卫生管理服务中心第三分中心综合管理办公室城区东部片区"


async def crowded(district: District, roster: Roster, local: Local) -> None:
    """200 more units and 12 items, all with long names."""
    task = district.tasks["城管局"]
    for number in range(200):
        unit = await roster.unit(f"{NAME}{number:03}", Tier.VILLAGE)
        its = await roster.task(unit, f"{NAME}{number}", date(2026, 12, 31))
        its.created_at = local(11, 20)
        if number % 3:
            done(its, local(12, 1 + number % 15, 9))
    for number in range(12):
        metric = await district.rows.metric(task, f"{NAME}{number:02}", "处理完毕的平方米")
        district.metrics["城管局"] = metric
        await district.file("城管局", 1_234_567 + number, local(12, 15, 9))
    await district.session.flush()


def says_what_is_left_out(panel: Panel) -> bool:
    match panel:
        case RankPanel():
            return len(panel.lines) >= 3 and panel.rest.endswith(f"仅列前 {len(panel.lines)} 个")
        case UnitPanel():
            return panel.rest.startswith(f"另有 {202 - len(panel.bars)} 个单位")
        case DailyPanel():
            return panel.rest == f"另有 {12 - len(panel.quantities)} 项工作量"
    return True


async def test_two_hundred_units_with_long_names_and_many_items(
    district: District, office: Turn, roster: Roster, local: Local
) -> None:
    assert len(NAME) >= 38
    await crowded(district, roster, local)
    first, last = date(2025, 11, 12), date(2026, 12, 16)
    assert (last - first).days == 399
    for period in FigurePeriod:
        asked = TallySelection(period)
        asked = replace(asked, first=first, last=last) if period is FigurePeriod.DAYS else asked
        picture = await drawn(office, asked)
        if period is FigurePeriod.LAST_QUARTER:
            assert picture is None
            continue
        assert picture is not None
        assert picture_height(picture) <= MOST_HEIGHT
        assert all(map(says_what_is_left_out, picture.panels))


# -- the message ---------------------------------------------------------------------------------------


async def test_the_picture_is_a_photo_with_title_and_time(
    district: District, office: Turn, local: Local
) -> None:
    await district.file("城管局", 7, local(12, 15, 9))
    shown = await period_tally_views.overview(office, WEEK)
    (found,) = buttons(shown, "periods.picture")
    assert found.arguments["at"] == office.now.isoformat()
    view = await period_tally_views.picture(office, replace(WEEK, at=office.now))
    (file,) = view.files
    assert (view.lines, file.kind, file.name) == ([], "photo", "创城统计_本周_全区_2026-12-16.png")
    assert file.caption is not None
    assert replace(view, lines=[file.caption]).plain("zh") == (
        "创城统计 本周 · 全区（12月14日00:00—12月16日08:37）"
    )
    said = file.make.said() if file.make is not None and hasattr(file.make, "said") else {}
    assert picture_of(said["picture"]).title == "创城统计 本周 · 全区"
    assert made_of(said)[:8] == b"\x89PNG\r\n\x1a\n"
