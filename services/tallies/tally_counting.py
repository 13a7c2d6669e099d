"""Counting: tallies of groups, briefs of leaders, and the reports behind every number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from models import people
from models.cases import case_standing
from models.db import Session, ident
from models.progress import ProgressReport, from_below, report_sums
from models.progress.report_selection import ReportSelection
from models.progress.report_sums import ReportCounts
from models.tasks import Task, child_duties, counted_tasks
from models.tasks.counted_tasks import TasksBelow
from reports.tally import LateTask, Tally, TallyStanding, UnitLine
from reports.tasks_below import NONE_BELOW, BelowCounts
from rules.slots import latest_slot, local_slot
from rules.tasks.lamps import Lamp, lamp
from rules.tasks.task_lifecycle import NAGGED_STATES, OPEN_STATES, AwaitedAnswer, TaskState
from services.campaign import Campaign
from services.duties import report_windows
from services.tallies import reports_below
from services.tasks import task_targets

_DAY: Final = timedelta(days=1)
WORST_FIRST = (Lamp.RED, Lamp.YELLOW, Lamp.GREEN, Lamp.NONE)


async def count(
    session: Session,
    *,
    since: datetime,
    as_of: datetime,
    campaign: Campaign,
    scope: Collection[int] | None = None,
    by_arrival: bool = False,
) -> Tally:
    """The tally of the units in ``scope`` (None: all) over (since, as_of]; see ``count_with``."""
    standing = await stand(session, since=since, as_of=as_of, campaign=campaign, scope=scope)
    return await count_with(session, standing, since=since, as_of=as_of, scope=scope, by_arrival=by_arrival)


async def stand(
    session: Session, *, since: datetime, as_of: datetime, campaign: Campaign, scope: Collection[int] | None
) -> TallyStanding:
    """The present state of the tasks and cases of the units in ``scope``, with the lamps of ``as_of``."""
    names = await unit_names(session)
    every = await counted_tasks.tasks_in(session, scope)
    found = [task for task in every if task.state is not TaskState.CANCELLED]
    today = campaign.today(as_of)
    below = _by_unit(await counted_tasks.tasks_below(session, today, scope))
    lamps = {
        task.identity: lamp(task.deadline, today, task.state not in OPEN_STATES, campaign.calendar)
        for task in found
    }
    open_tasks = [task for task in found if task.state in OPEN_STATES]

    def listed(colour: Lamp) -> list[LateTask]:
        dated = ((task, task.deadline) for task in open_tasks if task.deadline is not None)
        return [
            LateTask(
                task.objective,
                names[task.lead_unit_id],
                task.responsible_person,
                (deadline - today).days,
                _waits(task),
            )
            for task, deadline in dated
            if lamps[task.identity] is colour
        ]

    return TallyStanding(
        units=_unit_lines(found, lamps, names, below),
        late=listed(Lamp.RED),
        nearly_due=listed(Lamp.YELLOW),
        owing=list(
            dict.fromkeys(await _owing(session, open_tasks, lamps, since, as_of, campaign, below=bool(below)))
        ),
        targeted=await task_targets.targeted_metrics(session),
        was_overdue=sum(task.was_overdue and lamps[task.identity] is not Lamp.RED for task in found),
        completed=sum(
            task.state is TaskState.COMPLETED
            and task.completed_at is not None
            and since < task.completed_at <= as_of
            for task in found
        ),
        cases=await case_standing.standing(
            session, since=since, at=as_of, day_ends=campaign.midnight(today + _DAY), unit_ids=scope
        ),
    )


def _by_unit(found: Iterable[TasksBelow]) -> dict[int, BelowCounts]:
    """What lies below the tasks of each unit."""
    by_unit: dict[int, list[TasksBelow]] = {}
    for one in found:
        by_unit.setdefault(one.lead_unit_id, []).append(one)
    return {unit_id: BelowCounts.together(some) for unit_id, some in by_unit.items()}


def _waits(task: Task) -> AwaitedAnswer | None:
    if task.state is TaskState.SUBMITTED:
        return AwaitedAnswer.SUBMITTED
    return None if task.extension_until is None else AwaitedAnswer.EXTENSION


async def count_with(
    session: Session,
    standing: TallyStanding,
    *,
    since: datetime,
    as_of: datetime,
    scope: Collection[int] | None,
    by_arrival: bool = False,
    came_by: datetime | None = None,
) -> Tally:
    """The tally with everything that counts in (since, as_of], as far as it is known now.

    ``by_arrival``: with everything that came in then, even if it is about an earlier day. ``came_by``: with
    what had come in by then, as it stands now.
    """
    names = await unit_names(session)
    selection = ReportSelection(as_of, since, scope, by_arrival=by_arrival, came_by=came_by)
    counts = await report_sums.report_counts(session, selection)
    sums = await report_sums.quantity_sums(session, selection)
    missed, come_late = await report_windows.outcome(session, standing.due, names, came_by)
    below = await reports_below.come(session, standing.due_below, names, selection)
    spoken = await who_reported(session, standing, selection, counts)
    # A unit of which a report is missing has not said that there is nothing new; the missing ones are named.
    owing = {one.unit for one in missed} | below.missing
    return Tally(
        since=since,
        as_of=as_of,
        units=[replace(line, reports=_reports(counts, unit_id)) for unit_id, line in standing.units.items()],
        late=standing.late,
        nearly_due=standing.nearly_due,
        not_reported=[names[unit_id] for unit_id in spoken.silent],
        zero_reported=sorted({names[unit_id] for unit_id in spoken.nothing_new} - owing),
        quantities=sums,
        reports=sum(found.reports for found in counts.values()),
        late_reports=sum(found.late for found in counts.values()),
        made_up=0 if by_arrival else sum(found.made_up for found in counts.values()),
        missed=missed,
        come_late=come_late,
        targeted=standing.targeted,
        was_overdue=standing.was_overdue,
        completed=standing.completed,
        cases=standing.cases,
        reports_below=below,
    )


@dataclass(frozen=True, slots=True)
class WhoReported:
    """The units that owed a report and have none, and those that have none but 零报告."""

    silent: Sequence[int]
    nothing_new: Collection[int]


async def who_reported(
    session: Session, standing: TallyStanding, selection: ReportSelection, counts: Mapping[int, ReportCounts]
) -> WhoReported:
    """Who reported in the selection's period; what came below a unit's tasks is a report of it, too.

    ``counts``: the reports of the selection by unit.
    """
    silent = [unit_id for unit_id in standing.owing if unit_id not in counts]
    nothing_new = {unit_id for unit_id, found in counts.items() if not found.progress}
    if (silent or nothing_new) and any(line.below.every for line in standing.units.values()):
        below = await from_below.reported_below(session, selection)
        silent = [unit_id for unit_id in silent if unit_id not in below]
        nothing_new -= {unit_id for unit_id, progress in below.items() if progress}
    return WhoReported(silent, nothing_new)


def _reports(counts: Mapping[int, ReportCounts], unit_id: int) -> int:
    return counts[unit_id].reports if unit_id in counts else 0


def is_made_up(report: ProgressReport) -> bool:
    """补报: whether the report came in after the tally in which it counts."""
    return report.counted_at < report.reported_at


async def unit_names(session: Session) -> dict[int, str]:
    return {
        unit.id: unit.name for unit in await people.all_units(session, retired=True) if unit.id is not None
    }


async def _owing(
    session: Session,
    open_tasks: Sequence[Task],
    lamps: Mapping[str, Lamp],
    since: datetime,
    as_of: datetime,
    campaign: Campaign,
    *,
    below: bool,
) -> list[int]:
    """Lead units that owed a report on the last working day of the period, of their own or from below.

    They have a task that was late or nearly due, or a recurring report of which a window closes on that day
    or before ``as_of``. Nobody is silent over a weekend, before their first day has begun, while they wait
    for the office, or where all parts of the task have been completed. Who got the task later owes it all the
    same. ``below``: whether anything lies below the tasks at all.
    """
    slots, zone = campaign.slots, campaign.zone
    day = latest_slot(as_of, slots.nag, zone, campaign.calendar.is_working_day)
    morning = None if day is None else local_slot(day, slots.nag, zone)
    if day is None or morning is None or morning <= since:
        return []
    waited_for = [task for task in open_tasks if task.state in NAGGED_STATES and task.created_at < morning]
    since, until = campaign.midnight(day), max(as_of, campaign.midnight(day + _DAY))
    due = report_windows.due_then(waited_for, since, until, campaign)
    closing = report_windows.closing_then(waited_for, since, until, campaign) if below else due
    urgent = {task.id for task in waited_for if lamps[task.identity] in {Lamp.YELLOW, Lamp.RED}}
    asked = [task for task in waited_for if task.id in urgent or task.id in closing]
    parts = await child_duties.parts_that_report(session, asked, made_before=morning) if below else {}

    def owes(task: Task) -> bool:
        itself = task.own_reports and task.id in urgent
        return task.id in due or parts.get(ident(task), itself)

    return [task.lead_unit_id for task in waited_for if owes(task)]


def _unit_lines(
    found: Sequence[Task],
    lamps: Mapping[str, Lamp],
    names: Mapping[int, str],
    below: Mapping[int, BelowCounts],
) -> dict[int, UnitLine]:
    """The units' lines by unit id, the worst first, without the number of reports."""
    by_unit: dict[int, list[Task]] = {}
    for task in found:
        by_unit.setdefault(task.lead_unit_id, []).append(task)
    lines = {}
    for unit_id, mine in by_unit.items():
        late = sum(lamps[task.identity] is Lamp.RED for task in mine)
        done = sum(task.state not in OPEN_STATES for task in mine)
        worst = min((lamps[task.identity] for task in mine), key=WORST_FIRST.index)
        left = len(mine) - late - done
        lies_below = below.get(unit_id, NONE_BELOW)
        lines[unit_id] = UnitLine(names[unit_id], done, left, late, worst, reports=0, below=lies_below)

    def badness(unit_id: int) -> tuple[int, int, str]:
        line = lines[unit_id]
        return WORST_FIRST.index(line.lamp), -line.late, line.name

    return {unit_id: lines[unit_id] for unit_id in sorted(lines, key=badness)}
