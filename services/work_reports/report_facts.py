"""What a 工作情况汇报 tells of: everything is read once, from one snapshot, with what selects it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models import activities, people
from models.activities import Activity, ActivityFigure
from models.cases import case_orders, case_sums
from models.cases.counted import CountedCases, FigureSpan
from models.db import Session, ident
from models.people import aliases as unit_aliases
from models.progress import figure_sources, report_sums
from models.progress.figure_sources import FocusTotal
from models.progress.report_selection import ReportSelection
from models.tasks import counted_tasks
from models.tasks.counted_tasks import CountedTask
from reports.tasks_below import BelowCounts
from rules.cases.case_figures import CaseSums
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services.activities import same_work
from services.campaign import Campaign
from services.duties import report_windows

REFERENCES = 6
"""So many numbers of reports, cases or orders stand in the appendix; of more, the last ones."""
_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """What a report is to be about: days, and units (None: the whole district). ``unit``: who reports."""

    first: date
    last: date
    unit_ids: frozenset[int] | None
    unit: str


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """All facts of a report.

    ``selection``: the reports of the period; ``span``: the same for cases. ``elsewhere``: the ids of the
    entries' numbers that a report counts. ``tasks``: those that count in the units; ``below``: what lies
    below them. ``orders``: how many were issued. ``missed``: how many recurring reports each unit did not
    make. ``units``, ``aliases``: names by id.
    """

    order: ReportOrder
    selection: ReportSelection
    span: FigureSpan
    entries: Sequence[Activity]
    entry_figures: Mapping[int, Sequence[ActivityFigure]]
    elsewhere: frozenset[int]
    totals: Sequence[FocusTotal]
    reports: int
    tasks: Sequence[CountedTask]
    below: BelowCounts
    cases: CaseSums
    orders: int
    missed: Mapping[str, int]
    units: Mapping[int, str]
    aliases: Mapping[int, Sequence[str]]
    today: date

    def names_of(self, unit_id: int) -> list[str]:
        """The unit's name and its other names, the longest first."""
        return sorted([self.units[unit_id], *self.aliases.get(unit_id, ())], key=len, reverse=True)

    @property
    def part(self) -> CountedCases:
        """The cases that count: for units, the orders that they had."""
        return CountedCases(self.order.unit_ids)

    @property
    def completed(self) -> list[CountedTask]:
        """The tasks that were completed in the period."""
        since, until = self.selection.since, self.selection.until
        return [
            task
            for task in self.tasks
            if task.state is TaskState.COMPLETED
            and task.completed_at is not None
            and (since is None or since < task.completed_at)
            and task.completed_at <= until
        ]

    @property
    def late(self) -> list[CountedTask]:
        """The open tasks whose deadline is over today, the longest overdue first."""
        found = [task for task in self.open if task.deadline is not None and task.deadline < self.today]
        return sorted(found, key=lambda task: (task.deadline or self.today, task.id))

    @property
    def open(self) -> list[CountedTask]:
        return [task for task in self.tasks if task.state in OPEN_STATES]

    @property
    def ahead(self) -> list[CountedTask]:
        """The open tasks whose deadline is still to come, the next one first."""
        found = [task for task in self.open if task.deadline is not None and task.deadline >= self.today]
        return sorted(found, key=lambda task: (task.deadline or self.today, task.id))


async def gather(session: Session, campaign: Campaign, order: ReportOrder, now: datetime) -> WorkFacts:
    """Read the facts of a report. Its last day ends now, if it is today."""
    selection, span = _moments(campaign, order, now)
    units = order.unit_ids
    entries = await activities.between(session, order.first, order.last, unit_ids=units)
    figures = await activities.figures_between(session, order.first, order.last, unit_ids=units)
    every = await people.all_units(session, retired=True)
    names = {ident(unit): unit.name for unit in every}
    counts = await report_sums.report_counts(session, selection)
    cases = await case_sums.sums(session, span, CountedCases(units), None)
    return WorkFacts(
        order,
        selection,
        span,
        entries,
        figures,
        await same_work.counted_elsewhere(session, entries, figures, selection.until),
        await figure_sources.focus_totals(session, selection),
        sum(one.reports for one in counts.values()),
        [t for t in await counted_tasks.counted_tasks(session, units) if t.state is not TaskState.CANCELLED],
        await _below(session, campaign.today(now), units),
        cases[None],
        await case_orders.issued_count(session, span, units),
        await _missed(session, campaign, selection, units, names),
        names,
        await _aliases(session),
        campaign.today(now),
    )


async def _below(session: Session, today: date, units: Collection[int] | None) -> BelowCounts:
    return BelowCounts.together(await counted_tasks.tasks_below(session, today, units))


async def _aliases(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name, unit in await unit_aliases.units_by_alias(session):
        found.setdefault(ident(unit), []).append(name)
    return found


def _moments(campaign: Campaign, order: ReportOrder, now: datetime) -> tuple[ReportSelection, FigureSpan]:
    begins = campaign.midnight(order.first)
    ends = min(campaign.midnight(order.last + timedelta(days=1)), now + _STEP)
    # Reports count in (since, until], cases in [since, until).
    return ReportSelection(ends - _STEP, begins - _STEP, order.unit_ids), FigureSpan(begins, ends)


async def _missed(
    session: Session,
    campaign: Campaign,
    selection: ReportSelection,
    units: Collection[int] | None,
    names: Mapping[int, str],
) -> Counter[str]:
    """How many recurring reports of windows that closed in the period did not come, by unit."""
    since = selection.since or selection.until
    due = await report_windows.closing(
        session, since=since, until=selection.until, campaign=campaign, scope=units
    )
    missed, _ = await report_windows.outcome(session, due, names)
    found: Counter[str] = Counter()
    for one in missed:
        found[one.unit] += len(one.windows)
    return found
