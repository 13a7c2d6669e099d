"""A total that the unit above states: whether it holds what the parts of the task have reported is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from models import tasks
from models.db import Session
from models.drafts import Draft
from models.progress import task_sums
from models.progress.task_sums import MeasuredMetric
from rules.progress.measures import as_measured
from rules.tasks.targets import Target, measured_by
from services import access
from services.access import Actor
from services.drafts.draft_figures import WITH_BELOW, DraftFigure


async def ask(
    session: Session, actor: Actor, draft: Draft, figures: Sequence[DraftFigure]
) -> list[DraftFigure]:
    """The figures, of which those totals are open that may hold the sums of the task's parts.

    The parts are added up beside the unit's own figures, so such a total would count them twice. A total
    below their sum cannot hold it. A correction has been asked about before.
    """
    open_ones = [one for one in figures if one.cumulative and one.doubt is None and not one.dropped]
    if not open_ones or draft.task_id is None or draft.report_id is not None:
        return list(figures)
    below = {}
    for task_id in {one.task_id or draft.task_id for one in open_ones}:
        task = await tasks.task_by_id(session, task_id)
        # A village that reports for the task above means its own share.
        if task is not None and await access.counting_unit(session, actor, task_id) == task.lead_unit_id:
            found = await task_sums.measured_metrics(session, task_id)
            below[task_id] = [one for one in found if one.task_id != task_id and one.total]
    return [
        _asked(one, below.get(one.task_id or draft.task_id, ())) if one in open_ones else one
        for one in figures
    ]


def _asked(figure: DraftFigure, below: Sequence[MeasuredMetric]) -> DraftFigure:
    alike = measured_by(
        Target(Decimal(0), figure.unit, figure.item), [([one.item], one.unit) for one in below]
    )
    amounts = [as_measured(below[at].total or Decimal(0), below[at].unit, figure.unit) for at in alike]
    total = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if not 0 < total <= figure.amount:
        return figure
    return replace(figure, doubt=WITH_BELOW, mode=None, recalled=False, below=f"{total:f}")
