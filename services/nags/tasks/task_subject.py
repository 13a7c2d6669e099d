"""The tasks as a subject of the nag engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from models import nags
from models.db import RowJson, Session, ident
from models.delivery.messages import Outbox
from models.nags import BELOW, SNOOZED, Nag, NagState, nag_views
from models.people import Contact
from models.progress import from_below
from models.tasks import Task, child_duties, task_due
from reports.formats import short
from rules.nags.ladder import DueSlots, Obligation
from rules.nags.levels import Level
from rules.nags.policy import TASK_KINDS, DutyKind
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from services import access
from services.duties import report_windows, task_duties, unreported_streaks
from services.duties.task_duties import DutyStanding, OwedByKey, ReminderKind, TaskDuty, Tone
from services.nags import nag_keeper
from services.nags.nag_keeper import NagKeeper, ladder_of
from services.nags.subject import (
    ComingNag,
    DueNag,
    NagFile,
    OwedPart,
    RowScan,
    Subject,
    SubjectScan,
    TurnDirectory,
)
from services.nags.tasks import below_subject, task_scan
from services.nags.tasks.below_standing import BelowStanding, LateBelowLine, by_parent
from services.nags.tasks.task_done import asked_of
from services.nags.tasks.task_scan import due_nag, own_duties
from services.nags.tasks.task_standing import TasksAhead, TaskStanding
from services.recipients import Directory
from services.turn import TickTurn, Turn


async def _scan(turn: TickTurn, everybody: TurnDirectory) -> SubjectScan[TaskDuty]:
    scanned = await task_scan.scan(turn)
    if not (scanned.due or scanned.above):
        return SubjectScan([], None, scanned.more)
    found = {ident(task): task for task in scanned.found}
    directory = await everybody.knowing(scanned.found)
    duties = DutyStanding(found, {}, directory)
    standing = TaskStanding(turn.session, turn.now, turn.campaign, duties)
    also = [await _scan_above(turn, scanned, everybody)] if scanned.above else []
    return SubjectScan(scanned.due, standing, scanned.more, also)


async def _scan_above(
    turn: TickTurn, scanned: RowScan[Task], everybody: TurnDirectory
) -> SubjectScan[LateBelowLine]:
    """What who decides on children hears: of late ones, and of those that ask for 办结."""
    answered = {one.subject_id for one in scanned.above if one.kind == DutyKind.BELOW_ASKED}
    asked = await child_duties.asked_below(turn.session, (t for t in scanned.found if t.id in answered))
    parts = by_parent((*scanned.found, *asked))
    directory = await everybody.knowing(asked)
    standing = BelowStanding(turn.session, turn.now, turn.campaign, {}, parts, {}, directory)
    return SubjectScan(scanned.above, standing)


async def _stand_at(turn: TickTurn, moment: datetime, backlog: bool) -> None:
    await task_due.stand_at(turn.session, moment, backlog=backlog)


async def _standing(turn: TickTurn, task_ids: Collection[int], everybody: TurnDirectory) -> TaskStanding:
    return await _of(turn, task_ids, await everybody.directory(), everybody.owed)


async def _of(
    turn: TickTurn,
    task_ids: Collection[int],
    directory: Directory | None = None,
    before: dict[int, OwedByKey] | None = None,
) -> TaskStanding:
    duties = await DutyStanding.of(turn.session, task_ids, turn.now, turn.campaign, directory, before)
    return TaskStanding(turn.session, turn.now, turn.campaign, duties)


async def _left(
    turn: TickTurn, row: Outbox, items: Sequence[RowJson], reader: Contact
) -> tuple[Sequence[TaskDuty], TaskStanding]:
    lines = [TaskDuty.from_json(item) for item in items]
    standing = await _of(turn, {line.task_id for line in lines})
    wanted = await _still_asked(turn.session, asked_of(row), standing.duties.tasks, row.created_at)
    # A missing task is a fault, not a task that is done.
    asked = [one for one in lines if one.task_id in wanted or one.task_id not in standing.duties.tasks]
    left = (standing.duties.still(one, reader) for one in asked)
    return [one for one in left if one is not None], standing


async def _own(turn: Turn, task_id: int) -> Sequence[TaskDuty]:
    await access.visible_task(turn.session, turn.actor, task_id)
    duties = (await _of(turn, {task_id})).duties
    owed = tuple(one for one in duties.owed[task_id] if one[0] not in task_duties.ANSWERS)
    mine = (
        duties.still(TaskDuty(task_id, Tone.NAG, who.instead_of, owed=owed), turn.actor.contact)
        for who in duties.directory.responsible(duties.tasks[task_id])
    )
    return [duty for duty in mine if duty is not None and owed]


def _put_off(line: TaskDuty) -> Sequence[OwedPart]:
    return [OwedPart(kind, cycle, SNOOZED, line.instead_of) for kind, cycle in line.owed]


async def _file(turn: Turn, task_id: int) -> NagFile:
    task = await access.visible_task(turn.session, turn.actor, task_id)
    coming = [*await _coming(turn, task), *await below_subject.coming(turn, task)]
    decides = task.parent_id is not None and await access.decides_on(turn.session, turn.actor, task)
    return NagFile(
        short(task.objective, 60), task.lead_unit_id, task.responsible_id, coming=coming, decides=decides
    )


async def _still_asked(
    session: Session, asked: ReminderKind | None, found: Mapping[int, Task], since: datetime
) -> Collection[int]:
    """Ids of the tasks for which the request of ``since`` is not yet fulfilled."""
    if asked is ReminderKind.UNSIGNED:
        return {task_id for task_id, task in found.items() if task.state is TaskState.ASSIGNED}
    if asked is not ReminderKind.SILENT:
        return found.keys()
    waiting = {task_id for task_id, task in found.items() if task.state in NAGGED_STATES}
    last = await from_below.last_reported(session)
    spoke = {unit_id for unit_id, at in last.items() if at > since}
    return {task_id for task_id in waiting if found[task_id].lead_unit_id not in spoke}


_SLOTS: Final = 3
"""So many slots are considered: on the first, others may hear, or nobody because of a snooze."""


async def _coming(turn: TickTurn, task: Task) -> list[ComingNag]:
    """The nags that wait already, and those that the next slots of the task's ladder bring."""
    if task.state not in NAGGED_STATES:
        return []
    task_id = ident(task)
    found = [
        ComingNag(max(nag.hold_until, turn.now), nag.level, nag.contact_id)
        for nag, _ in await nag_views.records(turn.session, ("task", task_id), (BELOW, task_id))
        if nag.state is NagState.WAITING and nag.hold_until is not None and nag.level is not None
    ]
    ladder, owed = ladder_of(turn.campaign), await _owed(turn, task)
    seen = task.nagged_until
    for _ in range(_SLOTS):
        moments = [at for one in owed if (at := ladder.next_after(one, seen)) is not None]
        if not moments:
            break
        before, seen = seen, min(moments)
        there = [(one, ladder.between(one, before, seen)) for one in owed]
        due = [due_nag(task, one, DueSlots(slots), ladder) for one, slots in there if slots]
        found += await _heard(turn, task, due, max(seen, turn.now))
    return found


async def _owed(turn: TickTurn, task: Task) -> list[Obligation]:
    """What is owed now, the report of the window that opens next, and the row of windows without a report."""
    standing = own_duties((await task_duties.owed(turn, [task]))[ident(task)])
    opens = report_windows.next_open(task, turn.now, turn.campaign)
    if opens is None:
        return standing
    reports = await report_windows.expected(turn, [task], opens)
    there = {(one.kind, one.cycle) for one in standing}
    silent = await unreported_streaks.obligations(turn, [task], opens)
    later = [*map(report_windows.obligation, reports.get(ident(task), ())), *silent.values()]
    return [*standing, *(one for one in later if (one.kind, one.cycle) not in there)]


async def _heard(turn: TickTurn, task: Task, due: Sequence[DueNag], at: datetime) -> list[ComingNag]:
    directory = await Directory.about(turn.session, [task], turn.campaign.today(at))
    duties = DutyStanding({ident(task): task}, {}, directory)
    keeper = NagKeeper(at, turn.campaign, await nag_views.snoozes(turn.session, at))
    standing = TaskStanding(turn.session, at, turn.campaign, duties)
    keeper.add(await nag_keeper.heard_of(due, standing))
    # What an earlier message has told already does not come again.
    told = await nags.stored_keys(turn.session, [row["key"] for row in keeper.rows])
    rows = [Nag(**row) for row in keeper.rows if row["state"] is NagState.WAITING and row["key"] not in told]
    found = []
    for row in rows:
        reader = directory.by_id[row.contact_id or 0]
        paused = nag_keeper.pause_end(row, reader, standing, turn, at=at)
        when = paused or row.hold_until or at
        found.append(ComingNag(when, row.level or Level.RESPONSIBLE, row.contact_id, row.hold_until is None))
    return found


TASKS: Final = Subject(
    "task",
    "duties",
    TASK_KINDS,
    "nags.week.tasks",
    scan=_scan,
    next_look=task_due.next_look,
    look_again=task_due.look_again,
    stand_at=_stand_at,
    standing=_standing,
    left=_left,
    own=_own,
    put_off=_put_off,
    file=_file,
    ahead=TasksAhead.read,
)
"""A line stands for one task, with everything that it owes."""
