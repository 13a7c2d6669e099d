"""The scan of the tasks: which slots of their ladders are due, and when each is looked at next."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

import structlog

from models.db import ident, known
from models.nags import BELOW
from models.tasks import Task, task_due
from rules.nags.decider_rungs import HEARD
from rules.nags.ladder import DueSlots, Ladder, Obligation
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from services.campaign import Campaign
from services.duties import report_windows, task_duties
from services.nags.nag_keeper import deciders_ladder, due_by_ladder, ladder_of
from services.nags.subject import DueNag, RowScan
from services.turn import TickTurn

log = structlog.get_logger(__name__)

MOST: Final = 400
"""So many tasks are scanned in one step."""
LATER: Final = timedelta(minutes=15)
"""When a task whose scan failed is tried again."""


async def scan(turn: TickTurn) -> RowScan[Task]:
    """Look at tasks that are due at ``turn.now``; the moment of each task's next look is stored.

    A task that fails is tried again later, and does not delay others.
    """
    found = await task_due.due_for_nag(turn.session, turn.now, MOST)
    if not found:
        return RowScan([], [], more=False)
    owed, ladders = await task_duties.owed(turn, found), _Ladders.of(turn.campaign)
    open_windows = report_windows.current(found, turn.now, turn.campaign)
    due: list[DueNag] = []
    above: dict[AboveKey, DueNag] = {}
    looked: list[tuple[int, datetime | None]] = []
    failed: list[int] = []
    for task in found:
        task_id = ident(task)
        mine = owed[task_id]
        # This includes windows that were reported on, because the report may be withdrawn.
        ahead = [*mine, *map(report_windows.obligation, open_windows.get(task_id, ()))]
        try:
            there = ladders.due(task, mine, turn.now)
            over = ladders.due_above(task, mine, turn.now, above)
            looked.append((task_id, ladders.next_look(task, ahead, turn.now, turn.campaign)))
        except Exception:
            log.exception("a task cannot be looked at", task_id=task_id)
            failed.append(task_id)
        else:
            due += there
            above |= over
    await task_due.seen_to(turn.session, looked, turn.now)
    await task_due.look_later(turn.session, failed, turn.now + LATER)
    return RowScan(due, found, len(found) == MOST, list(above.values()))


AboveKey = tuple[int | None, str, str, str]
"""What is due above a child is due once for its parent, kind, cycle and slot."""


def once(above: Iterable[DueNag]) -> Iterable[DueNag]:
    """What is due above several children, each once."""
    return {(one.subject_id, one.kind, one.cycle, one.slot): one for one in above}.values()


@dataclass(frozen=True, slots=True)
class LadderCache:
    """The ladder, asked only once for all tasks in the same position: many have the same deadline."""

    ladder: Ladder
    _due: dict[tuple[Obligation, datetime], DueSlots | None] = field(default_factory=dict)
    _next: dict[tuple[Obligation, datetime], datetime | None] = field(default_factory=dict)

    def due(self, owed: Obligation, seen_until: datetime, now: datetime) -> DueSlots | None:
        key = owed, seen_until
        if key not in self._due:
            self._due[key] = self.ladder.due(owed, seen_until, now)
        return self._due[key]

    def next_after(self, owed: Obligation, moment: datetime) -> datetime | None:
        key = owed, moment
        if key not in self._next:
            self._next[key] = self.ladder.next_after(owed, moment)
        return self._next[key]


def due_nag(task: Task, owed: Obligation, due: DueSlots, ladder: Ladder) -> DueNag:
    """What is due on a task. Who decides on a child is asked for 延期; the office releases nothing of it."""
    below = task.parent_id is not None
    found = due_by_ladder("task", ident(task), owed, due, ladder, released=below)
    if below and owed.kind == DutyKind.EXTENSION:
        return replace(found, levels=(*found.levels, Level.DECIDER))
    return found


def due_above(task: Task, owed: Obligation, due: DueSlots, ladder: Ladder) -> DueNag:
    """What is due about the children of a task. What slots were skipped stands with the child."""
    return due_by_ladder(BELOW, whole_of(task, owed.kind), owed, DueSlots([due.slot]), ladder)


@dataclass(frozen=True, slots=True)
class _Ladders:
    """The ladder by which people hear of a task, and the one by which it is heard of above a child."""

    own: LadderCache
    above: LadderCache

    @classmethod
    def of(cls, campaign: Campaign) -> Self:
        return cls(LadderCache(ladder_of(campaign)), LadderCache(deciders_ladder(campaign)))

    def due(self, task: Task, mine: Sequence[Obligation], now: datetime) -> list[DueNag]:
        slots = [(one, self.own.due(one, task.nagged_until, now)) for one in own_duties(mine)]
        return [due_nag(task, one, due, self.own.ladder) for one, due in slots if due is not None]

    def due_above(
        self, task: Task, mine: Sequence[Obligation], now: datetime, known: Container[AboveKey]
    ) -> dict[AboveKey, DueNag]:
        """What who decides on a child, or on children of the task, hears now, without what is ``known``."""
        found: dict[AboveKey, DueNag] = {}
        for one in heard_above(task, mine):
            due = self.above.due(one, task.nagged_until, now)
            key = (whole_of(task, one.kind), one.kind, one.cycle, "" if due is None else due.slot.key)
            if due is not None and key not in known:
                found[key] = due_above(task, one, due, self.above.ladder)
        return found

    def next_look(
        self, task: Task, mine: Sequence[Obligation], now: datetime, campaign: Campaign
    ) -> datetime | None:
        """When something may be due again, strictly later than ``now`` and than what has been handled."""
        seen = max(now, task.nagged_until)
        moments = [self.own.next_after(one, seen) for one in own_duties(mine)]
        moments += [self.above.next_after(one, seen) for one in heard_above(task, mine)]
        if task.frequency is not None:
            moments.append(report_windows.next_open(task, seen, campaign))
        return min((at for at in moments if at is not None), default=None)


def own_duties(mine: Iterable[Obligation]) -> list[Obligation]:
    """What of a task's duties its own ladder tells: all but what its parts ask for."""
    return [one for one in mine if one.kind != DutyKind.BELOW_ASKED]


def heard_above(task: Task, mine: Iterable[Obligation]) -> list[Obligation]:
    """What who decides on children hears: that this one is late, or that parts of this task ask for 办结."""
    late = () if task.parent_id is None else HEARD
    return [one for one in mine if one.kind in late or one.kind == DutyKind.BELOW_ASKED]


def whole_of(task: Task, kind: str) -> int:
    """The id of the task whose children a duty of that kind is about."""
    return ident(task) if kind == DutyKind.BELOW_ASKED else known(task.parent_id)
