"""The office merges, parts and renames the metrics of a task. Figures follow; the words of reports stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models import tasks, ticks
from models.db import Session, ident
from models.progress import ProgressReport, metric_merges
from models.tasks import Metric, Task
from rules.people.typed_names import tidy
from rules.progress.measures import are_same
from rules.progress.metric_likeness import is_turned_round, present_name
from services import audit
from services.errors import DomainError
from services.groups import past_tallies
from services.progress import report_figures
from services.tasks.task_steps import for_office
from services.turn import Turn

NAME_LIMIT: Final = 60


@dataclass(frozen=True, slots=True)
class NameProposal:
    """A shorter ``name`` that the rules would give a metric; ``into``: the metric that has it already."""

    metric: Metric
    name: str
    into: Metric | None


async def proposals(session: Session, task: Task) -> list[NameProposal]:
    """The shorter names, and names that only turn another one round, on which the office has not decided."""
    metrics = [m for m in await tasks.metrics_of(session, ident(task)) if m.merged_into is None]
    named = {(metric.item, metric.unit): metric for metric in metrics}
    found = []
    for metric in metrics:
        name = present_name(metric.item, metric.unit)
        # A number that names nothing is filed under the task's own words.
        if metric.name_kept:
            continue
        if name != metric.item and metric.item != task.objective[: len(metric.item)]:
            found.append(NameProposal(metric, name, named.get((name, metric.unit))))
        elif turned := next((one for one in metrics if _is_turned_round(metric, one)), None):
            found.append(NameProposal(metric, turned.item, turned))
    return found


def _is_turned_round(metric: Metric, other: Metric) -> bool:
    """Whether the older ``other`` has the metric's words in another order."""
    older = ident(other) < ident(metric) and are_same(metric.unit, other.unit)
    return older and is_turned_round(metric.item, other.item)


async def of_office(turn: Turn, metric_id: int) -> tuple[Task, Metric]:
    """A metric and its task, for the office."""
    metric = await turn.session.get(Metric, metric_id)
    if metric is None:
        raise DomainError("metrics.changed_since")
    return await for_office(turn.session, turn.actor, metric.task_id), metric


async def _for_change(turn: Turn, metric_id: int) -> tuple[Task, Metric]:
    """As ``of_office``; the task is locked, so nothing is filed meanwhile."""
    task, metric = await of_office(turn, metric_id)
    await tasks.lock(turn.session, metric.task_id)
    await turn.session.refresh(metric)
    return task, metric


async def accept(turn: Turn, metric_id: int, name: str) -> Metric:
    """Give the metric the proposed name; it is merged where another has that name."""
    task, metric = await _for_change(turn, metric_id)
    for proposal in await proposals(turn.session, task):
        if proposal.metric.id == metric.id and proposal.name == name:
            if proposal.into is not None:
                await merge(turn, metric_id, ident(proposal.into))
            else:
                await rename(turn, metric_id, metric.item, name)
            return metric
    raise DomainError("metrics.changed_since")


async def decline(turn: Turn, metric_id: int) -> None:
    """Keep the metric's name; the shorter one is not proposed again."""
    task, metric = await _for_change(turn, metric_id)
    found = await proposals(turn.session, task)
    metric.name_kept = True
    proposed = next((one.name for one in found if one.metric.id == metric_id), metric.item)
    _record(turn, metric, "metric_keep", proposed, metric.item)
    await turn.session.flush()


async def rename(turn: Turn, metric_id: int, seen: str, name: str) -> Metric:
    """Rename the metric; words that say its former name still find it. ``seen``: the name on the card."""
    _, metric = await _for_change(turn, metric_id)
    name = tidy(name)
    if metric.item != seen or metric.merged_into is not None:
        raise DomainError("metrics.changed_since")
    if not name or len(name) > NAME_LIMIT:
        raise DomainError("metrics.bad_name", limit=NAME_LIMIT)
    if name != seen:
        await _free_name(turn.session, metric, name)
        metric.item, metric.name_kept = name, True
        _record(turn, metric, "metric_rename", seen, name)
        await turn.session.flush()
        turn.session.add(Metric(task_id=metric.task_id, item=seen, unit=metric.unit, merged_into=metric_id))
        await turn.session.flush()
    return metric


async def _free_name(session: Session, metric: Metric, name: str) -> None:
    """Refuse a name that another metric of that unit has, unless it is only a former name of this one."""
    for other in await tasks.metrics_of(session, metric.task_id):
        if other.id == metric.id or (other.item, other.unit) != (name, metric.unit):
            continue
        former = other.merged_into == metric.id
        if not former or await metric_merges.has_figures(session, ident(other), ident(metric)):
            raise DomainError("metrics.name_taken", item=name, unit=metric.unit)
        await session.delete(other)
        await session.flush()


async def merge(turn: Turn, metric_id: int, into_id: int) -> None:
    """Let all figures of a metric count under another one of the task in the same unit of measure."""
    _, metric = await _for_change(turn, metric_id)
    into = await turn.session.get(Metric, into_id)
    if into is None or into.task_id != metric.task_id or into_id == metric_id:
        raise DomainError("metrics.changed_since")
    if metric.merged_into is not None or into.merged_into is not None:
        raise DomainError("metrics.changed_since")
    if not are_same(metric.unit, into.unit):
        raise DomainError("metrics.unlike_units", one=metric.unit, other=into.unit)
    await ticks.last_tick(turn.session, "tally")
    metric.merged_into = into_id
    await metric_merges.move_figures(turn.session, metric_id, into_id)
    _record(turn, metric, "metric_merge", _named(metric), _named(into))
    await _count_anew(turn, [into])


async def part(turn: Turn, metric_id: int) -> Metric:
    """Take a merging back: what was filed under the metric counts there again."""
    _, metric = await _for_change(turn, metric_id)
    if metric.merged_into is None:
        raise DomainError("metrics.changed_since")
    into = await tasks.standing_metric(turn.session, metric)
    await ticks.last_tick(turn.session, "tally")
    filed = [metric_id, *(ident(one) for one in await metric_merges.taken_in(turn.session, metric))]
    await metric_merges.return_figures(turn.session, filed, ident(into), metric_id)
    metric.merged_into = None
    _record(turn, metric, "metric_part", _named(into), _named(metric))
    await _count_anew(turn, [metric, into])
    return metric


async def _count_anew(turn: Turn, metrics: Sequence[Metric]) -> None:
    """Recalculate what all figures of the metrics add, and correct the tallies of the last days.

    ``DomainError``: a 累计 would fall.
    """
    await turn.session.flush()
    touched: list[ProgressReport] = []
    for metric in metrics:
        for first in await metric_merges.first_reports(turn.session, ident(metric)):
            try:
                touched += [first, *await report_figures.renew_additions(turn.session, first, metric)]
            except DomainError as refusal:
                if refusal.text.key != "corrections.later_total":
                    raise
                raise DomainError("metrics.total_falls", **refusal.text.values) from None
    if touched:
        await past_tallies.correct(turn.session, touched, now=turn.now)


def _named(metric: Metric) -> str:
    return f"{metric.item}（{metric.unit}）"


def _record(turn: Turn, metric: Metric, event: str, before: str, after: str) -> None:
    turn.session.add(metric)
    audit.note(turn, event, ("task", metric.task_id), before={"metric": before}, after={"metric": after})
