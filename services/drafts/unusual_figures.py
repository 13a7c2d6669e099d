"""Numbers far from what the unit usually reports, which are asked about once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.db import Session
from models.drafts import Draft
from models.progress import FigureMode, report_sums
from rules.progress.unusual_figures import LAST, times_the_usual, usual
from services import access
from services.access import Actor
from services.drafts import draft_changes
from services.drafts.draft_figures import DraftFigure


@dataclass(frozen=True, slots=True)
class UnusualFigure:
    """What would be added is ``times`` the ``usual``."""

    usual: Decimal
    times: int


async def find(
    session: Session, actor: Actor, draft: Draft, totals: Mapping[int, Decimal] | None = None
) -> dict[int, UnusualFigure]:
    """The unusual ones among the figures that would be counted, by their place (from 0).

    ``totals``: of the unit under the metrics of the figures, if they are known already.
    """
    counted = {
        place: (figure, figure.metric_id)
        for place, figure in enumerate(draft_changes.figures_of(draft))
        if figure.metric_id is not None and figure.mode is not None and not figure.dropped
    }
    ids = [metric_id for _, metric_id in counted.values()]
    unit_id = await access.counting_unit(session, actor, draft.task_id)
    last = await report_sums.last_added(session, ids, unit_id, LAST) if ids else {}
    if not last:
        return {}
    if totals is None:
        stated = [id for figure, id in counted.values() if figure.mode == FigureMode.CUMULATIVE.value]
        totals = await draft_changes.unit_totals(session, actor, draft, stated)
    found = {}
    for place, (figure, metric_id) in counted.items():
        earlier = last.get(metric_id, [])
        middle, times = usual(earlier), times_the_usual(_added(figure, totals.get(metric_id)), earlier)
        if middle is not None and times is not None:
            found[place] = UnusualFigure(middle, times)
    return found


def _added(figure: DraftFigure, total: Decimal | None) -> Decimal:
    if figure.mode == FigureMode.CUMULATIVE.value and total is not None:
        return figure.amount - total
    return figure.amount
