"""When a task is nagged about next, and who hears, if nothing is done until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.db import Session, ident
from models.nags import NagState, nag_views
from models.tasks import Task
from rules.nags.ladder import DueSlots, Obligation
from rules.nags.levels import Level
from rules.tasks.task_lifecycle import NAGGED_STATES
from services.campaign import Campaign
from services.duties import report_windows, task_duties, unreported_streaks
from services.nags.task_scan import DueDuty, NagKeeper, ladder_of
from services.recipients import Directory
from services.turn import TickTurn

_SLOTS: Final = 3
"""So many slots are considered: on the first, others may hear, or nobody because of a snooze."""


@dataclass(frozen=True, slots=True)
class ComingNag:
    """A nag to come. ``unreleased``: it is sent at that moment only if the office releases it."""

    at: datetime
    level: Level
    contact_id: int | None
    unreleased: bool = False


async def of_task(turn: TickTurn, task: Task) -> list[ComingNag]:
    """The nags that wait already, and those that the next slots of the task's ladder bring."""
    if task.state not in NAGGED_STATES:
        return []
    found = [
        ComingNag(max(nag.hold_until, turn.now), nag.level, nag.contact_id)
        for nag, _ in await nag_views.records(turn.session, task_id=task.id)
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
        due = [DueDuty(task, one, DueSlots(slots)) for one, slots in there if slots]
        found += await _heard(turn.session, due, max(seen, turn.now), turn.campaign)
    return found


async def _owed(turn: TickTurn, task: Task) -> list[Obligation]:
    """What is owed now, the report of the window that opens next, and the row of windows without a report."""
    standing = (await task_duties.owed(turn, [task]))[ident(task)]
    opens = report_windows.next_open(task, turn.now, turn.campaign)
    if opens is None:
        return standing
    reports = await report_windows.expected(turn, [task], opens)
    there = {one.cycle for one in standing}
    silent = await unreported_streaks.obligations(turn, [task])
    later = [*map(report_windows.obligation, reports.get(ident(task), ())), *silent.values()]
    return [*standing, *(one for one in later if one.cycle not in there)]


async def _heard(
    session: Session, found: Sequence[DueDuty], at: datetime, campaign: Campaign
) -> list[ComingNag]:
    directory = await Directory.load(session, campaign.today(at))
    keeper = NagKeeper(at, campaign, await nag_views.snoozes(session, at))
    for one in found:
        for level in one.due.slot.hears:
            for who in directory.readers(one.task, level):
                keeper.add(one, level, who)
    rows = [row for row in keeper.rows if row["state"] is NagState.WAITING]
    return [
        ComingNag(row["hold_until"] or at, row["level"], row["contact_id"], row["hold_until"] is None)
        for row in rows
    ]
