"""The command ``recount``: it names each metric whose kept sums differ, and counts it anew."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from models.db import Database, ident
from models.progress import metric_sums, report_totals
from models.progress.metric_sums import MetricSum
from models.tasks import Metric
from rules.progress.counted_periods import Span
from services.campaign import Campaign
from services.progress import recounting
from services.turn import TickTurn
from tests.bot.terminal import prefixed
from tests.conftest import NOW
from tests.support.people import Roster
from tests.support.processes import Forge
from tests.support.rows import Rows


@pytest.fixture
async def metrics(database: Database) -> list[Metric]:
    """Two metrics of one task, with reports of three days."""
    async with database.transaction() as session:
        roster, rows = Roster(session, NOW, Campaign()), Rows(session, NOW)
        unit = await roster.unit("城管局")
        person = await roster.contact(unit, "张三")
        task = await roster.task(unit, "清理违规广告", None)
        made = [await rows.metric(task, "违规广告牌", "处"), await rows.metric(task, "垃圾", "车")]
        for day in range(3):
            report = await rows.report(
                unit, person, task_id=task.id, reported_at=NOW - timedelta(days=day * 20)
            )
            for metric in made:
                await rows.figure(report, metric, 10)
    return made


async def test_sums_that_agree_are_left_alone(forge: Forge, database_url: str, metrics: list[Metric]) -> None:
    done = await forge.run("recount", env=prefixed(DATABASE_URL=database_url))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "已核对 2 个指标，其中 0 个有出入；报告份数有出入的单位 0 个。均已按报告改正。"
    ]


async def test_what_differs_is_named_and_counted_anew(
    forge: Forge, database: Database, database_url: str, metrics: list[Metric]
) -> None:
    """A wrong amount, a row that is missing and one too many; the other metric is left alone."""
    first, second = (ident(metric) for metric in metrics)
    async with database.transaction() as session:
        before = [await metric_sums.kept_sums(session, one) for one in (first, second)]
        its = sa.and_(metric_sums.TABLE.c.metric_id == first, metric_sums.TABLE.c.span == Span.ALL)
        await session.execute(sa.update(metric_sums.TABLE).where(its).values(amount=Decimal(31)))
        (day, *_) = [row for row in before[0] if row["span"] is Span.DAY]
        kept = await session.get(MetricSum, tuple(day[name] for name in metric_sums.KEY))
        await session.delete(kept)
        await session.flush()
        session.add(MetricSum(**{**day, "first_day": day["first_day"] - timedelta(days=1)}))
        totals = await report_totals.kept_totals(session, 1)
        await session.execute(sa.delete(report_totals.TABLE))
    env = prefixed(DATABASE_URL=database_url)
    done = await forge.run("recount", env=env)
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines() == [
        "清理违规广告：“违规广告牌”有 3 项合计与报告不符，已按报告重新核算，累计由31处改为30处。",
        "城管局有 5 项报告份数与报告不符，已重新核算。",
        "已核对 2 个指标，其中 1 个有出入；报告份数有出入的单位 1 个。均已按报告改正。",
    ]
    async with database.reading() as session:
        assert [await metric_sums.kept_sums(session, one) for one in (first, second)] == before
        assert await report_totals.kept_totals(session, 1) == totals
    again = await forge.run("recount", "--json", env=env)
    assert (again.code, again.json()) == (0, {"metrics": 2, "mended": [], "units": []})


async def test_a_metric_that_was_mended_or_is_gone_meanwhile(
    database: Database, metrics: list[Metric]
) -> None:
    async with database.transaction() as session:
        turn = TickTurn(session, NOW, Campaign())
        assert await recounting.mend(turn, ident(metrics[0])) is None
        assert await recounting.mend(turn, 999) is None
