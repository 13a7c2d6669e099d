"""Figures of cases: what each counts, within whose rights, and the cases behind each."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from locales import Text, plain
from models.cases import Case
from models.cases.counted import CountedCases, FigureSpan
from models.db import Session
from rules.cases.case_facts import AppealState
from rules.cases.case_figures import RATES, CaseCount, FigureBreakdown, Rate, RateParts
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from rules.periods import NAMED, FigurePeriod
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.cases.lists import case_figure_views, case_figures
from services.cases.lists.case_figure_views import FigureSelection
from services.errors import DomainError
from services.tallies import tally_periods
from services.views import View
from tests.services.conftest import Local, World
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, TO_FED_BACK, CaseDesk
from tests.support.many_cases import fill, make_town
from tests.support.people import Roster
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("sums")

DOCS = Path(__file__).parents[3] / "docs" / "figures.md"
ALL = 1_000


@pytest.fixture
def everything(now: datetime) -> FigureSpan:
    return FigureSpan(None, now + timedelta(days=60))


class TestCounts:
    async def test_one_of_each(
        self,
        session: Session,
        world: World,
        case_desk: CaseDesk,
        everything: FigureSpan,
        local: Local,
    ) -> None:
        """The limit is 4 working hours: reported at 9:00, due at 15:00."""
        category, office, unit = await case_desk.category(), world.office, world.liaison
        start, late = local(12, 15, 9), local(12, 15, 16)

        async def made(*events: CaseEvent, at: datetime = start) -> Case:
            case = await case_desk.report(office, category, at=start)
            return await case_desk.bring(case, *events, office=office, unit=unit, at=at)

        await made()  # not registered
        await made(CaseEvent.REGISTER)
        open_one = await made(*TO_DISPATCHED)
        fed_back = await made(*TO_FED_BACK)
        in_time = await made(*TO_CLOSED)
        reworked = await made(*TO_FED_BACK)
        await case_desk.step(
            reworked, CaseEvent.REWORK, office, at=start, change=StepDetails(reason="没有清理干净")
        )
        too_late, exempt = await made(*TO_DISPATCHED), await made(*TO_DISPATCHED)
        for case in (too_late, exempt):
            rest = (CaseEvent.ACKNOWLEDGE, CaseEvent.FEEDBACK, CaseEvent.CLOSE)
            await case_desk.bring(case, *rest, office=office, unit=unit, at=late)
        appeal = StepDetails(reason="停电")
        await case_desk.step(exempt, CaseEvent.APPEAL, unit, at=late, change=appeal)
        await case_desk.step(exempt, CaseEvent.GRANT_APPEAL, office, at=late)
        assert exempt.appeal is AppealState.GRANTED
        stopped = await made(*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)
        pause = StepDetails(until=late + timedelta(days=9), reason="等拆迁")
        await case_desk.step(stopped, CaseEvent.SUSPEND, office, at=start, change=pause)
        extended = await made(*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)
        await case_desk.step(
            extended, CaseEvent.ASK_EXTENSION, unit, at=start, change=StepDetails(reason="下雨")
        )
        await case_desk.step(extended, CaseEvent.EXTEND, office, at=start)

        held = [open_one, fed_back, in_time, reworked, too_late, exempt, stopped, extended]
        signed = [fed_back, in_time, reworked, stopped, extended]
        wanted = {
            CaseCount.REGISTERED: 9,
            CaseCount.CLOSED: 3,
            CaseCount.DUE: len(held),
            CaseCount.SUSPENDED: 1,
            CaseCount.DUE_CLOSED: 3,
            CaseCount.IN_TIME: 2,
            CaseCount.FED_BACK: 5,
            CaseCount.REWORKED: 1,
            CaseCount.EXTENDED: 1,
            CaseCount.SIGNED_IN_TIME: len(signed),
            CaseCount.MENDED: 4,
        }
        sums = await case_figures.total(session, office, everything)
        assert {count: sums.count(count) for count in CaseCount} == wanted
        behind = {
            CaseCount.IN_TIME: [in_time, exempt],
            CaseCount.SUSPENDED: [stopped],
            CaseCount.EXTENDED: [extended],
            CaseCount.DUE: held,
            CaseCount.SIGNED_IN_TIME: signed,
            CaseCount.MENDED: [fed_back, in_time, too_late, exempt],
        }
        for count, cases in behind.items():
            found = await case_figures.behind(session, office, count, everything, offset=0, limit=ALL)
            assert {one.case.number for one in found} == {case.number for case in cases}, count
        assert sums.percent(Rate.CLOSING_RATE) == Decimal("42.86")  # 3 of 8 - 1
        assert sums.percent(Rate.IN_TIME_RATE) == Decimal("28.57")
        assert sums.percent(Rate.REWORK_RATE) == Decimal("20.00")
        # Two take no time; two take from 9 to 12 and from 14 to 16, 5 hours each.
        assert sums.hours == Decimal("2.50")

    async def test_the_moment_of_the_limit_decides_the_period(
        self, session: Session, world: World, case_desk: CaseDesk, local: Local
    ) -> None:
        case = await case_desk.report(world.office, await case_desk.category(), at=local(12, 15, 9))
        await case_desk.bring(
            case, *TO_DISPATCHED, office=world.office, unit=world.liaison, at=local(12, 15, 9)
        )
        limit = case.limit_at
        assert limit is not None
        second = timedelta(seconds=1)
        for span, count in (
            (FigureSpan(limit, limit + second), 1),
            (FigureSpan(limit - second, limit), 0),
            (FigureSpan(limit + second, limit + 2 * second), 0),
        ):
            sums = await case_figures.total(session, world.office, span)
            assert sums.count(CaseCount.DUE) == count

    @pytest.mark.parametrize("by", FigureBreakdown)
    async def test_every_number_is_that_of_the_cases_behind_it(
        self, session: Session, now: datetime, campaign: Campaign, by: FigureBreakdown
    ) -> None:
        town = await make_town(session, now, campaign)
        await fill(session, town, now, opened=200, closed=200)
        span = case_figures.span_of(FigurePeriod.MONTH, now, campaign)
        table = await case_figures.table(session, town.office, span, by)
        total = await case_figures.total(session, town.office, span)
        assert len(table) > 15
        for count in CaseCount:
            found = await case_figures.behind(session, town.office, count, span, offset=0, limit=ALL)
            assert len({one.case.id for one in found}) == total.count(count), count
            # Here each case had one order, so the units add up, too.
            assert sum(sums.count(count) for _, sums in table) == total.count(count), count
        for key, sums in table[:6]:
            part = CountedCases(by=by, key=key)
            for count in CaseCount:
                found = await case_figures.behind(
                    session, town.office, count, span, part, offset=0, limit=ALL
                )
                assert len(found) == sums.count(count), (key, count)
                alone = await case_figures.count_behind(session, town.office, count, span, part)
                assert alone == sums.count(count), (key, count)
            assert await case_figures.total(session, town.office, span, part) == sums


class TestRights:
    async def test_a_leader_sees_their_units(
        self, session: Session, world: World, case_desk: CaseDesk, everything: FigureSpan
    ) -> None:
        category = await case_desk.category()
        for unit in (world.liaison, world.other_liaison):
            case = await case_desk.report(world.office, category)
            await case_desk.bring(case, *TO_DISPATCHED, office=world.office, unit=unit)
        table = await case_figures.table(session, world.leader, everything, FigureBreakdown.UNIT)
        assert [key for key, _ in table] == [world.unit.id]
        foreign = CountedCases(by=FigureBreakdown.UNIT, key=world.other_unit.id)
        assert (await case_figures.total(session, world.leader, everything, foreign)).count(
            CaseCount.DUE
        ) == 0
        assert (await case_figures.total(session, world.office, everything)).count(CaseCount.DUE) == 2

    async def test_not_for_units(self, session: Session, world: World, everything: FigureSpan) -> None:
        for actor in (world.liaison, world.responsible):
            with pytest.raises(DomainError):
                await case_figures.total(session, actor, everything)
            with pytest.raises(DomainError):
                await case_figures.behind(session, actor, CaseCount.DUE, everything, offset=0, limit=1)


def test_periods_begin_at_local_midnight(campaign: Campaign, local: Local) -> None:
    at = local(12, 16, 7)  # a Wednesday; still the 15th in UTC
    assert case_figures.span_of(FigurePeriod.WEEK, at, campaign) == FigureSpan(local(12, 14), at)
    assert case_figures.span_of(FigurePeriod.MONTH, at, campaign) == FigureSpan(local(12, 1), at)
    assert case_figures.span_of(FigurePeriod.CAMPAIGN, at, campaign) == FigureSpan(None, at)
    assert case_figures.span_of(FigurePeriod.YEAR, at, campaign) == FigureSpan(local(1, 1), at)


def test_periods_that_are_over_end_at_a_local_midnight(campaign: Campaign, local: Local) -> None:
    at = local(12, 16, 7)
    assert case_figures.span_of(FigurePeriod.LAST_WEEK, at, campaign) == FigureSpan(
        local(12, 7), local(12, 14)
    )
    assert case_figures.span_of(FigurePeriod.LAST_MONTH, at, campaign) == FigureSpan(
        local(11, 1), local(12, 1)
    )


def test_days_that_somebody_wrote(campaign: Campaign, local: Local) -> None:
    at, today = local(12, 16, 7), date(2026, 12, 16)

    def span(words: str) -> FigureSpan:
        days = tally_periods.read_days(words, today, "/figures")
        return case_figures.span_of(FigurePeriod.DAYS, at, campaign, days)

    assert span("12月1日至12月3日") == FigureSpan(local(12, 1), local(12, 4))
    assert span("12月3日") == FigureSpan(local(12, 3), local(12, 4))
    # A day that has not passed counts up to the moment.
    assert span("2026-12-15 2026-12-20") == FigureSpan(local(12, 15), at)
    for words, refusal in (
        ("12月3日至12月1日", "periods.days_backwards"),
        ("2026-12-17 2026-12-20", "periods.days_to_come"),
        ("上上周", "periods.no_days"),
    ):
        with pytest.raises(DomainError) as refused_words:
            span(words)
        assert refused_words.value.text.key == refusal


@pytest.mark.parametrize(
    ("words", "period"),
    [
        ("", FigurePeriod.WEEK),
        ("上周", FigurePeriod.LAST_WEEK),
        ("Last  Month", FigurePeriod.LAST_MONTH),
        ("今年", FigurePeriod.YEAR),
        ("12月1日至12月3日", FigurePeriod.DAYS),
    ],
)
async def test_the_words_behind_the_command(
    session: Session, world: World, campaign: Campaign, words: str, period: FigurePeriod
) -> None:
    turn = turn_for(session, world.office, datetime(2026, 12, 15, 1, tzinfo=UTC), campaign)
    view = await case_figure_views.of_words(turn, words)
    named = view.lines[0].values["period"]
    assert isinstance(named, Text)
    assert named.key == f"periods.{period.value}"
    offered = {b.arguments["period"] for row in view.rows for b in row if b.action == "caselist.figures"}
    assert offered == {one.value for one in NAMED if one is not period}


async def test_only_those_who_read_figures_choose_days(session: Session, world: World) -> None:
    turn = turn_for(session, world.liaison)
    with pytest.raises(DomainError) as refusal:
        await case_figure_views.of_words(turn, "没有这样的时段")
    assert refusal.value.text.key == "caselist.figures_not_yours"


async def test_the_worst_unit_comes_first(
    session: Session, world: World, case_desk: CaseDesk, roster: Roster, now: datetime, campaign: Campaign
) -> None:
    """城管局 has three, all in time; 城东 has two of three late; 城西 has two, both late."""
    begun, closed = now - timedelta(days=6), now - timedelta(days=5, hours=23)
    east, west = await roster.unit("城东街道"), await roster.unit("城西街道")
    for unit, lates in ((world.unit, [False] * 3), (east, [True, True, False]), (west, [True, True])):
        category = await case_desk.category(f"归{unit.name}", unit=unit, amount=4)
        person = await roster.actor(unit, f"{unit.name}经办人", Role.LIAISON)
        for late in lates:
            case = await case_desk.report(world.office, category, at=begun)
            await case_desk.bring(case, *TO_DISPATCHED, office=world.office, unit=person, at=begun)
            if not late:
                await case_desk.bring(
                    case, CaseEvent.FEEDBACK, CaseEvent.CLOSE, office=world.office, unit=person, at=closed
                )
    span = FigureSpan(None, now)
    found = await case_figures.table(session, world.office, span, FigureBreakdown.UNIT)
    assert [key for key, _ in found] == [west.id, east.id, world.unit.id]


async def test_without_any_case_rates_are_dashes(
    session: Session, world: World, now: datetime, campaign: Campaign
) -> None:
    view = await case_figure_views.overview(turn_for(session, world.office, now, campaign), FigureSelection())
    shown = view.plain("zh")
    assert "结案率：—（0/0）" in shown
    assert "平均处置工作时：—" in shown
    table = await case_figure_views.breakdown(
        turn_for(session, world.office, campaign=campaign),
        FigureSelection(FigurePeriod.WEEK, now),
        FigureBreakdown.UNIT,
        offset=0,
    )
    assert "这段时间没有案卷。" in table.plain("zh")


async def test_pages_of_the_cases_behind(
    session: Session, world: World, case_desk: CaseDesk, now: datetime, campaign: Campaign
) -> None:
    category = await case_desk.category()
    start = now - timedelta(hours=1)
    for _ in range(23):
        case = await case_desk.report(world.office, category, at=start)
        await case_desk.step(case, CaseEvent.REGISTER, world.office, at=start)
    asked = FigureSelection(FigurePeriod.WEEK, now)

    async def page(offset: int) -> View:
        return await case_figure_views.behind(
            turn_for(session, world.office, now, campaign), asked, CaseCount.REGISTERED, offset=offset
        )

    first = await page(0)
    assert "立案数 23 件" in first.plain("zh")
    (turn,) = (one for row in first.rows for one in row if one.action == "caselist.behind")
    assert turn.arguments["figure"] == CaseCount.REGISTERED.value
    second = await page(turn.arguments["offset"])
    assert (len(first.case_ids), len(second.case_ids)) == (20, 3)
    assert set(first.case_ids).isdisjoint(second.case_ids)


class TestDocs:
    def test_every_name_and_no_other(self) -> None:
        rows = re.findall(r"^\| (\S+) \| `(\w+)` \|", DOCS.read_text("utf-8"), re.MULTILINE)
        counts = [(plain(Text(f"caselist.count.{count}")), count.value) for count in CaseCount]
        rates = [(plain(Text(f"caselist.rate.{rate}")), rate.value) for rate in Rate]
        assert sorted(rows) == sorted(counts + rates)

    @pytest.mark.parametrize("rate", Rate)
    def test_formulas(self, rate: Rate) -> None:
        def named(count: CaseCount) -> str:
            return plain(Text(f"caselist.count.{count}"))

        share: RateParts = RATES[rate]
        whole = named(share.whole)
        if share.without is not None:
            whole = f"（{whole} − {named(share.without)}）"
        text = DOCS.read_text("utf-8").replace("÷ ", "÷")
        assert f"`{rate}` | {named(share.part)} ÷{whole} |" in text

    def test_hours(self) -> None:
        assert "**平均处置工作时** (`hours`)" in DOCS.read_text("utf-8")
