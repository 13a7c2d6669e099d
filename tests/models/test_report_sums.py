"""Sums of figures against sums by hand: the wording, the period and the unit that count, and "about"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.db import Session
from models.people import Contact, Unit
from models.progress import ProgressReport, report_sums, reported_figures
from models.progress.report_selection import ReportSelection
from models.progress.report_sums import QuantitySum, ReportCounts
from models.tasks import Metric, Task
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of

pytestmark = pytest.mark.both_engines("sums")

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Desk:
    """A task with a metric, and two units that report on it. Moments are hours from ``now``."""

    rows: Rows
    ours: Unit
    other: Unit
    person: Contact
    task: Task
    metric: Metric

    async def add(
        self,
        added: str | int,
        at: int = 0,
        *,
        unit: Unit | None = None,
        metric: Metric | None = None,
        approx: bool = False,
        arrived: int | None = None,
        **values: Any,
    ) -> ProgressReport:
        """Add a report with one figure; it arrived when it counts, unless ``arrived`` is given."""
        metric = metric or self.metric
        report = await self.rows.report(
            unit or self.ours,
            self.person,
            task_id=metric.task_id,
            counted_at=self.rows.now + at * HOUR,
            reported_at=self.rows.now + (at if arrived is None else arrived) * HOUR,
            **values,
        )
        await self.rows.figure(report, metric, added, approx=approx)
        return report


@pytest.fixture
async def desk(roster: Roster, rows: Rows) -> Desk:
    ours, other = await roster.unit("城管局"), await roster.unit("交通局")
    task = await roster.task(ours, "清理广告", None)
    return Desk(rows, ours, other, await roster.contact(ours, "张三"), task, await rows.metric(task))


@pytest.fixture
def sums(session: Session, now: datetime) -> Callable[..., Awaitable[list[QuantitySum]]]:
    """Ask for the sums of the two hours before ``now``; the end is included."""

    async def asked(**values: Any) -> list[QuantitySum]:
        return await report_sums.quantity_sums(session, ReportSelection(now, now - 2 * HOUR, **values))

    return asked


Sums = Callable[..., Awaitable[list[QuantitySum]]]


def quantity(total: str, added: str, approx: bool = False, added_approx: bool = False) -> QuantitySum:
    return QuantitySum("违规广告牌", "处", Decimal(total), Decimal(added), approx, added_approx)


async def test_nothing_reported_is_no_sum(desk: Desk, sums: Sums) -> None:
    assert desk.metric.id is not None
    assert await sums() == []


async def test_a_period_is_open_at_its_beginning_and_closed_at_its_end(desk: Desk, sums: Sums) -> None:
    for hours, added in ((-3, 100), (-2, 40), (-1, 7), (0, 2), (1, 1000)):
        await desk.add(added, hours)
    assert await sums() == [quantity("149", "9")]


async def test_sums_are_exact(desk: Desk, sums: Sums) -> None:
    for _ in range(3):
        await desk.add("0.1")
    await desk.add("1000000000.0001", -9)
    assert await sums() == [quantity("1000000000.3001", "0.3")]


async def test_a_correction_can_take_away(desk: Desk, sums: Sums) -> None:
    await desk.add("12.5", -9)
    await desk.add("-2.5")
    assert await sums() == [quantity("10", "-2.5")]


async def test_neither_former_wordings_nor_withdrawn_reports_count(desk: Desk, sums: Sums) -> None:
    corrected = await desk.add(5, revision=2)
    await desk.rows.figure(corrected, desk.metric, 70, revision=1, approx=True)
    await desk.add(900, withdrawn=True)
    assert await sums() == [quantity("5", "5")]


ABOUT = [
    pytest.param((False, False), (False, False), id="both exact"),
    pytest.param((True, False), (True, False), id="before the period"),
    pytest.param((False, True), (True, True), id="in the period"),
]


@pytest.mark.parametrize(("given", "said"), ABOUT)
async def test_a_sum_is_about_so_if_one_of_its_figures_is(
    desk: Desk, sums: Sums, given: tuple[bool, bool], said: tuple[bool, bool]
) -> None:
    for hours, approx in zip((-9, 0), given, strict=True):
        await desk.add(3, hours, approx=approx)
    await desk.add(1, 5, approx=True)  # later than all asked periods
    assert await sums() == [quantity("6", "3", *said)]


async def test_by_arrival_a_late_report_falls_in_the_period_of_its_coming_in(desk: Desk, sums: Sums) -> None:
    await desk.add(1, -9, arrived=0)
    await desk.add(20, -1, arrived=3)
    assert await sums() == [quantity("21", "20")]
    assert await sums(by_arrival=True) == [quantity("1", "1")]


async def test_sums_of_units(desk: Desk, sums: Sums) -> None:
    await desk.add(1)
    await desk.add(20, unit=desk.other)
    assert await sums(unit_ids=[id_of(desk.other)]) == [quantity("20", "20")]
    assert await sums(unit_ids=ids_of(desk.ours, desk.other)) == [quantity("21", "21")]
    assert await sums(unit_ids=[]) == []


async def test_one_item_adds_up_over_tasks_but_not_over_measures(
    desk: Desk, roster: Roster, rows: Rows, sums: Sums
) -> None:
    other = await roster.task(desk.other, "别的任务", None)
    lorries = await rows.metric(other, "垃圾", "车")
    tons = await rows.metric(other, "垃圾", "吨")
    same = await rows.metric(other)
    for metric, added in ((tons, 3), (desk.metric, 10), (lorries, 4), (same, 5)):
        await desk.add(added, metric=metric)
    found = [(one.item, one.measure, one.total) for one in await sums()]
    assert found == [
        ("垃圾", "吨", Decimal(3)),
        ("违规广告牌", "处", Decimal(15)),
        ("垃圾", "车", Decimal(4)),
    ]


TOTALS = [
    pytest.param({}, {"first": 111, "second": 1000}, id="by all"),
    pytest.param({"unit": "ours"}, {"first": 101, "second": 1000}, id="by one unit"),
    pytest.param({"before": 2}, {"first": 11}, id="by earlier reports"),
    pytest.param({"unit": "other", "before": 1}, {}, id="by nobody"),
]


@pytest.mark.parametrize(("asked", "expected"), TOTALS)
async def test_totals_of_metrics(
    session: Session, desk: Desk, rows: Rows, asked: dict[str, Any], expected: dict[str, int]
) -> None:
    """``before``: the place of a report in the list; only reports before it count."""
    second = await rows.metric(desk.task, "垃圾", "车")
    reports = [
        await desk.add(1),
        await desk.add(10, unit=desk.other),
        await desk.add(100),
        await desk.add(1000, metric=second),
        await desk.add(10_000, withdrawn=True),
    ]
    await rows.figure(reports[0], desk.metric, 100_000, revision=9)
    found = await report_sums.metric_totals(
        session,
        ids_of(desk.metric, second),
        {"ours": desk.ours.id, "other": desk.other.id}.get(asked.get("unit", "")),
        before=reports[asked["before"]].id if "before" in asked else None,
    )
    names = {"first": id_of(desk.metric), "second": id_of(second)}
    assert found == {names[name]: Decimal(total) for name, total in expected.items()}


async def test_figures_of_a_report_stand_with_the_totals_of_all(
    session: Session, desk: Desk, rows: Rows
) -> None:
    report = await desk.add(5, revision=2, approx=True)
    await rows.figure(report, await rows.metric(desk.task, "垃圾", "车"), 3)
    await rows.figure(report, desk.metric, 70, revision=1)
    await desk.add(20, unit=desk.other)
    found = await reported_figures.figures_of_report(session, report)
    five, twenty_five, three = Decimal(5), Decimal(25), Decimal(3)
    # The last value names the metric.
    assert [one[:-1] for one in found] == [
        ("违规广告牌", "处", five, twenty_five, True, False),
        ("垃圾", "车", three, three, False, False),
    ]


async def test_reports_of_a_period_are_counted_by_unit(session: Session, desk: Desk, now: datetime) -> None:
    await desk.add(1, -2)
    await desk.add(1, -1, late=True)
    await desk.add(1, 0, unit=desk.other)
    await desk.add(1, -9, arrived=-1)
    await desk.add(1, 0, arrived=2)
    await desk.rows.report(desk.ours, desk.person)
    await desk.add(1, 1)
    await desk.add(1, -1, withdrawn=True)
    span = ReportSelection(now, now - 2 * HOUR)
    ours, other = ids_of(desk.ours, desk.other)
    counts = report_sums.report_counts
    theirs = ReportCounts(reports=1, progress=1, late=0, made_up=0)
    assert await counts(session, span) == {ours: ReportCounts(3, 2, 1, 1), other: theirs}
    assert await counts(session, replace(span, unit_ids=[other])) == {other: theirs}
    assert await counts(session, replace(span, unit_ids=[])) == {}
    assert await counts(session, replace(span, by_arrival=True)) == {
        ours: ReportCounts(3, 2, 1, 1),
        other: theirs,
    }


async def test_what_was_filed_last_is_first_and_so_many(session: Session, desk: Desk, rows: Rows) -> None:
    second, none = await rows.metric(desk.task, "垃圾", "车"), await rows.metric(desk.task, "井盖", "个")
    for added, hours in ((1, 0), (2, -3), (3, 0), (4, -1)):
        await desk.add(added, hours)
    await desk.add(9, metric=second)
    await desk.add(50, unit=desk.other)
    await desk.add(60, withdrawn=True)
    await rows.figure(await desk.add(5, -4, revision=2), desk.metric, 70, revision=1)
    ids = ids_of(desk.metric, second, none)
    last = await report_sums.last_added(session, ids, id_of(desk.ours))
    assert last == {ids[0]: [5, 4, 3, 2, 1], ids[1]: [9]}
    last = await report_sums.last_added(session, ids, id_of(desk.ours), 2)
    assert last == {ids[0]: [5, 4], ids[1]: [9]}
