"""Kept sums against the figures, read one by one: of any period, unit and task, whatever happened before."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models import tasks
from models.db import Session, ident
from models.people import Contact, Unit
from models.progress import (
    Figure,
    FigureMode,
    ProgressReport,
    ReportKind,
    figure_sources,
    metric_merges,
    metric_sums,
    report_sums,
    report_totals,
)
from models.progress.report_selection import ReportSelection
from models.progress.report_sums import QuantitySum, ReportCounts
from models.tasks import Metric, Task
from rules.progress.counted_periods import day_of, moments_of
from tests.support.counted_figures import CountedFigure, counted_figures
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

pytestmark = pytest.mark.both_engines("sums")

ITEMS = (("违规广告牌", "处"), ("垃圾", "车"), ("垃圾", "吨"))
AMOUNTS = ("1", "12", "0.5", "1000000000.0001", "-3")


class History:
    """Reports of two units on two tasks over half a year, with corrections, withdrawals and merges."""

    def __init__(self, session: Session, rows: Rows, units: list[Unit], person: Contact, seed: int) -> None:
        self.session, self.rows, self.units, self.person = session, rows, units, person
        self.dice = random.Random(seed)  # noqa: S311  # the same steps each time
        self.metrics: list[Metric] = []
        self.reports: list[ProgressReport] = []

    def moment(self) -> datetime:
        at = self.rows.now - timedelta(days=self.dice.randint(0, 190), hours=self.dice.randint(0, 23))
        return self.dice.choice([at, at.replace(hour=16, minute=0), at.replace(hour=15, minute=59)])

    async def step(self) -> None:
        choices = (self.report, self.report, self.report, self.correct, self.withdraw, self.merge)
        await self.dice.choice(choices)()

    async def report(self) -> None:
        metric, at = self.dice.choice(self.metrics), self.moment()
        late = self.dice.random() < 0.2
        report = await self.rows.report(
            self.dice.choice(self.units),
            self.person,
            task_id=metric.task_id,
            reported_at=at,
            counted_at=at - timedelta(days=self.dice.randint(0, 9)) if late else at,
        )
        self.reports.append(report)
        await metric_sums.add(self.session, report, [await self.figure(report, metric)])

    async def figure(self, report: ProgressReport, metric: Metric) -> Figure:
        standing = await tasks.standing_metric(self.session, metric)
        return await self.rows.add(
            Figure(
                report_id=id_of(report),
                revision=report.revision,
                metric_id=id_of(standing),
                filed_under=id_of(metric),
                mode=FigureMode.INCREMENT,
                stated=Decimal(1),
                added=Decimal(self.dice.choice(AMOUNTS)),
                approx=self.dice.random() < 0.2,
            )
        )

    async def correct(self) -> None:
        """A wording with another number, which may be of another metric of the task."""
        if not self.reports:
            return
        report = self.dice.choice(self.reports)
        of_task = [metric for metric in self.metrics if metric.task_id == report.task_id]
        await self._take_off(report, withdrawn=report.withdrawn)
        if not report.withdrawn:
            await metric_sums.add(
                self.session, report, [await self.figure(report, self.dice.choice(of_task))]
            )

    async def withdraw(self) -> None:
        if self.reports:
            await self._take_off(self.dice.choice(self.reports), withdrawn=True)

    async def _take_off(self, report: ProgressReport, *, withdrawn: bool) -> None:
        metric_ids = [ident(metric) for metric in self.metrics if metric.task_id == report.task_id]
        was, report.revision, report.withdrawn = report.withdrawn, report.revision + 1, withdrawn
        await self.rows.add(report)
        if withdrawn != was:
            await (report_totals.take_off if withdrawn else report_totals.add)(self.session, report)
        day = {day_of(report.counted_at)}
        await metric_sums.count_anew(self.session, report.unit_id, dict.fromkeys(metric_ids, day))

    async def merge(self) -> None:
        """Of one metric into another, or back."""
        metric = self.dice.choice(self.metrics)
        others = [one for one in self.metrics if one.task_id == metric.task_id and one is not metric]
        if metric.merged_into is not None:
            into = await tasks.standing_metric(self.session, metric)
            metric.merged_into = None
            await metric_merges.return_figures(self.session, [ident(metric)], ident(into), ident(metric))
        elif all(one.merged_into is None for one in self.metrics):
            metric.merged_into = ident(self.dice.choice(others))
            await metric_merges.move_figures(self.session, ident(metric), metric.merged_into)


@pytest.fixture
async def history(session: Session, roster: Roster, rows: Rows, request: pytest.FixtureRequest) -> History:
    units = [await roster.unit("城管局"), await roster.unit("交通局")]
    made = History(session, rows, units, await roster.contact(units[0], "张三"), request.param)
    for number, unit in enumerate(units):
        task = await roster.task(unit, f"任务{number}", None)
        made.metrics += [await rows.metric(task, item, measure) for item, measure in ITEMS]
    for _ in range(60):
        await made.step()
    return made


def by_hand(figures: list[CountedFigure], since: datetime, *, by_arrival: bool) -> list[QuantitySum]:
    """The sums, in the order of the items' first figures."""
    groups: dict[tuple[str, str], list[tuple[CountedFigure, bool]]] = defaultdict(list)
    for one in sorted(figures, key=lambda figure: figure.figure_id):
        inside = (one.reported_at if by_arrival else one.counted_at) > since
        groups[one.item, one.measure].append((one, inside))
    return [
        QuantitySum(
            item,
            measure,
            sum((one.added for one, _ in parts), Decimal(0)),
            sum((one.added for one, inside in parts if inside), Decimal(0)),
            any(one.approx for one, _ in parts),
            any(one.approx for one, inside in parts if inside),
        )
        for (item, measure), parts in groups.items()
    ]


def named(sums: list[QuantitySum]) -> dict[tuple[str, str], QuantitySum]:
    return {(one.item, one.measure): one for one in sums}


SEEDS = [1, 2, 3, 4]


@pytest.mark.repeated("history")
@pytest.mark.parametrize("history", SEEDS, indirect=True)
async def test_kept_rows_are_those_of_the_figures(session: Session, history: History) -> None:
    for metric in history.metrics:
        kept = await metric_sums.kept_sums(session, ident(metric))
        assert kept == await metric_sums.standing_sums(session, ident(metric))
        await metric_sums.rebuild(session, [ident(metric)])
        assert await metric_sums.kept_sums(session, ident(metric)) == kept


@pytest.mark.repeated("history")
@pytest.mark.parametrize("history", SEEDS, indirect=True)
async def test_sums_of_any_period_are_those_of_its_figures(session: Session, history: History) -> None:
    for _ in range(12):
        since, until = sorted((history.moment(), history.moment()))
        for unit_ids in (None, [id_of(history.units[1])], []):
            for by_arrival in (False, True):
                asked = ReportSelection(until, since, unit_ids, by_arrival=by_arrival)
                found = await report_sums.quantity_sums(session, asked)
                figures = [
                    one
                    for one in await counted_figures(session, until=history.rows.now, unit_ids=unit_ids)
                    if (one.reported_at if by_arrival else one.counted_at) <= until
                ]
                assert named(found) == named(by_hand(figures, since, by_arrival=by_arrival))
                whole = await report_sums.quantity_sums(session, replace(asked, since=None))
                ever = datetime.min.replace(tzinfo=UTC)
                assert named(whole) == named(by_hand(figures, ever, by_arrival=by_arrival))


@pytest.mark.repeated("history")
@pytest.mark.parametrize("history", SEEDS, indirect=True)
async def test_kept_totals_are_those_of_the_reports(session: Session, history: History) -> None:
    for unit in history.units:
        kept = await report_totals.kept_totals(session, id_of(unit))
        assert kept == await report_totals.standing_totals(session, id_of(unit))
        assert all(row["reports"] for row in kept)
        await report_totals.rebuild(session, id_of(unit), kept)
        assert await report_totals.kept_totals(session, id_of(unit)) == kept


@pytest.mark.repeated("history")
@pytest.mark.parametrize("history", SEEDS, indirect=True)
async def test_counts_of_any_period_are_those_of_its_reports(session: Session, history: History) -> None:
    task = await session.get_one(Task, history.metrics[0].task_id)
    task.action = "背街小巷整治"
    reports = [one for one in history.reports if not one.withdrawn]
    for _ in range(12):
        since, until = sorted((history.moment(), history.moment()))
        # A day that ends with the period, and one that begins with it.
        since, until = history.dice.choice([(since, until), (day_before(since), day_before(until))])
        for by_arrival in (False, True):
            asked = ReportSelection(until, since, by_arrival=by_arrival)
            inside = [
                one for one in reports if since < (one.reported_at if by_arrival else one.counted_at) <= until
            ]
            by_unit = await report_sums.report_counts(session, asked)
            assert by_unit == counts_by_hand(inside, lambda one: one.unit_id)
            by_action = await report_sums.counts_by(session, asked, "action")
            assert by_action == counts_by_hand(
                inside, lambda one: "背街小巷整治" if one.task_id == task.id else "市容环境整治"
            )
            of_task = [one for one in inside if one.task_id == task.id]
            selected = replace(asked, action="背街小巷整治", unit_ids=[id_of(history.units[0])])
            found = await report_sums.report_counts(session, selected)
            mine = [one for one in of_task if one.unit_id == history.units[0].id]
            assert found == counts_by_hand(mine, lambda one: one.unit_id)


def day_before(moment: datetime) -> datetime:
    """The last moment of the day before, in Beijing."""
    return moments_of(day_of(moment)).after


def counts_by_hand(
    reports: list[ProgressReport], key: Callable[[ProgressReport], object]
) -> dict[object, ReportCounts]:
    found: dict[object, list[ProgressReport]] = defaultdict(list)
    for one in reports:
        found[key(one)].append(one)
    return {
        name: ReportCounts(
            len(some),
            sum(one.kind is ReportKind.PROGRESS for one in some),
            sum(one.late for one in some),
            sum(one.counted_at < one.reported_at for one in some),
        )
        for name, some in found.items()
    }


@pytest.mark.repeated("history")
@pytest.mark.parametrize("history", SEEDS, indirect=True)
async def test_totals_before_a_report_are_those_of_earlier_ones(session: Session, history: History) -> None:
    ids = [ident(metric) for metric in history.metrics]
    figures = await counted_figures(session, until=history.rows.now)
    places = {(one.task_id, one.item, one.unit): ident(one) for one in history.metrics}
    tasks_of = {ident(report): report.task_id or 0 for report in history.reports}
    for report in history.reports[::7]:
        expected: dict[int, Decimal] = defaultdict(Decimal)
        for one in figures:
            if one.report_id < ident(report) and one.unit_id == report.unit_id:
                expected[places[tasks_of[one.report_id], one.item, one.measure]] += one.added
        found = await report_sums.metric_totals(session, ids, report.unit_id, before=ident(report))
        assert found == expected


@pytest.mark.parametrize("few", [0, 12, 10_000], ids=["from the last day back", "by its days", "at once"])
@pytest.mark.parametrize("history", [1], indirect=True)
async def test_the_figures_behind_a_total_page_by_page(
    session: Session, history: History, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them once, those first that count last, whichever way they are found."""
    monkeypatch.setattr(figure_sources, "FEW", few)
    middle = history.rows.now - timedelta(days=60)

    def order(one: CountedFigure) -> tuple[datetime, int, int]:
        return one.counted_at, one.report_id, one.figure_id

    now, unit, task_id = history.rows.now, id_of(history.units[0]), history.metrics[-1].task_id
    (await session.get_one(Task, task_id)).action = "背街小巷整治"
    action = ReportSelection(now, middle, [unit], action="背街小巷整治")
    for selection, task_ids in (
        (ReportSelection(now), None),
        (ReportSelection(middle, unit_ids=[unit]), None),
        (ReportSelection(middle, task_id=task_id), [task_id]),
        (ReportSelection(now, middle), None),
        (action, [task_id]),
    ):
        figures = await counted_figures(
            session,
            until=selection.until,
            since=selection.since,
            unit_ids=selection.unit_ids,
            task_ids=task_ids,
        )
        totals = await figure_sources.item_totals(session, selection)
        assert sum(total.figures for total in totals) == len(figures) > 0
        for total in totals:
            paged = [
                one
                for offset in range(0, total.figures, 4)
                for one in await figure_sources.of_item(session, selection, total, 4, offset)
            ]
            behind = [
                (one.report_id, one.receipt_no, one.unit_id, one.added, one.approx)
                for one in sorted(figures, key=order, reverse=True)
                if (one.item, one.measure) == (total.item, total.measure)
            ]
            shown = [(one.report_id, one.receipt_no, one.unit_id, one.added, one.approx) for one in paged]
            assert shown == behind
            assert total.total == sum((one.added for one in paged), Decimal(0))


async def test_nothing_is_kept_of_what_no_longer_counts(session: Session, roster: Roster, rows: Rows) -> None:
    unit = await roster.unit("城管局")
    metric = await rows.metric(await roster.task(unit, "清理广告", None))
    report = await rows.report(unit, await roster.contact(unit, "张三"), task_id=metric.task_id)
    await rows.figure(report, metric, 5)
    assert len(await metric_sums.kept_sums(session, ident(metric))) == 3
    report.withdrawn = True
    await rows.add(report)
    await metric_sums.count_anew(session, ident(unit), {ident(metric): [day_of(report.counted_at)]})
    assert await metric_sums.kept_sums(session, ident(metric)) == []
