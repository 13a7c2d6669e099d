"""Random histories of nags: no duty is nagged twice in a slot, and no finished one is nagged.

No late duty is passed over for longer than a working day, whatever people do and the clock does.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, select

from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.people import Contact, ContactState
from models.people.absences import Absence
from models.tasks import Task, move_state
from rules.nags.snooze import SnoozeChoice
from rules.people.roles import Role
from rules.slots import local_slot
from rules.tasks.task_lifecycle import NAGGED_STATES, OPEN_STATES, TaskState
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.nags import nag_engine, snoozing
from services.nags.snoozing import SnoozeSubject
from services.tasks import reassign, task_steps
from tests.services.conftest import Local
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("histories")

DAY = timedelta(days=1)


@dataclass
class Life:
    """A unit with its tasks, whose people do one thing after another."""

    session: Session
    campaign: Campaign
    dice: random.Random
    office: Actor
    people: list[Contact]
    tasks: list[Task]
    now: datetime
    looked: list[datetime] = field(default_factory=list)
    rests_at: dict[int, datetime] = field(default_factory=dict)
    """The moment until which a task was last seen to wait for the office, or to be done."""

    async def step(self) -> None:
        move = self.dice.choice(
            [
                self.sign,
                self.report,
                self.submit,
                self.decide,
                self.hand_over,
                self.snooze,
                self.leave,
                self.block,
            ]
        )
        try:
            async with self.session.begin_nested():
                await move(self.dice.choice(self.tasks))
        except DomainError:
            return  # not now: people press what they cannot have

    async def sign(self, task: Task) -> None:
        await self._move(task, TaskState.ASSIGNED, TaskState.ACKNOWLEDGED)

    async def report(self, task: Task) -> None:
        await self._move(task, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS)

    async def submit(self, task: Task) -> None:
        await self._move(task, TaskState.IN_PROGRESS, TaskState.SUBMITTED)

    async def _move(self, task: Task, old: TaskState, new: TaskState) -> None:
        await move_state(self.session, task.id or 0, old, new, self.now)
        await self.session.refresh(task)

    async def decide(self, task: Task) -> None:
        if task.state is TaskState.SUBMITTED and self.dice.random() < 0.5:
            await task_steps.send_back(
                turn_for(self.session, self.office, self.now, self.campaign), task.id or 0, "重做"
            )
        elif task.state in OPEN_STATES and self.dice.random() < 0.3:
            await task_steps.complete(turn_for(self.session, self.office, self.now), task.id or 0)
        elif task.state is TaskState.COMPLETED:
            await task_steps.reopen(
                turn_for(self.session, self.office, self.now, self.campaign), task.id or 0
            )

    async def hand_over(self, task: Task) -> None:
        receiver = self.dice.choice(self.people).id or 0
        await reassign.move_tasks(
            turn_for(self.session, self.office, self.now, self.campaign), [task.id or 0], receiver
        )

    async def snooze(self, task: Task) -> None:
        query = select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id).desc())
        row = (await self.session.exec(query)).first()
        if row is None or row.contact_id is None:
            return
        actor = await actor_of(self.session, await self.session.get_one(Contact, row.contact_id))
        turn = turn_for(self.session, actor, self.now, self.campaign)
        choice = self.dice.choice(["two_hours", "afternoon", "morning", "working_day"])
        await snoozing.snooze(turn, SnoozeSubject(outbox_id=row.id), SnoozeChoice(choice))

    async def leave(self, task: Task) -> None:
        away, deputy = self.dice.sample(self.people, 2)
        first = self.campaign.today(self.now)
        self.session.add(
            Absence(
                contact_id=away.id or 0,
                deputy_id=deputy.id or 0,
                first=first,
                last=first + self.dice.randint(0, 3) * DAY,
                made_by=away.id or 0,
                made_at=self.now,
            )
        )

    async def block(self, task: Task) -> None:
        contact = self.dice.choice(self.people)
        blocked = contact.state is ContactState.UNREACHABLE
        contact.state = ContactState.ENROLLED if blocked else ContactState.UNREACHABLE
        self.session.add(contact)

    async def go_on(self) -> None:
        """Let minutes, an evening or a weekend pass; now and then the clock is wrong."""
        hours = self.dice.choice([0.01, 0.5, 1, 1, 3, 8, 14, 24, 60, -2])
        self.now += timedelta(hours=hours)
        for task in self.tasks:
            if task.state not in NAGGED_STATES:
                self.rests_at[task.id or 0] = self.now
        told = await nag_engine.tick(tick_for(self.session, self.now, self.campaign))
        self.looked.append(self.now)
        named = {name for one in told for name in one.duties}
        done = {task.objective for task in self.tasks if task.state not in NAGGED_STATES}
        assert not named & done, "what is finished is nagged"


@pytest.fixture
async def life(session: Session, roster: Roster, local: Local, campaign: Campaign, seed: int) -> Life:
    unit = await roster.unit("城管局")
    office = await roster.actor(await roster.unit("创城办"), "创城办", Role.OFFICE)
    people = [await roster.contact(unit, name, Role.RESPONSIBLE_PERSON) for name in ("甲", "乙", "丙")]
    people.append(await roster.contact(unit, "联络员", Role.LIAISON))
    await roster.contact(unit, "分管领导", Role.LEADER_IN_CHARGE)
    made = [await roster.task(unit, f"任务{n}", date(2026, 12, 14 + 2 * n), people[n % 3]) for n in range(5)]
    return Life(session, campaign, random.Random(seed), office, people, made, local(12, 15, 8, 50))  # noqa: S311 - no secret


@pytest.mark.repeated("seed")
@pytest.mark.parametrize("seed", list(range(4)))
async def test_random_histories(life: Life) -> None:
    for _ in range(60):
        for _ in range(life.dice.randint(0, 2)):
            await life.step()
        await life.go_on()
    query = select(Nag).order_by(col(Nag.id)).execution_options(populate_existing=True)
    found = (await life.session.exec(query)).all()
    assert found, "nothing happened"
    twice_in_a_slot(found)
    await late_and_passed_over(life, found)


def twice_in_a_slot(found: Sequence[Nag]) -> None:
    told = Counter(
        (row.kind, row.subject_id, row.cycle, row.slot, row.contact_id, row.level)
        for row in found
        if row.state is NagState.TOLD and not row.key.startswith("snooze:")
    )
    assert not [key for key, count in told.items() if count > 1]


async def late_and_passed_over(life: Life, found: Sequence[Nag]) -> None:
    """Each open late task reaches somebody on each working day on which it is looked at.

    A day counts if it was looked at in its hours. At least one person was told then, or had put the task off,
    or could not be told that day and is the next one.
    """
    campaign = life.campaign
    for task in life.tasks:
        mine = [row for row in found if row.subject_id == task.id]
        if task.state not in NAGGED_STATES or task.deadline is None:
            continue
        for day in days_looked_at(life, task):
            assert any(covers(row, day, campaign) for row in mine), (task.objective, day)


def days_looked_at(life: Life, task: Task) -> list[date]:
    """Working days after the deadline on which a look was taken in the hours of the nags.

    Only days since the task last began anew count, and only looks at a clock that had not been there before.
    """
    campaign, latest, days = life.campaign, None, []
    assert task.deadline is not None
    for moment in life.looked:
        if latest is not None and moment <= latest:
            continue
        latest = moment
        day = campaign.today(moment)
        nine = local_slot(day, campaign.slots.nag, campaign.zone)
        quiet = local_slot(day, campaign.quiet.begins, campaign.zone)
        begun = max(task.assigned_at, life.rests_at.get(task.id or 0, task.assigned_at))
        if day > task.deadline and campaign.calendar.is_working_day(day) and nine <= moment < quiet:
            days += [day] if begun < nine else []
    return days


def covers(row: Nag, day: date, campaign: Campaign) -> bool:
    on = campaign.today(row.settled_at or row.hold_until or row.created_at)
    if row.state is NagState.TOLD:
        return on == day
    waits = row.reason in {NagReason.BUDGET, NagReason.SNOOZED, NagReason.NOBODY}
    return waits and campaign.today(row.created_at) <= day <= on
