"""指标: the metrics of a task for the office, with shorter names to decide on, merging and renaming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from locales import Text
from models import tasks
from models.db import ident
from models.progress import metric_merges, report_sums
from models.tasks import Metric
from reports.formats import quantity_text, short
from rules.progress.measures import are_same
from services import questions
from services.progress import metric_changes
from services.progress.metric_changes import NameProposal
from services.tasks.task_steps import for_office
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, in_rows, paging

NUMBERS_IN_A_ROW = 4


async def show_metrics(turn: Turn, task_id: int, *, offset: int = 0) -> View:
    """The task's metrics with their totals, page by page; above them the shorter names to decide on."""
    task = await for_office(turn.session, turn.actor, task_id)
    metrics = await tasks.metrics_of(turn.session, task_id)
    standing = [metric for metric in metrics if metric.merged_into is None]
    lines = [Text("metrics.title", objective=short(task.objective, 60))]
    rows: list[list[ButtonSpec]] = []
    for place, proposal in enumerate(await metric_changes.proposals(turn.session, task), 1):
        if place <= LISTED:
            lines.append(_proposal_line(place, proposal))
            rows.append(_decisions(turn, place, proposal))
    shown = standing[offset : offset + LISTED]
    totals = await report_sums.metric_totals(turn.session, [ident(metric) for metric in shown])
    lines += [_metric_line(n, metric, totals) for n, metric in enumerate(shown, offset + 1)]
    if not standing:
        lines.append(Text("metrics.none"))
    numbers = [
        button(Text("metrics.open_button", number=number), "metric.open", turn.actor.id, metric_id=metric.id)
        for number, metric in enumerate(shown, offset + 1)
    ]
    rows += in_rows(numbers, NUMBERS_IN_A_ROW)
    rows += paging("metric.list", turn.actor.id, offset, len(standing), task_id=task_id)
    return View(lines, rows, [task_id])


def _proposal_line(place: int, proposal: NameProposal) -> Text:
    key = "metrics.propose_name" if proposal.into is None else "metrics.propose_merging"
    metric = proposal.metric
    return Text(key, place=place, item=metric.item, unit=metric.unit, name=proposal.name)


def _decisions(turn: Turn, place: int, proposal: NameProposal) -> list[ButtonSpec]:
    about = {"metric_id": proposal.metric.id}
    accept, decline = Text("metrics.accept_button", place=place), Text("metrics.decline_button", place=place)
    return [
        button(accept, "metric.accept", turn.actor.id, **about, name=proposal.name),
        button(decline, "metric.decline", turn.actor.id, **about),
    ]


def _metric_line(number: int, metric: Metric, totals: Mapping[int, Decimal]) -> Text:
    total = quantity_text(totals.get(ident(metric), Decimal(0)), metric.unit)
    return Text("metrics.line", number=number, item=metric.item, total=total)


async def open_one(turn: Turn, metric_id: int) -> View:
    """One metric: what it counted, what was merged into it, and what can be done."""
    task, metric = await metric_changes.of_office(turn, metric_id)
    metric = await tasks.standing_metric(turn.session, metric)
    totals = await report_sums.metric_totals(turn.session, [ident(metric)])
    total = quantity_text(totals.get(ident(metric), Decimal(0)), metric.unit)
    lines = [Text("metrics.one", item=metric.item, unit=metric.unit, total=total)]
    merged = await metric_merges.taken_in(turn.session, metric)
    lines += [Text("metrics.holds", item=one.item, unit=one.unit) for one in merged]
    about = {"metric_id": metric.id}
    row = [button("metrics.rename_button", "metric.ask_name", turn.actor.id, **about)]
    if await _mates(turn, metric):
        row.append(button("metrics.merge_button", "metric.choose", turn.actor.id, **about))
    parts = [
        button(_part_label(one), "metric.part", turn.actor.id, metric_id=one.id) for one in merged[:LISTED]
    ]
    return View(lines, [row, *in_rows(parts, 1), [_back(turn, ident(task))]], [ident(task)])


def _part_label(metric: Metric) -> Text:
    return Text("metrics.part_button", item=short(metric.item, 24))


async def _mates(turn: Turn, metric: Metric) -> Sequence[Metric]:
    """The other metrics of the task into which this one can be merged."""
    found = await tasks.metrics_of(turn.session, metric.task_id)
    return [m for m in found if m.id != metric.id and m.merged_into is None and are_same(m.unit, metric.unit)]


def _back(turn: Turn, task_id: int) -> ButtonSpec:
    return button("metrics.back_button", "metric.list", turn.actor.id, task_id=task_id, offset=0)


async def choose(turn: Turn, metric_id: int) -> View:
    """并入…: the metrics into which this one can be merged."""
    task, metric = await metric_changes.of_office(turn, metric_id)
    rows = [
        [
            button(
                Text("metrics.into_button", item=short(mate.item, 24), unit=mate.unit),
                "metric.merge",
                turn.actor.id,
                metric_id=metric_id,
                into_id=mate.id,
            )
        ]
        for mate in (await _mates(turn, metric))[:LISTED]
    ]
    line = Text("metrics.choose", item=metric.item, unit=metric.unit)
    return View([line], [*rows, [_back(turn, ident(task))]], [ident(task)])


async def merge(turn: Turn, metric_id: int, into_id: int) -> View:
    await metric_changes.merge(turn, metric_id, into_id)
    metric = await turn.session.get_one(Metric, metric_id)
    into = await turn.session.get_one(Metric, into_id)
    undo = button("metrics.undo_button", "metric.part", turn.actor.id, metric_id=metric_id)
    return await _done(turn, into.task_id, Text("metrics.merged", item=metric.item, into=into.item), undo)


async def part(turn: Turn, metric_id: int) -> View:
    metric = await metric_changes.part(turn, metric_id)
    return await _done(turn, metric.task_id, Text("metrics.parted", item=metric.item))


async def accept(turn: Turn, metric_id: int, name: str) -> View:
    """采纳: the metric gets the proposed name."""
    before = (await turn.session.get_one(Metric, metric_id)).item
    metric = await metric_changes.accept(turn, metric_id, name)
    if metric.merged_into is None:
        return await _renamed(turn, metric, before)
    undo = button("metrics.undo_button", "metric.part", turn.actor.id, metric_id=metric_id)
    return await _done(turn, metric.task_id, Text("metrics.merged", item=before, into=name), undo)


async def decline(turn: Turn, metric_id: int) -> View:
    """不采纳: the name stays."""
    await metric_changes.decline(turn, metric_id)
    metric = await turn.session.get_one(Metric, metric_id)
    return await _done(turn, metric.task_id, Text("metrics.declined", item=metric.item))


async def ask_name(turn: Turn, metric_id: int) -> View:
    """改名: the next words are the new name."""
    task, metric = await metric_changes.of_office(turn, metric_id)
    said = {"metric_id": metric_id, "seen": metric.item}
    await questions.ask_here(turn, "metric.name", said)
    line = Text("metrics.ask_name", item=metric.item, unit=metric.unit)
    return View([line], [[_back(turn, ident(task))]], [ident(task)])


async def rename(turn: Turn, metric_id: int, seen: str, words: str) -> View:
    """Give the metric the name that was written, or its former one."""
    metric = await metric_changes.rename(turn, metric_id, seen, words)
    return await _renamed(turn, metric, seen)


async def _renamed(turn: Turn, metric: Metric, before: str) -> View:
    about = {"metric_id": metric.id, "seen": metric.item, "words": before}
    undo = button("metrics.undo_button", "metric.rename", turn.actor.id, **about)
    return await _done(turn, metric.task_id, Text("metrics.renamed", before=before, item=metric.item), undo)


async def _done(turn: Turn, task_id: int, done: Text, *undo: ButtonSpec) -> View:
    """The list as it stands now, headed by what was done, with the button that takes it back."""
    shown = await show_metrics(turn, task_id)
    return View([done, *shown.lines], [*([[*undo]] if undo else []), *shown.rows], shown.task_ids)
