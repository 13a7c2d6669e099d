"""No sum, count or source of reports reads all figures or all reports, however long the history is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from models import progress
from models.db import ColumnValues, Database, Session, ident
from models.progress import (
    Figure,
    FigureMode,
    ProgressReport,
    ReportKind,
    figure_sources,
    from_below,
    late_arrivals,
    metric_sums,
    period_sums,
    report_revisions,
    report_sums,
    reported_figures,
)
from models.progress.figure_sources import ItemTotal
from models.progress.report_selection import ReportSelection
from models.tasks import Metric
from rules.progress.counted_periods import Days
from services.campaign import Campaign
from tests.support.people import Roster
from tests.support.plans import analyse, plan_of

pytestmark = pytest.mark.both_engines("query plans")

DAYS, TASKS = 300, 20
Ask = Callable[[Session], Awaitable[Any]]


@pytest.fixture
async def metric_ids(database: Database, now: datetime, campaign: Campaign) -> list[int]:
    """A metric of each task; each task has a report a day, with one figure."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        unit = await roster.unit("城管局")
        person = await roster.contact(unit, "张三")
        tasks = [await roster.task(unit, f"任务{number}", None) for number in range(TASKS)]
        metrics = [Metric(task_id=ident(task), item="广告", unit="处") for task in tasks]
        session.add_all(metrics)
        await session.flush()
        reports: list[ColumnValues] = []
        figures: list[ColumnValues] = []
        for number in range(DAYS * TASKS):
            at = now - timedelta(days=number // TASKS)
            task, metric = tasks[number % TASKS], metrics[number % TASKS]
            place = {"task_id": task.id, "unit_id": unit.id, "contact_id": person.id}
            moments = {"reported_at": at, "counted_at": at, "late": False, "withdrawn": False, "revision": 1}
            one = {
                "id": number + 1,
                "receipt_no": f"R{number}",
                "kind": ReportKind.PROGRESS,
                "text": "已清理",
            }
            reports.append(one | place | moments)
            its = {"report_id": number + 1, "metric_id": metric.id, "filed_under": metric.id, "revision": 1}
            value = {"mode": FigureMode.INCREMENT, "stated": Decimal(1), "added": Decimal(1), "approx": False}
            figures.append(its | value)
        await session.execute(sa.insert(ProgressReport), reports)
        await session.execute(sa.insert(Figure), figures)
        ids = [ident(metric) for metric in metrics]
        await metric_sums.rebuild(session, ids)
    await analyse(database)
    return ids


def hot(now: datetime, metric_ids: list[int], unit_id: int) -> dict[str, Ask]:
    """The queries behind tallies, boards, briefs, sources, cards and filings."""
    yesterday = now - timedelta(days=1)
    day, arrived = ReportSelection(now, yesterday), ReportSelection(now, yesterday, by_arrival=True)
    month, task = (
        ReportSelection(now - timedelta(days=9), now - timedelta(days=20)),
        ReportSelection(now, task_id=1),
    )
    action = ReportSelection(now, yesterday, action="市容环境整治")
    total = ItemTotal("广告", "处", Decimal(1), approx=False, figures=figure_sources.FEW + 1)
    some, scope = metric_ids[:3], ReportSelection(now)
    closed = replace(day, until=now - timedelta(hours=2), came_by=now - timedelta(hours=2))
    days = Days(now.date() - timedelta(days=1), now.date())
    last = DAYS * TASKS
    return {
        "sums": lambda session: report_sums.quantity_sums(session, day),
        "sums of a unit": lambda session: report_sums.quantity_sums(
            session, replace(day, unit_ids=[unit_id])
        ),
        "sums of an action": lambda session: report_sums.quantity_sums(session, action),
        "sums by arrival": lambda session: report_sums.quantity_sums(session, arrived),
        "sums as a day closed": lambda session: report_sums.quantity_sums(session, closed),
        "counts as a day closed": lambda session: report_sums.report_counts(session, closed),
        "sources as a day closed": lambda session: figure_sources.item_totals(
            session, replace(closed, since=None)
        ),
        "targets as a day closed": lambda session: period_sums.of_metrics(
            session, some, closed.until, closed.came_by
        ),
        "late reports": lambda session: late_arrivals.late_counts(session, closed, now),
        "late figures": lambda session: late_arrivals.late_sums(session, closed),
        "a past month": lambda session: report_sums.quantity_sums(session, month),
        "counts": lambda session: report_sums.report_counts(session, day),
        "counts by arrival": lambda session: report_sums.report_counts(session, arrived),
        "counts by action": lambda session: report_sums.counts_by(session, day, "action"),
        "who reported below": lambda session: from_below.reported_below(session, day),
        "who reported below by arrival": lambda session: from_below.reported_below(session, arrived),
        "reports below": lambda session: from_below.reports_below(session, replace(day, unit_ids=[unit_id])),
        "totals": lambda session: report_sums.metric_totals(session, some, unit_id),
        "totals before": lambda session: report_sums.metric_totals(session, some, unit_id, before=last - 3),
        "last added": lambda session: report_sums.last_added(session, some[:1], unit_id),
        "later figures": lambda session: report_revisions.figures_from(session, some, unit_id, last - 3),
        "totals of items": lambda session: figure_sources.item_totals(session, scope),
        "few sources": lambda session: figure_sources.of_item(
            session, task, ItemTotal("广告", "处", Decimal(1), False, 9), 9
        ),
        "a day anew": lambda session: session.execute(metric_sums.counted_on(now.date(), unit_id, some)),
        "arrivals": lambda session: progress.reports_since(session, range(1, TASKS), yesterday),
        "totals of all": lambda session: report_sums.metric_totals(session, some),
        "unit and all": lambda session: report_sums.totals_of_unit_and_all(session, some[:1], unit_id),
        "a receipt": lambda session: session.execute(
            reported_figures._OF_REPORT, {"report": last, "revision": 1}
        ),
        "sums of a task": lambda session: figure_sources.item_totals(session, task),
        "many sources": lambda session: session.execute(figure_sources.on_days(scope, total, days)),
    }


def scans(found: str) -> bool:
    """Whether the plan reads all figures, or all reports."""
    tables = ("figure", "progress_report")
    lines = [line.strip() for line in found.splitlines()]
    return any(
        line == f"SCAN {table}"
        or line.startswith(f"SCAN {table} USING INDEX")
        or f"Seq Scan on {table}" in line
        for table in tables
        for line in lines
    )


async def test_no_hot_query_reads_the_history(
    database: Database, now: datetime, metric_ids: list[int]
) -> None:
    for name, ask in hot(now, metric_ids, 1).items():
        found = await plan_of(database, ask)
        assert not scans(found), f"{name}:\n{found}"
    everything = await plan_of(
        database, lambda session: session.execute(sa.select(sa.func.sum(Figure.added)))
    )
    assert scans(everything), "a scan is noticed"


async def test_what_asks_for_few_metrics_finds_them_by_their_keys(
    database: Database, now: datetime, metric_ids: list[int]
) -> None:
    key = "SEARCH metric_sum USING PRIMARY KEY (metric_id=?" if database.is_sqlite else "pk_metric_sum"
    for name in ("totals", "totals of all", "unit and all", "a receipt", "last added"):
        found = await plan_of(database, hot(now, metric_ids, 1)[name])
        assert key in found, f"{name}:\n{found}"
        assert "ix_metric_sum" not in found


async def test_what_every_tally_reads_lies_together(
    database: Database, now: datetime, metric_ids: list[int]
) -> None:
    for name in ("sums", "totals of items"):
        found = await plan_of(database, hot(now, metric_ids, 1)[name])
        assert ("COVERING INDEX ix_metric_sum_of_span" in found) == database.is_sqlite, f"{name}:\n{found}"
