"""The duties by task in one person's message, what each task owes, and what still holds at sending."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from models import tasks
from models.db import RowJson, Session, ident, known
from models.people import Contact
from models.tasks import Task, child_duties
from rules.duties.report_windows import Window
from rules.nags.ladder import Obligation
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from rules.slots import local_slot
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from services.campaign import Campaign
from services.duties import report_windows, unreported_streaks
from services.recipients import Directory, Recipient
from services.turn import TickTurn


class Tone(StrEnum):
    """The tone of a duty: 催办 only goes downwards; leaders get a 提示."""

    NAG = "nag"
    HINT = "hint"


class ReminderKind(StrEnum):
    """Which tasks somebody picks to urge by hand. Nags of the ladder have no such kind.

    ``BELOW``: the parts of a task that owe a report.
    """

    UNSIGNED = "unsigned"
    SILENT = "silent"
    OVERDUE = "overdue"
    UNIT = "unit"
    TASK = "task"
    BELOW = "below"


class StandingBelow(NamedTuple):
    """When the last child of a task was completed, if none is open, and whether one waits for 办结."""

    done_at: datetime | None = None
    waits: bool = False


FEW: Final = 40
ANSWERS: Final = frozenset({DutyKind.EXTENSION, DutyKind.BELOW_ASKED})
"""The kinds that are an answer to a request: who decides owes it, not the task's person."""
_LONG_BEFORE: Final = timedelta(days=400)
OwedKey = tuple[str, str]
"""A kind of duty and its cycle, such as (report, 2026-W51)."""
OwedByKey = Mapping[OwedKey, Obligation]
OwedTasks = Mapping[int, OwedByKey]
"""What tasks owe, by their ids."""


@dataclass(frozen=True, slots=True)
class TaskDuty:
    """One task in one person's message.

    ``instead_of``: the person in whose place the reader hears. ``owed``: what the ladder asks for (empty: the
    office asked by hand). ``deputy``: as things stand, the reader has the duty in place of a person who is
    away.
    """

    task_id: int
    tone: Tone
    instead_of: str | None = None
    level: Level = Level.RESPONSIBLE
    owed: tuple[OwedKey, ...] = ()
    deputy: bool = False

    @property
    def subject_id(self) -> int:
        return self.task_id

    @property
    def urges(self) -> bool:
        return self.tone is Tone.NAG

    @property
    def own(self) -> bool:
        """Whether the reader has to do it themselves."""
        return self.tone is Tone.NAG and (self.instead_of is None or self.deputy)

    @property
    def relayed_for(self) -> str | None:
        """The person whom the reader tells of it, because the program cannot."""
        return None if self.deputy else self.instead_of

    def to_json(self) -> dict[str, object]:
        return {
            "task_id": self.task_id,
            "tone": self.tone.value,
            "instead_of": self.instead_of,
            "level": self.level.value,
            "owed": [[str(kind), cycle] for kind, cycle in self.owed],
        }

    @classmethod
    def from_json(cls, data: RowJson) -> TaskDuty:
        owed = tuple((kind, cycle) for kind, cycle in data["owed"])
        tone, level = Tone(data["tone"]), Level(data["level"])
        return cls(data["task_id"], tone, data["instead_of"], level, owed)


def of_deadline(task: Task, campaign: Campaign) -> Obligation | None:
    """What a task owes by its deadline; None: nothing, or not now."""
    if task.deadline is None or task.state not in NAGGED_STATES:
        return None
    day = task.deadline
    limit = _end_of(day, campaign)
    # The moment of creation matters only if the task was late then; all others of that day are alike.
    opens = task.created_at if task.created_at > limit else limit - _LONG_BEFORE
    return Obligation(DutyKind.TASK, day.isoformat(), opens, limit, day)


def of_signing(task: Task, campaign: Campaign) -> Obligation | None:
    """The 签收 that a task owes; None once it is signed for."""
    if task.state is not TaskState.ASSIGNED:
        return None
    day, cycle = campaign.sign_by(task.assigned_at), task.assigned_at.strftime("%Y%m%dT%H%M%S")
    return Obligation(DutyKind.UNSIGNED, cycle, task.assigned_at, _end_of(day, campaign), day)


def of_extension(task: Task, campaign: Campaign) -> Obligation | None:
    """The answer that the office, or who decides on a child, owes to a request for 延期; None: none waits."""
    asked = task.extension_asked_at
    if asked is None:
        return None
    cycle = f"asked:{asked:%Y%m%dT%H%M%S}"
    return Obligation(DutyKind.EXTENSION, cycle, asked, asked, campaign.today(asked))


def of_done_below(task: Task, done_at: datetime | None, campaign: Campaign) -> Obligation | None:
    """申请办结, which its lead may ask for since the last child was 办结; None: a child is open, or none is.

    It is said at the next hour of the nags.
    """
    if done_at is None or task.state not in NAGGED_STATES:
        return None
    day = campaign.today(done_at)
    missed = local_slot(day, campaign.slots.nag, campaign.zone) < done_at
    day = campaign.calendar.add(day if missed else day - timedelta(days=1), 1)
    return Obligation(DutyKind.BELOW_DONE, f"done:{done_at:%Y%m%dT%H%M%S}", done_at, done_at, day)


def of_asked_below(task: Task, waits: bool, campaign: Campaign) -> Obligation | None:
    """The answer to 申请办结 of its parts, which who decides on these owes; None: none waits."""
    asked = task.below_asked_at
    if not waits or asked is None:
        return None
    cycle = f"below:{asked:%Y%m%dT%H%M%S}"
    return Obligation(DutyKind.BELOW_ASKED, cycle, asked, asked, campaign.today(asked))


def _end_of(day: date, campaign: Campaign) -> datetime:
    return campaign.midnight(day + timedelta(days=1))


async def owed(
    turn: TickTurn, found: Sequence[Task], *, put_off: bool = False
) -> dict[int, list[Obligation]]:
    """Everything that is owed on each of these tasks now, by task id: by its people, and by the office.

    ``put_off``: include obligations of which only postponed nags are left.
    """
    unreported = await report_windows.missing(turn, found, put_off=put_off)
    silent = await unreported_streaks.obligations(turn, found, turn.now)
    below = await standing_below(turn.session, found)
    by_task: dict[int, list[Obligation]] = {}
    for task in found:
        task_id = ident(task)
        streak = silent.get(task_id)
        late = streak if streak is not None and streak.opens <= turn.now else None
        by_task[task_id] = of_task(task, late, unreported.get(task_id, ()), turn.campaign, below.get(task_id))
    return by_task


async def standing_below(session: Session, found: Collection[Task]) -> dict[int, StandingBelow]:
    """How it stands below each of these tasks of which anything is to be said, by task id."""
    done = await child_duties.done_below(session, found)
    asked = {known(part.parent_id) for part in await child_duties.asked_below(session, found)}
    return {task_id: StandingBelow(done.get(task_id), task_id in asked) for task_id in done.keys() | asked}


async def owed_by_key(
    turn: TickTurn, found: Iterable[Task], before: dict[int, OwedByKey] | None = None
) -> OwedTasks:
    """As ``owed``, with obligations of which only postponed nags are left, each by its kind and cycle.

    ``before``: what this turn has found already; it is not asked for again, and what is new is added.
    """
    by_id, there = {ident(task): task for task in found}, {} if before is None else before
    every = await owed(turn, [task for one, task in by_id.items() if one not in there], put_off=True)
    for task_id, many in every.items():
        there[task_id] = {(one.kind, one.cycle): one for one in many}
    return {task_id: there[task_id] for task_id in by_id}


async def of_person(turn: TickTurn, task: Task) -> list[Obligation]:
    """What the responsible person owes on it: all but the answers to requests."""
    return [one for one in (await owed(turn, [task]))[ident(task)] if one.kind not in ANSWERS]


def of_task(
    task: Task,
    streak: Obligation | None,
    unreported: Sequence[Window],
    campaign: Campaign,
    below: StandingBelow | None = None,
) -> list[Obligation]:
    """Everything that is owed on a task, with these unreported windows."""
    own = (of_deadline(task, campaign), of_signing(task, campaign))
    done_at, waits = below or StandingBelow()
    offered, asked = of_done_below(task, done_at, campaign), of_asked_below(task, waits, campaign)
    standing = (*own, streak, offered, asked, of_extension(task, campaign))
    return [*(one for one in standing if one is not None), *map(report_windows.obligation, unreported)]


async def _directory(session: Session, found: Mapping[int, Task], day: date) -> Directory:
    """The directory for one message: it is about few tasks, so not everybody has to be read."""
    if len(found) <= FEW:
        return await Directory.about(session, found.values(), day)
    return await (await Directory.load(session, day)).knowing(session, found.values())


@dataclass(frozen=True, slots=True)
class DutyStanding:
    """The present state of some tasks: what is still owed, and who must hear of it."""

    tasks: Mapping[int, Task]
    owed: OwedTasks
    directory: Directory

    @classmethod
    async def of(
        cls,
        session: Session,
        task_ids: Collection[int],
        now: datetime,
        campaign: Campaign,
        directory: Directory | None = None,
        before: dict[int, OwedByKey] | None = None,
    ) -> DutyStanding:
        found = await tasks.tasks_by_id(session, task_ids)
        obligations = await owed_by_key(TickTurn(session, now, campaign), found.values(), before)
        if directory is None:
            directory = await _directory(session, found, campaign.today(now))
        else:
            directory = await directory.knowing(session, found.values())
        return cls(found, obligations, directory)

    def still(self, duty: TaskDuty, reader: Contact) -> TaskDuty | None:
        """The duty as far as it is still owed and ``reader`` still hears of it; None: it is not.

        A missing task is a fault, not a task that is done.
        """
        task = self.tasks[duty.task_id]
        there = self.owed[duty.task_id]
        left = tuple(one for one in duty.owed if one in there)
        if task.state not in NAGGED_STATES or (duty.owed and not left):
            return None
        who = self.heard_by(duty, reader)
        return None if who is None else replace(duty, owed=left, deputy=who.deputy)

    def heard_by(self, duty: TaskDuty, reader: Contact) -> Recipient | None:
        """How ``reader`` hears of it today; None: they do not."""
        hears = self.directory.readers(self.tasks[duty.task_id], duty.level)
        mine = (w for w in hears if (w.contact_id, w.instead_of) == (reader.id, duty.instead_of))
        return next(mine, None)
