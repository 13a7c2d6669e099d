"""重新核算: kept sums of metrics against their figures, and of units against their reports.

What differs is counted anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from models import people, tasks, ticks
from models.db import ColumnValues, Session, ident
from models.progress import (
    FigureMode,
    ProgressReport,
    metric_merges,
    metric_sums,
    report_revisions,
    report_totals,
)
from models.tasks import Metric
from rules.progress.counted_periods import Span
from rules.progress.running_totals import FallingTotalError, Statement, additions
from services import audit
from services.errors import DomainError
from services.groups import past_tallies
from services.progress import report_figures
from services.turn import TickTurn


@dataclass(frozen=True, slots=True)
class MendedMetric:
    """A metric whose kept sums differed from its figures.

    ``rows``: how many sums differed; ``kept``, ``counted``: its total of all units, as it was and as it is.
    """

    metric_id: int
    objective: str
    item: str
    measure: str
    rows: int
    kept: Decimal
    counted: Decimal


@dataclass(frozen=True, slots=True)
class MendedUnit:
    """A unit whose kept numbers of reports differed from its reports. ``rows``: how many of them."""

    unit_id: int
    name: str
    rows: int


async def metrics(session: Session) -> Sequence[int]:
    """All metrics, in the order in which they are counted."""
    return await tasks.all_metrics(session)


async def differs(session: Session, metric_id: int) -> bool:
    """Whether the kept sums of a metric are not those of its figures, or a 累计 adds what it does not say.

    A sum that is wrong makes a wrong addition of the 累计 that is filed meanwhile.
    """
    counted = await metric_sums.standing_sums(session, metric_id)
    return counted != await metric_sums.kept_sums(session, metric_id) or await _adds_otherwise(
        session, metric_id
    )


async def _adds_otherwise(session: Session, metric_id: int) -> bool:
    for found in (await report_revisions.stated_under(session, metric_id)).values():
        said = [Statement(stated, cumulative=mode is FigureMode.CUMULATIVE) for mode, stated, _ in found]
        with suppress(FallingTotalError):  # it cannot be mended without the person who stated it
            if additions(said) != [added for *_, added in found]:
                return True
    return False


async def mend(turn: TickTurn, metric_id: int) -> MendedMetric | None:
    """Count a metric anew, while nobody reports on its task, and correct what shows it.

    None: there is no difference any more.
    """
    session = turn.session
    metric = await session.get(Metric, metric_id)
    if metric is None:
        return None
    await tasks.lock(session, metric.task_id)
    task = await tasks.task_by_id(session, metric.task_id)
    if task is None or not await differs(session, metric_id):
        return None
    await ticks.last_tick(session, "tally")
    kept = await metric_sums.kept_sums(session, metric_id)
    await metric_sums.rebuild(session, [metric_id])
    await _count_anew(turn, metric)
    counted = await metric_sums.kept_sums(session, metric_id)
    before, after = _total(kept), _total(counted)
    # Boards follow the audit.
    said = ({"metric": metric.item, "total": str(total)} for total in (before, after))
    audit.record(
        session, "metric_recount", ("task", task.id), now=turn.now, before=next(said), after=next(said)
    )
    rows = _differences(kept, counted)
    return MendedMetric(metric_id, task.objective, metric.item, metric.unit, rows, before, after)


async def _count_anew(turn: TickTurn, metric: Metric) -> None:
    """Recalculate what the figures add, and correct the tallies of the last days."""
    touched: list[ProgressReport] = []
    for first in await metric_merges.first_reports(turn.session, ident(metric)):
        touched.append(first)
        with suppress(DomainError):  # a 累计 below the total before it stays for its person to correct
            touched += await report_figures.renew_additions(turn.session, first, metric)
    if touched:
        await past_tallies.correct(turn.session, touched, now=turn.now)


def _differences(
    kept: Sequence[ColumnValues], counted: Sequence[ColumnValues], names: Sequence[str] = metric_sums.KEY
) -> int:
    """How many sums are missing, too much, or wrong. ``names``: their key."""
    before, after = ({tuple(row[name] for name in names): row for row in rows} for rows in (kept, counted))
    return sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())


def _total(rows: Sequence[ColumnValues]) -> Decimal:
    return sum((row["amount"] for row in rows if row["span"] is Span.ALL), Decimal(0))


async def units(session: Session) -> list[int]:
    """All units, in the order in which their reports are counted."""
    return sorted(ident(unit) for unit in await people.all_units(session, retired=True))


async def unit_differs(session: Session, unit_id: int) -> bool:
    """Whether the kept numbers of a unit's reports are not those of its reports."""
    counted = await report_totals.standing_totals(session, unit_id)
    return counted != await report_totals.kept_totals(session, unit_id)


async def mend_unit(session: Session, unit_id: int) -> MendedUnit | None:
    """Count a unit's reports anew, while nobody files one for it. None: there is no difference any more."""
    unit = await people.lock_unit(session, unit_id)
    kept = await report_totals.kept_totals(session, unit_id)
    counted = await report_totals.standing_totals(session, unit_id)
    if kept == counted:
        return None
    await report_totals.rebuild(session, unit_id, counted)
    rows = _differences(kept, counted, report_totals.KEY)
    return MendedUnit(unit_id, unit.name, rows)
