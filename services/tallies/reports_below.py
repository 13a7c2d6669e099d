"""Recurring reports below the tasks that count: what was due when a tally closed, and what came of it.

What was due stands in the tally (``TallyStanding.due_below``). What came is counted whenever the tally is, so
a late report corrects its line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from models import tasks
from models.db import Session, ident
from models.progress import task_sums
from models.progress.report_selection import EVER, ReportSelection
from models.progress.task_sums import TaskQuantity
from models.tasks import counted_tasks
from reports.missed_reports import DueReport
from reports.tally import TallyStanding
from reports.tasks_below import LISTED_BELOW, NO_REPORTS_BELOW, BelowLine, DueBelow, ReportsBelow, all_due
from services.campaign import Campaign
from services.duties import report_windows
from services.duties.filed_reports import FiledReports


async def with_due(
    session: Session,
    standing: TallyStanding,
    *,
    since: datetime,
    until: datetime,
    campaign: Campaign,
    scope: Collection[int] | None,
) -> TallyStanding:
    """The standing with what was due in windows that closed in (since, until], and what of it below."""
    due = await report_windows.closing(session, since=since, until=until, campaign=campaign, scope=scope)
    below = await due_below(session, since=since, until=until, campaign=campaign, scope=scope)
    return replace(standing, due=due, due_below=below)


async def due_below(
    session: Session, *, since: datetime, until: datetime, campaign: Campaign, scope: Collection[int] | None
) -> list[DueBelow]:
    """What was due in windows that closed in (since, until], below the tasks that count in the scope.

    A child has reported where all have that owe a report at it and below it.
    """
    below = await counted_tasks.recurring_below(session, scope)
    found = [task for _, task in below]
    owed = report_windows.due_then(found, since, until, campaign)
    due = {
        ident(task): DueReport(ident(task), task.lead_unit_id, "", owed[ident(task)])
        for task in found
        if task.id in owed
    }
    under: dict[int | None, list[int]] = defaultdict(list)
    for _, task in below:
        under[task.parent_id].append(ident(task))
    parts: dict[int, list[list[DueReport]]] = defaultdict(list)
    for root_id, task in below:
        part = [due[one] for one in (ident(task), *under[task.id]) if one in due]
        if part and task.parent_id == root_id:
            parts[root_id].append(part)
    ids = await counted_tasks.ids_below(session, parts)
    return [DueBelow(root_id, some, ids[root_id]) for root_id, some in sorted(parts.items())]


@dataclass(frozen=True, slots=True)
class _Come:
    """How many of the children have reported."""

    due: DueBelow
    reported: int

    @property
    def missing(self) -> int:
        return len(self.due.parts) - self.reported


async def come(
    session: Session, due: Sequence[DueBelow], names: Mapping[int, str], selection: ReportSelection
) -> ReportsBelow:
    """What came of it, as far as is known now. ``selection``: the reports of the tally."""
    if not due:
        return NO_REPORTS_BELOW
    every = all_due((), due)
    filed = await FiledReports.of(
        session, [one.task_id for one in every], [window for one in every for window in one.windows]
    )

    def has_come(report: DueReport) -> bool:
        moments = [filed.on(report.task_id, window) for window in report.windows]
        known = selection.came_by
        return all(at is not None and (known is None or at <= known) for at in moments)

    there = {report.task_id for report in every if has_come(report)}
    found = [
        _Come(one, sum(all(report.task_id in there for report in part) for part in one.parts)) for one in due
    ]
    listed = sorted(found, key=lambda one: (-one.missing, one.due.task_id))[:LISTED_BELOW]
    missing = frozenset(names[report.unit_id] for report in every if report.task_id not in there)
    return ReportsBelow(await _lines(session, listed, selection), len(found), missing)


async def _lines(session: Session, listed: Sequence[_Come], selection: ReportSelection) -> list[BelowLine]:
    by_id = await tasks.tasks_by_id(session, [one.due.task_id for one in listed])
    root_of = {task_id: one.due.task_id for one in listed for task_id in one.due.task_ids}
    added = await task_sums.added_by_task(
        session,
        sorted(root_of),
        since=selection.since or EVER,
        until=selection.until,
        by_arrival=selection.by_arrival,
        came_by=selection.came_by,
    )
    return [
        BelowLine(
            by_id[one.due.task_id].objective,
            one.reported,
            len(one.due.parts),
            _together([line for line in added if root_of[line.task_id] == one.due.task_id]),
        )
        for one in listed
    ]


def _together(added: Sequence[TaskQuantity]) -> list[TaskQuantity]:
    """What was added to the tasks, by item and unit of measure, the biggest first."""

    def key(one: TaskQuantity) -> tuple[str, str]:
        return one.item, one.measure

    found = []
    for _, some in groupby(sorted(added, key=key), key):
        first, *others = some
        amount = sum((one.added for one in others), first.added)
        found.append(first._replace(added=amount, approx=any(one.approx for one in (first, *others))))
    return sorted(found, key=lambda one: (-one.added, key(one)))
