"""Counts the tally of any period and cut: what came in, what was done, and how that was before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from models import people
from models.cases import case_standing
from models.db import Session, ident
from models.progress import figure_sources, from_below, report_lookup, report_sums
from models.progress.report_selection import ReportSelection
from models.progress.report_sums import QuantitySum
from models.tasks import counted_tasks
from models.tasks.counted_tasks import CountedTask, TasksBelow
from reports.metric_rows import biggest_first
from reports.period_tally import Comparison, PeriodTally, QuantityComparison, TaskCounts
from reports.tasks_below import NONE_BELOW, BelowCounts
from rules.people.roles import Tier
from rules.periods import FigureDays, FigurePeriod, PeriodSpan
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services.errors import DomainError
from services.tallies import tally_periods
from services.tallies.tally_periods import TallySpans
from services.tallies.tally_sources import in_view
from services.turn import TickTurn, Turn


@dataclass(frozen=True, slots=True)
class TallySelection:
    """Which tally is shown: the period, as it runs at a moment, and the cut.

    ``at`` None: the moment of the press. ``first``, ``last``: the days of ``FigurePeriod.DAYS``. ``tier``:
    the units of a tier; ``unit_id``: a unit with those below it; ``alone``: without them. ``action``,
    ``focus``: the tasks of a 行动, of a 重点. What is set holds together.
    """

    period: FigurePeriod = FigurePeriod.DAY
    at: datetime | None = None
    first: date | None = None
    last: date | None = None
    tier: Tier | None = None
    unit_id: int | None = None
    alone: bool = False
    action: str | None = None
    focus: str | None = None

    @property
    def days(self) -> FigureDays | None:
        return None if self.first is None or self.last is None else FigureDays(self.first, self.last)

    @property
    def is_cut(self) -> bool:
        return any(one is not None for one in (self.tier, self.unit_id, self.action, self.focus))


@dataclass(frozen=True, slots=True)
class TallyCut:
    """What a tally counts: its moments, its units (None: all) and its tasks.

    ``runs``: the period runs today, so that the tasks stand in it as they stand now. ``days``: those of
    ``FigurePeriod.DAYS``.
    """

    spans: TallySpans
    units: Collection[int] | None
    action: str | None
    focus: str | None
    runs: bool
    days: FigureDays | None = None

    @property
    def of_units(self) -> bool:
        """Whether it is a cut of units alone. Cases and 零报告 have no 行动 and no 重点."""
        return self.action is None and self.focus is None

    def selection(self, span: PeriodSpan) -> ReportSelection:
        """The reports of a span."""
        return ReportSelection(span.until, span.since, self.units, action=self.action, focus=self.focus)


async def cut_of(turn: Turn, asked: TallySelection) -> TallyCut:
    """What the person asks for, within the units that they may see.

    ``DomainError``: the unit is none of them.
    """
    if asked.unit_id is not None and turn.actor.scope is not None and asked.unit_id not in turn.actor.scope:
        raise DomainError("period_tally.not_yours")
    at = asked.at or turn.now
    spans = tally_periods.spans_of(asked.period, at, turn.campaign, asked.days)
    units = in_view(turn.actor, await _units(turn.session, asked))
    runs = spans.now.until == at and turn.campaign.today(at) == turn.today
    return TallyCut(spans, units, asked.action, asked.focus, runs, asked.days)


async def _with_past(session: Session, spans: TallySpans) -> TallySpans:
    """The spans without those of a time in which nothing was reported yet."""
    first = await report_lookup.first_counted(session)
    before, year_before = (_if_past(span, first) for span in (spans.before, spans.year_before))
    return replace(spans, before=before, year_before=year_before)


def _if_past(span: PeriodSpan | None, first: datetime | None) -> PeriodSpan | None:
    """The span, if reports had begun by its end: before that, nothing can be compared."""
    return None if span is None or first is None or first > span.until else span


async def _units(session: Session, asked: TallySelection) -> frozenset[int] | None:
    units = None
    if asked.unit_id is not None:
        below = await people.unit_tree(session, asked.unit_id)
        units = frozenset({asked.unit_id}) if asked.alone else below
    if asked.tier is None:
        return units
    every = await people.all_units(session, retired=True)
    of_tier = frozenset(ident(unit) for unit in every if unit.tier is asked.tier)
    return of_tier if units is None else units & of_tier


async def count(turn: TickTurn, cut: TallyCut, found: Sequence[CountedTask]) -> PeriodTally:
    """The tally of the cut. ``found``: its tasks."""
    spans = await _with_past(turn.session, cut.spans)
    cut = replace(cut, spans=spans)
    selections = (cut.selection(span) for span in _each(spans))
    reports = [list((await report_sums.report_counts(turn.session, one)).values()) for one in selections]
    every = reports[0]
    return PeriodTally(
        span=spans.now,
        before=spans.before,
        year_before=spans.year_before,
        reports=_compared(spans, [sum(one.reports for one in of_span) for of_span in reports]),
        zero=sum(one.reports - one.progress for one in every),
        late=sum(one.late for one in every),
        made_up=sum(one.made_up for one in every),
        units=len(every),
        reports_below=await from_below.reports_below(turn.session, cut.selection(spans.now)),
        completed=_compared(spans, [len(completed(found, span)) for span in _each(spans)]),
        quantities=await _quantities(turn.session, cut),
        standing=stand(turn, found, await _all_below(turn, cut)) if cut.runs else None,
        **await _cases(turn.session, cut),
    )


async def _all_below(turn: TickTurn, cut: TallyCut) -> BelowCounts:
    return BelowCounts.together(await below(turn, cut))


def _each(spans: TallySpans) -> list[PeriodSpan]:
    """The spans that there are: that of now first."""
    return [span for span in (spans.now, spans.before, spans.year_before) if span is not None]


def _compared(spans: TallySpans, numbers: Sequence[int | Decimal]) -> Comparison:
    """The numbers of ``_each`` of the spans."""
    left = iter(numbers)
    now = Decimal(next(left))
    earlier = [None if span is None else Decimal(next(left)) for span in (spans.before, spans.year_before)]
    return Comparison(now, *earlier)


async def _quantities(session: Session, cut: TallyCut) -> list[QuantityComparison]:
    """What was added in the period or in an earlier one, the biggest first, compared."""
    spans = cut.spans
    sums = await report_sums.quantity_sums(session, cut.selection(spans.now))
    earlier = [await _added(session, cut, span) for span in _each(spans)[1:]]
    moved = {key for found in earlier for key, amount in found.items() if amount}
    shown = [line for line in sums if line.added or (line.item, line.measure) in moved]
    return [_quantity(line, spans, earlier) for line in biggest_first(shown)]


def _quantity(
    line: QuantitySum, spans: TallySpans, earlier: Sequence[Mapping[tuple[str, str], Decimal]]
) -> QuantityComparison:
    was = [found.get((line.item, line.measure), Decimal(0)) for found in earlier]
    return QuantityComparison(
        line.item,
        line.measure,
        _compared(spans, [line.added, *was]),
        line.total,
        line.added_approx,
        line.approx,
    )


async def _added(session: Session, cut: TallyCut, span: PeriodSpan) -> dict[tuple[str, str], Decimal]:
    totals = await figure_sources.item_totals(session, cut.selection(span))
    return {(total.item, total.measure): total.total for total in totals}


async def _cases(session: Session, cut: TallyCut) -> dict[str, Comparison]:
    if not cut.of_units:
        return {}
    moved = [await case_standing.moved(session, s.since, s.until, cut.units) for s in _each(cut.spans)]
    return {
        name: _compared(cut.spans, [getattr(one, name) for one in moved]) for name in ("registered", "closed")
    }


async def tasks_of(turn: TickTurn, cut: TallyCut) -> list[CountedTask]:
    """The tasks that count in the cut. Cancelled ones are among them: their reports count all the same."""
    return await counted_tasks.counted_tasks(turn.session, cut.units, action=cut.action, focus=cut.focus)


async def below(turn: TickTurn, cut: TallyCut) -> list[TasksBelow]:
    """What lies below the tasks of the cut."""
    return await counted_tasks.tasks_below(
        turn.session, turn.today, cut.units, action=cut.action, focus=cut.focus
    )


def completed(found: Iterable[CountedTask], span: PeriodSpan) -> list[CountedTask]:
    """Those of the tasks that were completed in the span and are."""
    return [
        task
        for task in found
        if task.state is TaskState.COMPLETED
        and task.completed_at is not None
        and (span.since is None or task.completed_at > span.since)
        and task.completed_at <= span.until
    ]


def stand(turn: TickTurn, found: Iterable[CountedTask], lies_below: BelowCounts = NONE_BELOW) -> TaskCounts:
    """How the tasks stand today, and what lies below them. Late are those whose lamp is red."""
    done = late = every = 0
    for task in found:
        if task.state is TaskState.CANCELLED:
            continue
        every += 1
        if task.state not in OPEN_STATES:
            done += 1
        elif task.deadline is not None and turn.today > task.deadline:
            late += 1
    return TaskCounts(done, every - done - late, late, lies_below)
