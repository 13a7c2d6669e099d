"""What stands in one person's message: his duties by task, and why each is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from models import tasks
from models.db import Session
from models.people import Contact
from models.tasks import Task
from rules.ladder import Obligation
from rules.levels import Level
from rules.policy import DutyKind
from rules.task_lifecycle import NAGGED_STATES, TaskState
from rules.windows import Window
from services import streaks, windows
from services.campaign import Campaign
from services.recipients import Directory


class Tone(StrEnum):
    """催办 goes downwards only; leaders get a 提示."""

    NAG = "nag"
    HINT = "hint"


class Asked(StrEnum):
    """What the office asks for by ``/remind``; a nag of the ladder asks for nothing in particular."""

    UNSIGNED = "unsigned"
    SILENT = "silent"
    OVERDUE = "overdue"
    UNIT = "unit"
    TASK = "task"


FEW: Final = 40
_LONG_BEFORE: Final = timedelta(days=400)
Owed = tuple[DutyKind, str]
"""A kind of duty and its cycle, such as (report, 2026-W51)."""
_PROMISED: Final[tuple[Owed, ...]] = ()
# There is no year after 9999, which earlier releases took from a sheet that means: none.
_LAST_DAY: Final = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Duty:
    """One task in one person's message. ``instead_of``: for whom the reader stands in; ``owed``: what of it
    the ladder speaks of (nothing: it was asked for by hand, or promised by an earlier release); ``deputy``:
    as it stands now, he does it himself for one who is away."""

    task_id: int
    tone: Tone
    instead_of: str | None = None
    level: Level = Level.RESPONSIBLE
    owed: tuple[Owed, ...] = field(default=_PROMISED)
    deputy: bool = False

    @property
    def his(self) -> bool:
        """Whether the reader himself has to do it."""
        return self.tone is Tone.NAG and (self.instead_of is None or self.deputy)

    def to_json(self) -> dict[str, Any]:
        return {
            "task_id": self.task_id,
            "tone": self.tone.value,
            "instead_of": self.instead_of,
            "level": self.level.value,
            "owed": [[kind.value, cycle] for kind, cycle in self.owed],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Duty:
        tone = Tone(data["tone"])
        # What an earlier release promised names neither.
        usual = Level.RESPONSIBLE if tone is Tone.NAG else Level.LEADER_IN_CHARGE
        owed = tuple((DutyKind(kind), cycle) for kind, cycle in data.get("owed", []))
        return cls(data["task_id"], tone, data["instead_of"], Level(data.get("level", usual)), owed)


def of_deadline(task: Task, campaign: Campaign) -> Obligation | None:
    """What is owed by the deadline of a task; None: nothing, or not now."""
    if task.deadline is None or task.state not in NAGGED_STATES:
        return None
    day = min(task.deadline, _LAST_DAY)
    limit = _end_of(day, campaign)
    # When it came only matters if it was late by then: all others of that day stand alike.
    opens = task.created_at if task.created_at > limit else limit - _LONG_BEFORE
    return Obligation(DutyKind.TASK, day.isoformat(), opens, limit, day)


def of_signing(task: Task, campaign: Campaign) -> Obligation | None:
    """The 签收 that is owed for a task; None once it is signed for."""
    if task.state is not TaskState.ASSIGNED:
        return None
    day, cycle = campaign.sign_by(task.assigned_at), task.assigned_at.strftime("%Y%m%dT%H%M%S")
    return Obligation(DutyKind.UNSIGNED, cycle, task.assigned_at, _end_of(day, campaign), day)


def _end_of(day: date, campaign: Campaign) -> datetime:
    return campaign.midnight(day + timedelta(days=1))


async def owed(
    session: Session, found: Sequence[Task], now: datetime, campaign: Campaign, *, put_off: bool = False
) -> dict[int, list[Obligation]]:
    """All that is owed for each of these tasks at ``now``, by its id; with ``put_off`` also that of which
    only what was put off is said."""
    unreported = await windows.missing(session, found, now, campaign, put_off=put_off)
    silent = await streaks.obligations(session, found, now, campaign)
    by_task: dict[int, list[Obligation]] = {}
    for task in found:
        task_id = task.id or 0
        streak = silent.get(task_id)
        late = streak if streak is not None and streak.limit <= now else None
        by_task[task_id] = of_task(task, late, unreported.get(task_id, ()), campaign)
    return by_task


def of_task(
    task: Task, streak: Obligation | None, unreported: Sequence[Window], campaign: Campaign
) -> list[Obligation]:
    """All that a task owes, with these windows on which nobody has reported."""
    standing = (of_deadline(task, campaign), of_signing(task, campaign), streak)
    return [*(one for one in standing if one is not None), *map(windows.obligation, unreported)]


async def _directory(session: Session, found: Mapping[int, Task], day: date) -> Directory:
    """One message is about few tasks: everybody need not be read for it."""
    few = len(found) <= FEW
    return await (Directory.about(session, found.values(), day) if few else Directory.load(session, day))


@dataclass(frozen=True, slots=True)
class Standing:
    """How some tasks stand now: what is still owed, and who is to hear of it."""

    tasks: Mapping[int, Task]
    owed: Mapping[int, Mapping[Owed, Obligation]]
    directory: Directory

    @classmethod
    async def of(
        cls,
        session: Session,
        task_ids: Collection[int],
        now: datetime,
        campaign: Campaign,
        directory: Directory | None = None,
    ) -> Standing:
        found = await tasks.tasks_by_id(session, task_ids)
        obligations = await owed(session, list(found.values()), now, campaign, put_off=True)
        return cls(
            found,
            {task_id: {(one.kind, one.cycle): one for one in many} for task_id, many in obligations.items()},
            directory or await _directory(session, found, campaign.today(now)),
        )

    def still(self, duty: Duty, reader: Contact) -> Duty | None:
        """The duty as far as it is owed, and is to be heard of by ``reader`` still; None: it is not. A task
        that is not there is a fault, not one that is done."""
        task = self.tasks[duty.task_id]
        there = self.owed[duty.task_id]
        left = tuple(one for one in duty.owed if one in there)
        if task.state not in NAGGED_STATES or (duty.owed and not left):
            return None
        hears = self.directory.readers(task, duty.level)
        mine = [w for w in hears if (w.contact_id, w.instead_of) == (reader.id, duty.instead_of)]
        return replace(duty, owed=left, deputy=mine[0].deputy) if mine else None
