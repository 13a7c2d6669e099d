"""Queries of metrics: of which task, what was merged into what, and what the units chose for their words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from models import tasks
from models.db import Session
from models.people import Contact, Unit
from models.progress import (
    FigureMode,
    ProgressReport,
    metric_choices,
    metric_merges,
    mode_choices,
    report_sums,
)
from models.progress.metric_choices import MetricChoice
from models.progress.mode_choices import WORDING_LIMIT, ModeChoice
from models.tasks import Metric, Task, target_metrics
from models.tasks.target_metrics import TargetMetric
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of


@dataclass(frozen=True, slots=True)
class Desk:
    """Two units, and a task of each with a metric."""

    rows: Rows
    ours: Unit
    other: Unit
    person: Contact
    task: Task
    other_task: Task
    metric: Metric
    of_other_task: Metric

    async def add(self, *items: str, into: Metric | None = None) -> list[Metric]:
        """Add metrics of the first task, all merged into the given one."""
        made = [await self.rows.metric(self.task, item) for item in items]
        for metric in made:
            metric.merged_into = None if into is None else id_of(into)
        return made

    async def report(self, *metrics: Metric, unit: Unit | None = None, **values: Any) -> ProgressReport:
        """Add a report with one figure under each metric."""
        task_id = metrics[0].task_id
        report = await self.rows.report(unit or self.ours, self.person, task_id=task_id, **values)
        for metric in metrics:
            await self.rows.figure(report, metric, 3)
        return report


@pytest.fixture
async def desk(roster: Roster, rows: Rows) -> Desk:
    ours, other = await roster.unit("城管局"), await roster.unit("交通局")
    person = await roster.contact(ours, "张三")
    here, there = await roster.task(ours, "清理广告", None), await roster.task(other, "清运垃圾", None)
    return Desk(rows, ours, other, person, here, there, await rows.metric(here), await rows.metric(there))


async def test_the_metrics_of_each_task_that_has_any(session: Session, roster: Roster, desk: Desk) -> None:
    bare = await roster.task(desk.ours, "巡查", None)
    (second,) = await desk.add("横幅")
    of_both = await tasks.metrics_of_tasks(session, ids_of(desk.task, desk.other_task, bare))
    assert of_both == {
        id_of(desk.task): [desk.metric, second],
        id_of(desk.other_task): [desk.of_other_task],
    }
    assert await tasks.metrics_of_tasks(session, ids_of(bare)) == {}


async def test_the_metrics_of_tasks_with_a_target(session: Session, desk: Desk) -> None:
    desk.other_task.target_value, desk.other_task.target_unit = Decimal(50), "处"
    await session.flush()
    assert await target_metrics.tasks_with_target(session) == {id_of(desk.other_task): desk.other_task}
    metric = desk.of_other_task
    named = TargetMetric(id_of(desk.other_task), id_of(metric), metric.item, metric.unit, None)
    assert await target_metrics.metrics_of_targets(session) == {id_of(desk.other_task): [named]}


async def test_a_name_of_a_merged_metric_stands_for_the_last_one(session: Session, desk: Desk) -> None:
    (second,) = await desk.add("横幅", into=desk.metric)
    await desk.add("标语", into=second)
    for item in ("标语", "横幅", desk.metric.item):
        assert await tasks.metric_named(session, id_of(desk.task), item, "处") == desk.metric


async def test_what_was_merged_into_a_metric_on_any_way(session: Session, desk: Desk) -> None:
    second, third = await desk.add("横幅", "灯箱", into=desk.metric)
    (below,) = await desk.add("标语", into=third)
    (alone,) = await desk.add("花箱")
    assert await metric_merges.taken_in(session, desk.metric) == [second, third, below]
    assert await metric_merges.taken_in(session, third) == [below]
    for one in (second, alone, desk.of_other_task):
        assert await metric_merges.taken_in(session, one) == []


async def test_figures_follow_a_merging_and_some_return(session: Session, desk: Desk) -> None:
    second, third = await desk.add("横幅", "灯箱")
    reports = [await desk.report(one) for one in (desk.metric, second, third, desk.of_other_task)]
    await metric_merges.move_figures(session, id_of(second), id_of(desk.metric))
    await metric_merges.move_figures(session, id_of(third), id_of(desk.metric))
    assert await _counted(session, desk.metric, second, third) == [9, 0, 0]
    await metric_merges.return_figures(session, ids_of(second), id_of(desk.metric), id_of(second))
    assert await _counted(session, desk.metric, second, third) == [6, 3, 0]
    assert await _counted(session, desk.of_other_task) == [3]
    assert len(reports) == 4


async def _counted(session: Session, *metrics: Metric) -> list[int]:
    totals = await report_sums.metric_totals(session, ids_of(*metrics))
    return [int(totals.get(id_of(one), 0)) for one in metrics]


async def test_whether_a_figure_of_one_metric_counts_under_another(session: Session, desk: Desk) -> None:
    (second,) = await desk.add("横幅")
    one, other = id_of(desk.metric), id_of(second)
    await desk.report(second)
    assert not await metric_merges.has_figures(session, other, one)
    await metric_merges.move_figures(session, other, one)
    assert await metric_merges.has_figures(session, other, one)
    assert not await metric_merges.has_figures(session, one, other)


async def test_the_first_report_of_each_unit_that_stands(session: Session, desk: Desk) -> None:
    (second,) = await desk.add("横幅")
    await desk.report(desk.metric, withdrawn=True)
    await desk.report(second)
    ours = await desk.report(desk.metric)
    await desk.report(desk.metric)
    theirs = await desk.report(desk.metric, unit=desk.other)
    reworded = await desk.report(desk.metric, unit=desk.other)
    reworded.revision += 1
    await session.flush()
    assert await metric_merges.first_reports(session, id_of(desk.metric)) == [ours, theirs]


async def test_the_items_of_the_last_report_with_figures(session: Session, desk: Desk) -> None:
    (second,) = await desk.add("横幅")
    await desk.report(desk.metric)
    await desk.report(second, desk.metric)
    await desk.rows.report(desk.ours, desk.person, task_id=id_of(desk.task))
    await desk.report(desk.metric, withdrawn=True)
    await desk.report(desk.metric, unit=desk.other)
    of_task = id_of(desk.task)
    items = await report_sums.last_items(session, of_task, id_of(desk.ours))
    assert items == [("横幅", "处"), (desk.metric.item, "处")]
    assert await report_sums.last_items(session, of_task, id_of(desk.other)) == [(desk.metric.item, "处")]
    assert await report_sums.last_items(session, id_of(desk.other_task), id_of(desk.ours)) == []


async def test_a_unit_files_words_as_it_did_last(session: Session, desk: Desk) -> None:
    (second,) = await desk.add("横幅")
    ours, of_task = id_of(desk.ours), id_of(desk.task)
    long = "长" * (WORDING_LIMIT + 9)
    await metric_choices.remember(session, ours, desk.metric, "小广告", "处")
    await metric_choices.remember(session, ours, second, "小广告", "张")
    await metric_choices.remember(session, ours, second, "小广告", "处")
    await metric_choices.remember(session, ours, second, long, "处")
    await metric_choices.remember(session, id_of(desk.other), desk.metric, "小广告", "处")
    await metric_choices.remember(session, ours, desk.of_other_task, "小广告", "处")
    metrics, choices = await metric_choices.with_choices(session, ours, of_task)
    assert metrics == [desk.metric, second]
    assert choices == {
        ("小广告", "处"): id_of(second),
        ("小广告", "张"): id_of(second),
        (long[:WORDING_LIMIT], "处"): id_of(second),
    }
    of_others = await metric_choices.with_choices(session, id_of(desk.other), id_of(desk.other_task))
    assert of_others == ([desk.of_other_task], {})
    assert await desk.rows.count(MetricChoice) == 5


async def test_a_unit_counts_open_words_as_it_did_last(session: Session, desk: Desk) -> None:
    ours, here, there = id_of(desk.ours), id_of(desk.metric), id_of(desk.of_other_task)
    await mode_choices.remember(session, ours, here, "完成", FigureMode.INCREMENT)
    await mode_choices.remember(session, ours, here, "完成", FigureMode.CUMULATIVE)
    await mode_choices.remember(session, ours, there, "完成", FigureMode.INCREMENT)
    await mode_choices.remember(session, id_of(desk.other), here, "完成", FigureMode.INCREMENT)
    assert await mode_choices.of_unit(session, ours, [here]) == {(here, "完成"): FigureMode.CUMULATIVE}
    assert await mode_choices.of_unit(session, ours, [here, there]) == {
        (here, "完成"): FigureMode.CUMULATIVE,
        (there, "完成"): FigureMode.INCREMENT,
    }
    assert await mode_choices.of_unit(session, ours, []) == {}
    assert await desk.rows.count(ModeChoice) == 3
