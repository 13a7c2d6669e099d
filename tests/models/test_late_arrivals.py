"""Sums and counts as they were known at a moment, and what came in late: both against sums by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from models.columns import from_scaled
from models.db import Session
from models.people import Contact, Unit
from models.progress import ProgressReport, figure_sources, late_arrivals, period_sums, report_sums
from models.progress.late_arrivals import LateCount
from models.progress.report_selection import ReportSelection
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

pytestmark = pytest.mark.both_engines("sums")

HOUR = timedelta(hours=1)
SPANS = [(0, 24, 0), (100, 24, 0), (300, 400, 30), (500, 72, 99)]


@dataclass(frozen=True, slots=True)
class FiledFigure:
    """A report with what it adds, and whether that is approximate."""

    report: ProgressReport
    added: int
    approx: bool


@pytest.fixture
async def units(roster: Roster) -> list[Unit]:
    return [await roster.unit(name) for name in ("城管局", "交通局", "住建局")]


@pytest.fixture
async def filed(
    roster: Roster, rows: Rows, units: list[Unit], now: datetime
) -> tuple[list[FiledFigure], list[int]]:
    """Eighty reports of forty days, a third of them late, some withdrawn; and the ids of the metrics."""
    random = Random(7)  # noqa: S311  # the same rows each time
    person: Contact = await roster.contact(units[0], "张三")
    metrics = [await rows.metric(await roster.task(unit, "清理广告", None)) for unit in units]
    found = []
    for _ in range(80):
        at = random.randrange(len(units))
        counted = now - random.randrange(40 * 24) * HOUR
        late = random.choice([0, 0, random.randrange(1, 200)])
        values: dict[str, Any] = {
            "task_id": metrics[at].task_id,
            "counted_at": counted,
            "reported_at": counted + late * HOUR,
            "withdrawn": random.random() < 0.1,
        }
        report = await rows.report(units[at], person, **values)
        found.append(FiledFigure(report, random.randrange(1, 50), random.random() < 0.05))
        if report.withdrawn:
            continue
        await rows.figure(report, metrics[at], found[-1].added, approx=found[-1].approx)
    return found, [id_of(metric) for metric in metrics]


def inside(one: FiledFigure, selection: ReportSelection) -> bool:
    """Whether a report counts in the period of a selection, whenever it came in."""
    report = one.report
    return (
        not report.withdrawn
        and report.counted_at <= selection.until
        and (selection.since is None or report.counted_at > selection.since)
        and (selection.unit_ids is None or report.unit_id in selection.unit_ids)
    )


@pytest.mark.parametrize("of_a_unit", [False, True])
@pytest.mark.parametrize(("hours", "length", "came"), SPANS)
async def test_as_it_was_known(
    session: Session,
    filed: tuple[list[FiledFigure], list[int]],
    units: list[Unit],
    now: datetime,
    of_a_unit: bool,
    hours: int,
    length: int,
    came: int,
) -> None:
    """``came``: hours between the end of the period and the moment at which it is known."""
    every, metric_ids = filed
    until = now - hours * HOUR
    came_by, scope = until + came * HOUR, [id_of(units[0])] if of_a_unit else None
    day = ReportSelection(until, until - length * HOUR, scope, came_by=came_by)
    ever = ReportSelection(until, None, scope, came_by=came_by)
    known = [one for one in every if one.report.reported_at <= came_by]
    counted, totalled = (
        [one for one in known if inside(one, day)],
        [one for one in known if inside(one, ever)],
    )

    counts = await report_sums.report_counts(session, day)
    assert {unit: found.reports for unit, found in counts.items()} == by_unit(counted)
    sums = await report_sums.quantity_sums(session, day)
    assert [(line.total, line.added) for line in sums] == expected(total(totalled), total(counted))
    assert [line.approx for line in sums] == [any(one.approx for one in totalled)] * len(sums)
    (listed,) = await figure_sources.item_totals(session, ever)
    assert (listed.total, listed.figures) == (total(totalled), len(totalled))
    parts = await figure_sources.of_item(session, ever, listed, 100)
    assert sorted(part.report_id for part in parts) == sorted(id_of(one.report) for one in totalled)
    if not of_a_unit:
        reached = await period_sums.of_metrics(session, metric_ids, until, came_by)
        assert from_scaled(sum(reached.values())) == total(totalled)

    late = [one for one in every if inside(one, day) and one.report.reported_at > came_by]
    after = came_by + 24 * HOUR
    later = by_unit([one for one in late if one.report.reported_at > after])
    assert await late_arrivals.late_counts(session, day, after) == {
        unit: LateCount(count, later.get(unit, 0)) for unit, count in by_unit(late).items()
    }
    assert sum(line.total for line in await late_arrivals.late_sums(session, day)) == total(late)


def by_unit(found: list[FiledFigure]) -> dict[int, int]:
    units = [one.report.unit_id for one in found]
    return {unit: units.count(unit) for unit in units}


def total(found: list[FiledFigure]) -> Decimal:
    return Decimal(sum(one.added for one in found))


def expected(reached: Decimal, added: Decimal) -> list[tuple[Decimal, Decimal]]:
    return [(reached, added)] if reached else []


async def test_nothing_is_late_where_nothing_is_asked(session: Session, now: datetime) -> None:
    selection = ReportSelection(now)
    assert await late_arrivals.late_counts(session, selection, now) == {}
    assert await late_arrivals.late_sums(session, selection) == []
