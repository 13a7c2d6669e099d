"""What a person chose for the numbers of a draft, kept while it goes to another task and comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Final

from models import tasks
from models.db import ident
from models.drafts import Draft
from models.progress import FigureMode
from models.tasks import Metric
from rules.progress.quantities import Doubt
from services.drafts import draft_changes, draft_figures
from services.drafts.draft_figures import NO_TOTAL, DraftFigure
from services.drafts.task_metrics import Filing
from services.turn import Turn

_KEPT: Final = "choices"
# How the words name a number.
Name = tuple[str, Decimal, str]
MetricsByName = Mapping[tuple[str, str], Metric]


def leave(draft: Draft) -> list[DraftFigure]:
    """Keep what was chosen under the draft's task, which it is about to leave. Returns those numbers."""
    chosen = [figure for figure in draft_changes.figures_of(draft) if figure.touched]
    kept = draft.content.get(_KEPT, {}) | {str(draft.task_id): [asdict(figure) for figure in chosen]}
    draft.content = {**draft.content, _KEPT: kept}
    return chosen


async def bring(turn: Turn, draft: Draft, chosen: Sequence[DraftFigure]) -> None:
    """Apply what was chosen when the draft was about its present task before, then what was ``chosen`` since.

    ``chosen``: under the task from which it comes. What does not fit here is left as the words are read.
    """
    kept = [DraftFigure(**figure) for figure in draft.content.get(_KEPT, {}).get(str(draft.task_id), [])]
    if draft.task_id is None or not (kept or chosen):
        return
    metrics = {
        (metric.item, metric.unit): await tasks.standing_metric(turn.session, metric)
        for metric in await tasks.metrics_of(turn.session, draft.task_id)
    }
    ids = {ident(metric) for metric in metrics.values()}
    totals = await draft_changes.unit_totals(turn.session, turn.actor, draft, ids)
    figures = draft_changes.figures_of(draft)
    for choices in (kept, chosen):
        named = {_name(figure): figure for figure in choices}
        figures = [
            figure
            if (choice := named.pop(_name(figure), None)) is None
            else _with(figure, choice, metrics, totals)
            for figure in figures
        ]
    draft_changes.store(draft, await draft_changes.recalled(turn, draft, figures), turn.now)


def _name(figure: DraftFigure) -> Name:
    return figure.read_item, figure.stated, figure.read_unit


def _with(
    figure: DraftFigure, choice: DraftFigure, metrics: MetricsByName, totals: Mapping[int, Decimal]
) -> DraftFigure:
    """The figure as the person chose it, under another task or earlier, as far as that fits here."""
    if choice.dropped:
        return replace(figure, dropped=True, touched=True)
    filed = _filed(figure, choice, metrics) if choice.filed_as == Filing.CHOSEN.value else figure
    if filed is None:
        return figure
    total = NO_TOTAL if filed.metric_id is None else totals.get(filed.metric_id, NO_TOTAL)
    found = replace(draft_figures.with_mode(filed, total), dropped=False, touched=True)
    falls = choice.mode == FigureMode.CUMULATIVE.value and found.amount < total
    if not choice.chosen or falls or found.lacks_unit:
        return found
    return replace(found, mode=choice.mode, chosen=True, recalled=False)


def _filed(figure: DraftFigure, choice: DraftFigure, metrics: MetricsByName) -> DraftFigure | None:
    """The figure under the metric of that name, or a new one if that was chosen; None: there is none here."""
    metric = metrics.get((choice.item, choice.unit))
    if metric is None and choice.metric_id is not None:
        return None
    if metric is None:
        new = replace(figure, metric_id=None, item=choice.item, unit=choice.unit, value=f"{figure.stated:f}")
        return replace(new, filed_as=Filing.CHOSEN.value, likely_id=None, named_id=None)
    if not draft_figures.fits(figure, metric):
        return None
    # The metric says what a number without a unit counts.
    doubt = None if figure.doubt == Doubt.UNIT.value else figure.doubt
    return replace(draft_figures.under(figure, metric), doubt=doubt, filed_as=Filing.CHOSEN.value)
