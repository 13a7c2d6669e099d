"""How things stand with some tasks at one moment, now or in the coming days if nothing is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, Self

import structlog

from locales import Text
from models import tasks
from models.db import Session, ident, row_of
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason
from models.people import Contact, ContactState
from models.progress import report_lookup
from models.tasks import Task, task_due, task_search
from reports.formats import short
from rules.nags.ladder import DueSlots, Ladder, Obligation, Slot
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from rules.people.roles import Role
from services.absences import standing_in
from services.campaign import Campaign
from services.duties import report_windows, task_duties, unreported_streaks
from services.duties.task_duties import DutyStanding, TaskDuty, Tone
from services.nags.nag_keeper import ladder_of
from services.nags.subject import DueNag, PageMaker, PersonLines
from services.nags.tasks import task_done
from services.nags.tasks.task_page import TaskFacts, task_page
from services.nags.tasks.task_scan import due_nag, own_duties
from services.people import invitation_requests
from services.recipients import Directory, Recipient
from services.task_wording import due_text, lamp_text
from services.tasks import explanation_card
from services.turn import TickTurn

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TaskStanding:
    """``now``: the moment, which may lie ahead."""

    session: Session
    now: datetime
    campaign: Campaign
    duties: DutyStanding

    async def readers(self, subject_id: int, level: Level) -> Sequence[Recipient]:
        return self.duties.directory.readers(self.duties.tasks[subject_id], level)

    async def weigh(self, rows: Sequence[Nag], reader: Contact) -> PersonLines[TaskDuty]:
        """What is still owed, one line per task: a person who gets a 催办 needs no 提示, too."""
        found = PersonLines[TaskDuty]()
        merged: dict[tuple[int, str | None], TaskDuty] = {}
        for row in rows:
            there = self.duties.still(_duty(row), reader)
            if there is None:
                found.moot.append((row, await self._why_moot(row)))
                continue
            found.told.append(row)
            key = (row.subject_id, row.instead_of)
            merged[key] = joined(merged.get(key), there)
        found.lines = [self._with_report(duty) for duty in merged.values()]
        return found

    def _with_report(self, duty: TaskDuty) -> TaskDuty:
        """Who is told of a task's deadline reads in the same line that its report is missing.

        This begins when they are reminded of the report itself.
        """
        task = self.duties.tasks[duty.task_id]
        if duty.tone is not Tone.NAG or task.deadline is None or task.frequency is None:
            return duty
        missing = [
            (kind, cycle)
            for kind, cycle in self.duties.owed.get(duty.task_id, ())
            if kind == DutyKind.REPORT and report_windows.is_reminded(task, cycle, self.now, self.campaign)
        ]
        return replace(duty, owed=tuple(dict.fromkeys((*duty.owed, *missing))))

    async def _why_moot(self, row: Nag) -> NagReason:
        """Why the nag has nothing more to say to its reader."""
        if (row.kind, row.cycle) in self.duties.owed.get(row.subject_id, ()):
            return NagReason.MOVED
        if row.reason in {NagReason.BUDGET, NagReason.PAUSED} and row.kind == DutyKind.REPORT:
            # Its window may be over because it was kept back for so long. That is no report.
            reported = await report_lookup.reported_since(self.session, {row.subject_id}, row.created_at)
            return NagReason.DONE if reported else row.reason
        return NagReason.DONE

    async def again(self, row: Nag, due_at: datetime) -> DueNag | None:
        """A person who was given the task since has a ladder of their own."""
        task = self.duties.tasks[row.subject_id]
        if row.level is None or task.assigned_at > row.created_at:
            return None
        owed = self.duties.owed[row.subject_id][row.kind, row.cycle]
        about = ("task", row.subject_id, row.kind, row.cycle, row.slot, row.rung)
        released = task.parent_id is not None
        return DueNag(*about, due_at, [row.level], all_hours=owed.all_hours, released=released)

    async def comes_again(self, row: Nag) -> bool:
        owed = self.duties.owed.get(row.subject_id, {}).get((row.kind, row.cycle))
        if owed is None or row.level is None:
            return True  # there is nothing left to tell again
        # Who decides on a child hears of a request for 延期 on the office's rungs.
        level = Level.OFFICE if row.level is Level.DECIDER else row.level
        return ladder_of(self.campaign).hears_again(owed, row.due_at, level)

    async def page(self, lines: Sequence[TaskDuty], reader: Contact) -> PageMaker:
        units = {
            self.duties.tasks[duty.task_id].lead_unit_id
            for duty in lines
            if duty.urges and any(kind == DutyKind.UNSIGNED for kind, _ in duty.owed)
        }
        unsigned = await task_search.unsigned_people(self.session, units) if units else []
        others = [(name, count) for person, name, count in unsigned if person != reader.id]
        directory = self.duties.directory
        known = TaskFacts(
            self.duties.tasks,
            self.duties.owed,
            directory.unit_names,
            others,
            await self._explained(lines),
            (not_joined := self._not_joined(lines)),
            await self._uninvited(lines, not_joined),
            Role.OFFICE in directory.roles.get(ident(reader), ()),
        )
        return partial(task_page, lines, known)

    async def _explained(self, lines: Sequence[TaskDuty]) -> dict[int, str]:
        """Why tasks are late of which their readers are only told."""
        found = [self.duties.tasks[duty.task_id] for duty in lines if not duty.own]
        return await explanation_card.reasons(self.session, found, self.campaign)

    def _not_joined(self, lines: Sequence[TaskDuty]) -> set[int]:
        """The tasks of which others are told, and whose responsible person has not joined."""
        found = set()
        for duty in lines:
            person = row_of(self.duties.directory.by_id, self.duties.tasks[duty.task_id].responsible_id)
            if not duty.own and (person is None or person.state is ContactState.NOT_ENROLLED):
                found.add(duty.task_id)
        return found

    async def _uninvited(self, lines: Sequence[TaskDuty], not_joined: Collection[int]) -> set[int]:
        """Of the tasks to pass on, one for each person who has not joined.

        Those for whom the office was asked today are left out.
        """
        found: dict[tuple[int | None, int, str], int] = {}
        for duty in lines:
            if duty.urges and duty.relayed_for is not None and duty.task_id in not_joined:
                task = self.duties.tasks[duty.task_id]
                found.setdefault((task.responsible_id, task.lead_unit_id, duty.relayed_for), duty.task_id)
        people = {person_id for person_id, *_ in found if person_id is not None}
        asked = await invitation_requests.asked_on(self.session, people, self.campaign, self.now)
        return {task_id for (person_id, *_), task_id in found.items() if person_id not in asked}

    async def done(self, row: Outbox, reader: Contact) -> Mapping[tuple[int, str], Text]:
        return await task_done.done(self.session, self.duties, row, reader, self.campaign)

    def name(self, subject_id: int) -> str:
        return self.duties.tasks[subject_id].objective

    def brief(self, subject_id: int) -> Text:
        task = self.duties.tasks[subject_id]
        return Text(
            "nags.release_line",
            lamp=lamp_text(task, self.now, self.campaign),
            objective=short(task.objective, 40),
            due=due_text(task, self.now, self.campaign),
        )

    def paused_until(self, subject_id: int) -> datetime | None:
        return self.duties.tasks[subject_id].paused_until

    def answers(self, subject_id: int) -> int | None:
        return self.duties.tasks[subject_id].responsible_id


def _duty(row: Nag) -> TaskDuty:
    if row.level is None:
        raise LookupError(f"nag {row.id} is for nobody")
    tone = Tone.NAG if row.level is Level.RESPONSIBLE else Tone.HINT
    return TaskDuty(row.subject_id, tone, row.instead_of, row.level, ((row.kind, row.cycle),))


def joined(one: TaskDuty | None, other: TaskDuty) -> TaskDuty:
    """Join two duties about one task: a person who gets a 催办 needs no 提示 about it, too."""
    if one is None or (one.tone is Tone.HINT and other.tone is Tone.NAG):
        return other
    if one.tone is not other.tone:
        return one
    owed = tuple(dict.fromkeys((*one.owed, *other.owed)))
    return replace(one, owed=owed)


MOST: Final = 2000
"""At most so many tasks are considered: those with the soonest slots."""


@dataclass(frozen=True, slots=True)
class TasksAhead:
    """Everything that must be known of the tasks in the coming days.

    ``ahead``: the tasks that the scan will look at; ``tasks``: these, and the tasks for which something waits
    already. ``directories``: by local day.
    """

    turn: TickTurn
    until: datetime
    ladder: Ladder
    ahead: Sequence[Task]
    tasks: Mapping[int, Task]
    owed: Mapping[int, Sequence[Obligation]]
    directories: Mapping[date, Directory]
    slots: dict[Obligation, list[Slot]] = field(default_factory=dict)

    @classmethod
    async def read(cls, turn: TickTurn, until: datetime, waiting: Collection[int]) -> Self:
        ahead = await task_due.to_look_at(turn.session, until, MOST)
        found = {task.id: task for task in ahead if task.id is not None}
        found |= await tasks.tasks_by_id(turn.session, set(waiting) - found.keys())
        made = await cls.of(turn, until, ahead, found, ladder_of(turn.campaign))
        return replace(made, owed={task_id: own_duties(owed) for task_id, owed in made.owed.items()})

    @classmethod
    async def of(
        cls, turn: TickTurn, until: datetime, ahead: Sequence[Task], found: Mapping[int, Task], ladder: Ladder
    ) -> Self:
        """Everything about these tasks, of which the scan looks at those ``ahead``."""
        unreported = await report_windows.expected(turn, found.values(), until)
        silent = await unreported_streaks.obligations(turn, found.values(), until)
        below = await task_duties.standing_below(turn.session, found.values())
        owed = {
            task_id: task_duties.of_task(
                task,
                silent.get(task_id),
                unreported.get(task_id, ()),
                turn.campaign,
                below.get(task_id),
            )
            for task_id, task in found.items()
        }
        last = turn.campaign.today(until)
        directories = await _directories(turn.session, turn.today, last, found.values())
        return cls(turn, until, ladder, ahead, found, owed, directories)

    @property
    def looked(self) -> int:
        return len(self.ahead)

    @property
    def whole(self) -> bool:
        return len(self.ahead) < MOST

    async def standing(self, subject_ids: Collection[int], at: datetime) -> TaskStanding:
        """The state of these tasks at that moment, if nothing is done about them."""
        owed = {
            task_id: {(one.kind, one.cycle): one for one in self.owed[task_id] if _is_told(one, at)}
            for task_id in subject_ids
        }
        day = self.turn.campaign.today(at)
        # A postponed nag may lie beyond the last day; nobody needs to know who is on leave then.
        directory = self.directories.get(day) or self.directories[max(self.directories)]
        duties = DutyStanding(self.tasks, owed, directory)
        return TaskStanding(self.turn.session, at, self.turn.campaign, duties)

    async def events(self) -> Sequence[tuple[datetime, DueNag]]:
        found: list[tuple[datetime, DueNag]] = []
        for task in self.ahead:
            try:
                found += self._events(task)
            except Exception:  # it does not hold up the others, as in the scan
                log.exception("a task cannot be foreseen", task_id=task.id)
        return sorted(found, key=lambda event: (event[0], event[1].subject_id))

    def _events(self, task: Task) -> list[tuple[datetime, DueNag]]:
        """What the scan will find due for a task, and when; slots before its next look collapse."""
        first = max(task.next_nag_at or self.turn.now, self.turn.now)
        events = []
        for one in self.owed[ident(task)]:
            found: dict[datetime, list[Slot]] = {}
            for slot in self._slots(one, task.nagged_until):
                at = max(slot.at, first)
                if _is_open(one, at):
                    found.setdefault(at, []).append(slot)
            events += [(at, due_nag(task, one, DueSlots(slots), self.ladder)) for at, slots in found.items()]
        return events

    def _slots(self, one: Obligation, seen: datetime) -> list[Slot]:
        if one.kind != DutyKind.REPORT:
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


async def _directories(
    session: Session, first: date, last: date, there: Collection[Task]
) -> dict[date, Directory]:
    """Everybody as they stand on each of these days: people who are away then have their deputies."""
    whole = await (await Directory.load(session, first)).knowing(session, there)
    found = {first: whole}
    for n in range(1, (last - first).days + 1):
        day = first + timedelta(days=n)
        found[day] = replace(whole, standing=await standing_in(session, day))
    return found
