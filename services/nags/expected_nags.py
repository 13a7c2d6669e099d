"""What the scan of the tasks will store in the coming days, by the same rules; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Self

from models import tasks
from models.db import Session, ident
from models.nags import Nag, NagReason, NagState, Snooze, nag_views
from models.tasks import Task
from rules.nags.ladder import DueSlots, Ladder, Obligation, Slot
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from services.absences import standing_in
from services.campaign import Campaign
from services.duties import report_windows, task_duties, unreported_streaks
from services.duties.task_duties import DutyStanding
from services.nags.task_scan import DueDuty, NagKeeper, ladder_of
from services.recipients import Directory, Recipient
from services.turn import TickTurn

MOST: Final = 2000
"""At most so many tasks are considered: those with the soonest slots."""

_KEPT: Final = (
    *("kind", "task_id", "case_id", "cycle", "slot", "rung", "level", "contact_id", "instead_of", "state"),
    *("reason", "hold_until", "exempt", "created_at"),
)


@dataclass(slots=True)
class ExpectedNag:
    """A nag that waits already or will be stored, as far as it matters; names as in ``models.nags.Nag``."""

    kind: DutyKind
    task_id: int | None
    case_id: int | None
    cycle: str
    slot: str
    rung: str
    level: Level
    contact_id: int | None
    instead_of: str | None
    state: NagState
    reason: NagReason | None
    hold_until: datetime | None
    exempt: bool
    created_at: datetime

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        return cls(**{name: row[name] for name in _KEPT})

    @classmethod
    def of_nag(cls, nag: Nag) -> Self:
        return cls(**{name: getattr(nag, name) for name in _KEPT})


@dataclass(frozen=True, slots=True)
class ForecastScene:
    """Everything that must be known of the tasks in the coming days.

    ``ahead``: the tasks that the scan will look at; ``tasks``: these, and the tasks for which something waits
    already. ``directories``: by local day.
    """

    now: datetime
    until: datetime
    campaign: Campaign
    ladder: Ladder
    ahead: Sequence[Task]
    tasks: Mapping[int, Task]
    owed: Mapping[int, Sequence[Obligation]]
    directories: Mapping[date, Directory]
    snoozes: Sequence[Snooze]
    slots: dict[Obligation, list[Slot]] = field(default_factory=dict)
    readers: dict[tuple[date, int, Level], Sequence[Recipient]] = field(default_factory=dict)

    @classmethod
    async def read(
        cls, session: Session, waiting: Sequence[Nag], now: datetime, until: datetime, campaign: Campaign
    ) -> Self:
        ahead = await nag_views.tasks_to_look_at(session, until, MOST)
        found = {task.id: task for task in ahead if task.id is not None}
        found |= await tasks.tasks_by_id(
            session, {nag.task_id for nag in waiting if nag.task_id} - found.keys()
        )
        unreported = await report_windows.expected(TickTurn(session, now, campaign), found.values(), until)
        silent = await unreported_streaks.obligations(TickTurn(session, now, campaign), found.values())
        owed = {
            task_id: task_duties.of_task(task, silent.get(task_id), unreported.get(task_id, ()), campaign)
            for task_id, task in found.items()
        }
        directories = await _directories(session, campaign.today(now), campaign.today(until))
        snoozes = await nag_views.snoozes(session, now)
        ladder = ladder_of(campaign)
        return cls(now, until, campaign, ladder, ahead, found, owed, directories, snoozes)

    def standing(self, task_ids: Iterable[int], at: datetime) -> DutyStanding:
        """The state of these tasks at that moment, if nothing is done about them."""
        owed = {
            task_id: {(one.kind, one.cycle): one for one in self.owed[task_id] if _is_told(one, at)}
            for task_id in task_ids
        }
        return DutyStanding(self.tasks, owed, self.directory(at))

    def directory(self, at: datetime) -> Directory:
        day = self.campaign.today(at)
        # A postponed nag may lie beyond the last day; nobody needs to know who is on leave then.
        return self.directories.get(day) or self.directories[max(self.directories)]

    def rows(self) -> list[ExpectedNag]:
        """The rows that will be stored, in the order in which the scans store them."""
        events = [event for task in self.ahead for event in self._events(task)]
        events.sort(key=lambda event: (event[0], ident(event[1].task)))
        keepers: dict[datetime, NagKeeper] = {}
        for at, found in events:
            keeper = keepers.get(at)
            if keeper is None:
                keeper = keepers[at] = NagKeeper(at, self.campaign, [s for s in self.snoozes if s.until > at])
            for level in found.due.slot.hears:
                for who in self._readers(found.task, level, at):
                    keeper.add(found, level, who)
        rows = [row for keeper in keepers.values() for row in keeper.rows]
        return [ExpectedNag.of_row(row) for row in {row["key"]: row for row in rows}.values()]

    def _readers(self, task: Task, level: Level, at: datetime) -> Sequence[Recipient]:
        """The readers on that level, which are the same all day."""
        key = (self.campaign.today(at), ident(task), level)
        if key not in self.readers:
            self.readers[key] = self.directory(at).readers(task, level)
        return self.readers[key]

    def _events(self, task: Task) -> list[tuple[datetime, DueDuty]]:
        """What the scan will find due for a task, and when; slots before its next look collapse."""
        first = max(task.next_nag_at or self.now, self.now)
        events = []
        for one in self.owed[ident(task)]:
            found: dict[datetime, list[Slot]] = {}
            for slot in self._slots(one, task.nagged_until):
                at = max(slot.at, first)
                if _is_open(one, at):
                    found.setdefault(at, []).append(slot)
            events += [(at, DueDuty(task, one, DueSlots(slots))) for at, slots in found.items()]
        return events

    def _slots(self, one: Obligation, seen: datetime) -> list[Slot]:
        if one.kind is not DutyKind.REPORT:
            return self.ladder.between(one, seen, self.until)
        # Many tasks owe the report of the same window.
        if one not in self.slots:
            self.slots[one] = self.ladder.between(one, one.opens - timedelta(seconds=1), self.until)
        return [slot for slot in self.slots[one] if slot.at > seen]


def _is_open(one: Obligation, at: datetime) -> bool:
    """Whether it is owed then: a report while its window is open, anything else until it is done."""
    return one.ends is None or one.opens <= at < one.ends


def _is_told(one: Obligation, at: datetime) -> bool:
    """Whether its postponed nags are still sent then."""
    until = one.told_until or one.ends
    return until is None or one.opens <= at < until


async def _directories(session: Session, first: date, last: date) -> dict[date, Directory]:
    """Everybody as they stand on each of these days: people who are away then have their deputies."""
    whole = await Directory.load(session, first)
    found = {first: whole}
    for n in range(1, (last - first).days + 1):
        day = first + timedelta(days=n)
        found[day] = replace(whole, standing=await standing_in(session, day))
    return found
