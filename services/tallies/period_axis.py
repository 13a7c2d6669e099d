"""The axis that the panels of a period's picture share: its buckets, and the moments of those begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from models.cases import case_standing
from models.progress import report_lookup
from models.tasks.counted_tasks import CountedTask
from rules.period_buckets import DayBucket, buckets_of, end_of
from rules.periods import FigurePeriod, PeriodSpan
from services.campaign import Campaign
from services.tallies import tally_periods
from services.tallies.period_tallies import TallyCut
from services.turn import TickTurn

WEEKS: Final = (FigurePeriod.WEEK, FigurePeriod.LAST_WEEK)
_STEP: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PeriodAxis:
    """``buckets``: of all days of the period, also of those to come.

    ``spans``: the moments of the buckets that have begun; together they are those of the period.
    """

    buckets: Sequence[DayBucket]
    spans: Sequence[PeriodSpan]


async def axis_of(
    turn: TickTurn, cut: TallyCut, period: FigurePeriod, found: Sequence[CountedTask]
) -> PeriodAxis:
    """The axis of a period. ``found``: the tasks of the cut.

    Unless it is a week, it begins with the first of them, or with the first report or case if that was
    earlier: what comes before is empty.
    """
    span, campaign = cut.spans.now, turn.campaign
    first = tally_periods.first_day(span, campaign)
    if first is None or period not in WEEKS:
        first = max(first or date.min, await _first_day(turn, cut, found))
    deadlines = [task.deadline for task in found if task.deadline is not None]
    end = end_of(period, campaign.today(span.until), cut.days, max(deadlines, default=None))
    buckets = buckets_of(first, end)
    return PeriodAxis(buckets, spans_of(buckets, span, campaign))


async def _first_day(turn: TickTurn, cut: TallyCut, found: Sequence[CountedTask]) -> date:
    moments = [
        await report_lookup.first_counted(turn.session),
        await case_standing.first_registered(turn.session, cut.units) if cut.of_units else None,
        min((task.created_at for task in found), default=None),
    ]
    begun = [moment for moment in moments if moment is not None and moment <= cut.spans.now.until]
    return turn.campaign.today(min(begun, default=cut.spans.now.since or cut.spans.now.until))


def spans_of(buckets: Sequence[DayBucket], span: PeriodSpan, campaign: Campaign) -> list[PeriodSpan]:
    """The moments of the buckets that have begun by the end of the span, without a gap."""
    found: list[PeriodSpan] = []
    since = span.since
    for bucket in buckets:
        if campaign.midnight(bucket.first) > span.until:
            break
        until = min(campaign.midnight(bucket.end) - _STEP, span.until)
        found.append(PeriodSpan(since, until))
        since = until
    return found
