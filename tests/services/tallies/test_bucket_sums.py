"""The bars of a picture add up to the numbers of the tally, for any period, cut and zone of time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from models.db import Session
from models.progress import Figure, ProgressReport
from models.tasks import Metric
from rules.cases.case_lifecycle import CaseState
from rules.periods import FigurePeriod
from rules.slots import SlotTimes
from services.campaign import Campaign
from services.tallies import period_axis, period_pictures, period_tallies
from services.tallies.period_axis import PeriodAxis
from services.tallies.period_tallies import TallyCut, TallySelection
from services.turn import Turn
from tests.services.conftest import Local, World
from tests.services.tallies.districts import District
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.repeats import part_of
from tests.support.rows import id_of
from tests.support.turns import turn_for

pytestmark = pytest.mark.both_engines("sums")

ITEMS: Final = (("清理小广告", "处"), ("清运垃圾", "吨"), ("发放宣传单", "份"), ("清理小广告", "张"))
PERIODS: Final = (
    *(TallySelection(period) for period in FigurePeriod if period is not FigurePeriod.DAYS),
    TallySelection(FigurePeriod.DAYS, first=date(2026, 11, 20), last=date(2027, 1, 10)),
    TallySelection(FigurePeriod.DAYS, first=date(2025, 11, 12), last=date(2026, 12, 16)),
    TallySelection(FigurePeriod.DAYS, first=date(2026, 12, 2), last=date(2026, 12, 2)),
)
CUTS: Final[tuple[Mapping[str, Any], ...]] = (
    {},
    {"unit": "东风街道"},
    {"unit": "东风街道", "alone": True},
    {"action": "市容环境整治"},
    {"focus": "宣传氛围"},
    {"unit": "城管局", "focus": "户外广告"},
)


@dataclass(frozen=True, slots=True)
class Filed:
    """A figure that counts."""

    unit: str
    item: tuple[str, str]
    at: datetime
    amount: Decimal


class History:
    """A year of random reports: late ones, corrected ones, withdrawn ones; and of cases."""

    def __init__(self, district: District, seed: int, now: datetime) -> None:
        self.district, self.rng, self.now = district, random.Random(seed), now  # noqa: S311  # a test's history
        self.filed: list[Filed] = []

    def moment(self) -> datetime:
        """A moment of the last 14 months; often one at the edge of a day somewhere."""
        days = self.rng.choice([1, 3, 16, 50, 420])
        at = self.now - timedelta(seconds=self.rng.randrange(days * 86_400))
        if self.rng.random() < 0.3:
            at = at.replace(hour=self.rng.choice([0, 23]), minute=0, second=0, microsecond=0)
            at -= timedelta(microseconds=self.rng.choice([0, 1]))
        return min(at, self.now)

    async def report(self, metrics: Mapping[tuple[str, str], dict[str, Metric]]) -> None:
        district, rng = self.district, self.rng
        unit, at = rng.choice(list(district.tasks)), self.moment()
        place = district.world.unit if unit == "城管局" else district.world.other_unit
        place = district.village if unit == "西山村" else place
        withdrawn, corrected = rng.random() < 0.15, rng.random() < 0.2
        report = await district.rows.report(
            place,
            district.person,
            task_id=id_of(district.tasks[unit]),
            counted_at=at,
            reported_at=at + timedelta(hours=rng.choice([0, 0, 5, 40])),
            withdrawn=withdrawn,
            revision=2 if corrected else 1,
        )
        for item in rng.sample(ITEMS, rng.randint(1, 2)):
            amount = Decimal(rng.randint(-20, 4_000)) / rng.choice([1, 1, 10, 10_000])
            its: dict[str, Any] = {"approx": rng.random() < 0.1}
            if corrected:
                await self._figure(report, metrics[item][unit], Decimal(999), revision=1)
            await self._figure(report, metrics[item][unit], amount, revision=report.revision, **its)
            if not withdrawn:
                self.filed.append(Filed(unit, item, at, amount))

    async def _figure(self, report: ProgressReport, metric: Metric, amount: Decimal, **its: Any) -> Figure:
        return await self.district.rows.figure(report, metric, amount, **its)

    async def case(self, category: Any) -> None:
        registered = self.moment()
        closed = min(registered + timedelta(hours=self.rng.randint(1, 900)), self.now)
        unit = self.rng.choice([self.district.world.unit, self.district.village])
        done = {"closed_at": closed} if self.rng.random() < 0.7 else {}
        state = CaseState.CLOSED if done else CaseState.HANDLING
        await self.district.rows.case(
            category, self.district.person, state, unit_id=unit.id, registered_at=registered, **done
        )

    async def play(self, case_desk: CaseDesk) -> None:
        metrics = {
            (item, measure): {
                unit: self.district.metrics[unit]
                if (item, measure) == ITEMS[0]
                else await self.district.rows.metric(task, item, measure)
                for unit, task in self.district.tasks.items()
            }
            for item, measure in ITEMS
        }
        category = await case_desk.category(unit=self.district.world.unit)
        for _ in range(60):
            await self.report(metrics)
        for _ in range(25):
            await self.case(category)
        for task in self.district.tasks.values():
            task.created_at = self.now - timedelta(days=self.rng.choice([0, 20, 500]))
        await self.district.session.flush()


def cut_to(district: District, asked: TallySelection, cut: Mapping[str, Any]) -> TallySelection:
    about = dict(cut)
    if (name := about.pop("unit", None)) is not None:
        about["unit_id"] = district.tasks[name].lead_unit_id
    return replace(asked, **about)


def _partition(axis: PeriodAxis, cut: TallyCut) -> None:
    """Nothing is between the spans, and together they are the period."""
    assert (axis.spans[0].since, axis.spans[-1].until) == (cut.spans.now.since, cut.spans.now.until)
    for one, other in zip(axis.spans, axis.spans[1:], strict=False):
        assert one.until == other.since


async def check(history: History, turn: Turn, asked: TallySelection, cut_words: Mapping[str, Any]) -> None:
    cut = await period_tallies.cut_of(turn, cut_to(history.district, asked, cut_words))
    found = await period_tallies.tasks_of(turn, cut)
    tally = await period_tallies.count(turn, cut, found)
    axis = await period_axis.axis_of(turn, cut, asked.period, found)
    _partition(axis, cut)
    shown, count = await period_pictures.quantities(turn.session, cut, axis.spans, most=3)
    added = [(line.item, line.measure, line.added.now) for line in tally.quantities if line.added.now]
    assert [(one.item, one.measure, sum(one.values)) for one in shown] == added[:3]
    assert count == len(added)
    _each_bar(history, turn.campaign, cut, axis, found, shown)
    cases = await period_pictures.cases(turn.session, cut, axis.spans)
    if not cut.of_units:
        assert (cases, tally.registered) == ([], None)
        return
    assert tally.registered is not None
    assert tally.closed is not None
    assert sum(one.registered for one in cases) == tally.registered.now
    assert sum(one.closed for one in cases) == tally.closed.now


def _each_bar(
    history: History, campaign: Campaign, cut: TallyCut, axis: PeriodAxis, found: Any, shown: Any
) -> None:
    """Each bar is what was filed on its local days."""
    units = {unit for unit, task in history.district.tasks.items() if task.id in {one.id for one in found}}
    within = cut.spans.now
    mine = [
        one
        for one in history.filed
        if one.unit in units and (within.since is None or within.since < one.at) and one.at <= within.until
    ]
    first = axis.buckets[0].first
    for quantity in shown:
        for bucket, value in zip(axis.buckets, quantity.values, strict=False):
            days = [
                one.amount
                for one in mine
                if one.item == (quantity.item, quantity.measure)
                and bucket.first <= max(campaign.today(one.at), first) <= bucket.last
            ]
            assert value == sum(days)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Urumqi", "America/New_York"])
@pytest.mark.parametrize("seed", range(part_of(4)))
async def test_the_bars_add_up_to_the_numbers_of_the_tally(
    session: Session, world: World, roster: Roster, case_desk: CaseDesk, local: Local, zone: str, seed: int
) -> None:
    now = local(12, 16, 8, 37)
    campaign = Campaign(slots=SlotTimes(zone=ZoneInfo(zone)))
    district = District(session, world, roster, now)
    await district.begin()
    history = History(district, seed, now)
    await history.play(case_desk)
    turn = turn_for(session, world.office, now, campaign)
    for asked in PERIODS:
        await check(history, turn, asked, history.rng.choice(CUTS))


async def test_more_spans_than_a_statement_takes_are_read_in_turns(
    session: Session, world: World, roster: Roster, campaign: Campaign, local: Local
) -> None:
    now = local(12, 16, 8, 37)
    district = District(session, world, roster, now)
    await district.begin()
    await district.file("城管局", 3, local(2, 1, 9, year=2016))
    await district.file("城管局", 4, local(12, 1, 9))
    turn = turn_for(session, world.office, now, campaign)
    cut = await period_tallies.cut_of(turn, TallySelection(FigurePeriod.CAMPAIGN))
    axis = await period_axis.axis_of(turn, cut, FigurePeriod.CAMPAIGN, [])
    ((quantity,), _) = await period_pictures.quantities(session, cut, axis.spans)
    assert len(axis.spans) == 131
    assert list(quantity.values) == [Decimal(3), *[Decimal(0)] * 129, Decimal(4)]
