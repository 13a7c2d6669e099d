"""Whatever is reported, the tally's totals are the sums of the confirmed figures, each with its report."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from models.db import Database, Session, ident
from models.progress import Figure, ProgressReport
from models.tasks import Metric
from services.campaign import Campaign
from services.errors import DomainError
from services.progress import recounting
from services.tallies import tally_counting
from tests.services.conftest import make_world
from tests.services.progress.talk import Talk
from tests.support.counted_figures import counted_figures
from tests.support.people import Roster
from tests.support.repeats import part_of

pytestmark = pytest.mark.both_engines("sums")


@dataclass(frozen=True, slots=True)
class Said:
    """One report: by whom, how many hours later, and its text."""

    liaison: bool
    hours: int
    text: str


ITEMS = ("清理违规广告牌匾", "清理野广告", "清理建筑垃圾")
NUMBERS = st.one_of(
    st.integers(1, 2_000).map(str),
    st.decimals("0.1", "99.9", places=1).map(str),
    st.decimals("0.1", "30", places=1).map(lambda number: f"{number}万"),
)
CLAUSES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "今天", "累计", "上午"]),
    st.sampled_from(ITEMS),
    NUMBERS,
    st.sampled_from(["处", "张", "余处", "吨"]),
)
REPORTS = st.lists(
    st.builds(
        Said, st.booleans(), st.integers(0, 30), st.lists(CLAUSES, min_size=1, max_size=4).map("，".join)
    ),
    min_size=1,
    max_size=8,
)


async def confirm_all(talk: Talk, text: str) -> None:
    """Confirm a report, and answer its questions: 累计 where it is possible, else 本次新增."""
    card = await talk.write(text)
    for _ in range(20):
        asked = [
            button
            for row in (card.rows if card else [])
            for button in row
            if button.action == "report.mode" and button.label.key.endswith("cumulative.open")
        ]
        if card is None or not any(line.key == "progress.card.ask_mode" for line in card.lines):
            break
        for button in asked:
            index = button.arguments["index"]
            try:
                card = await talk.change(card, index, mode="cumulative")
            except DomainError:
                card = await talk.change(card, index, mode="increment")
            break
    await talk.confirm(card)


async def _play(session: Session, said: list[Said], now: datetime, campaign: Campaign) -> datetime:
    """Make the reports; return the moment at which all are in."""
    roster = Roster(session, now, campaign)
    world = await make_world(roster)
    await roster.task(world.unit, "整治背街小巷", date(2026, 12, 25), assisting=(world.other_unit,))
    moment = now
    for one in said:
        moment += timedelta(hours=one.hours)
        actor = world.liaison if one.liaison else world.other_liaison
        talk = Talk(session, actor, moment, campaign)
        try:
            async with session.begin_nested():
                await confirm_all(talk, f"整治背街小巷：{one.text}")
        except DomainError:
            await talk.cancel()  # e.g. two totals in one report that contradict each other
    return moment


@settings(
    max_examples=part_of(20),
    # Each example is rolled back, so the database is the same for all of them.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(said=REPORTS, split=st.integers(0, 240))
async def test_totals_are_the_sums_of_the_figures(
    database: Database, now: datetime, campaign: Campaign, said: list[Said], split: int
) -> None:
    async with database.rehearsal() as session:
        as_of = await _play(session, said, now, campaign)
        since = now + timedelta(hours=split) if now + timedelta(hours=split) < as_of else now
        counted = await tally_counting.count(session, since=since, as_of=as_of, campaign=campaign)
        totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        query = (
            select(Figure, Metric, ProgressReport)
            .join(Metric, col(Figure.metric_id) == col(Metric.id))
            .join(ProgressReport)
        )
        for figure, metric, report in await session.exec(query):
            totals[metric.item, metric.unit] += figure.added
            if report.reported_at > since:
                moved[metric.item, metric.unit] += figure.added
            assert figure.added >= 0, "a total never falls by a report"
        shown = {(line.item, line.measure): (line.total, line.added) for line in counted.quantities}
        assert shown == {key: (total, moved[key]) for key, total in totals.items()}
        for metric in await session.exec(select(Metric)):
            assert not await recounting.differs(session, ident(metric))
        found = await counted_figures(session, until=as_of)
        assert sum((source.added for source in found), Decimal(0)) == sum(totals.values(), Decimal(0))
        receipts = set(await session.exec(select(ProgressReport.receipt_no)))
        assert {source.receipt_no for source in found} <= receipts
