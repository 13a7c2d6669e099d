"""A task that was broken down: 农业农村局 has parts of it in villages, each with a person and a leader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select

from models.db import Session, ident
from models.delivery.messages import Outbox
from models.people import Contact, Unit
from models.tasks import Task, child_duties
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.campaign import Campaign
from services.nags import nag_engine
from services.nags.messages import nag_delivery
from services.tasks.task_steps import schedule_nags
from services.views import View
from tests.support.people import Roster
from tests.support.turns import tick_for

OBJECTIVE = "完善城乡垃圾集中清运长效机制"


@dataclass(frozen=True, slots=True)
class Village:
    """A unit below, and the part of the task there."""

    unit: Unit
    person: Actor
    leader: Actor
    task: Task


@dataclass(frozen=True, slots=True)
class Family:
    """``decider``: the 责任人 of the task above; ``liaison``, ``leader``: of their unit."""

    office: Actor
    unit: Unit
    decider: Actor
    liaison: Actor
    leader: Actor
    task: Task
    villages: list[Village]

    @property
    def task_id(self) -> int:
        return ident(self.task)

    @property
    def parts(self) -> list[Task]:
        return [one.task for one in self.villages]


@dataclass(frozen=True, slots=True)
class Broken:
    """What is broken down, and since when."""

    deadline: date | None = None
    frequency: Frequency | None = None
    since: datetime | None = None
    own: bool = False
    state: TaskState = TaskState.IN_PROGRESS


async def make_family(
    roster: Roster, broken: Broken, *names: str, office: Actor | None = None, where: str = "农业农村局"
) -> Family:
    """Break a task of ``where`` down to the villages of these names."""
    unit = await roster.unit(where)
    decider = await roster.actor(unit, f"{where}责任人", Role.RESPONSIBLE_PERSON)
    task = await _task(roster, unit, decider.contact, broken)
    if broken.frequency is not None:
        child_duties.set_own_reports(task, own=broken.own, now=broken.since or roster.now)
    return Family(
        office=office or await roster.actor(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE),
        unit=unit,
        decider=decider,
        liaison=await roster.actor(unit, f"{where}联络员", Role.LIAISON),
        leader=await roster.actor(unit, f"{where}分管领导", Role.LEADER_IN_CHARGE),
        task=task,
        villages=[await village(roster, task, broken, name) for name in names],
    )


async def village(roster: Roster, task: Task, broken: Broken, name: str) -> Village:
    """A village with its part of the task."""
    unit = await roster.unit(name, Tier.VILLAGE)
    person = await roster.actor(unit, f"{name}责任人", Role.RESPONSIBLE_PERSON)
    part = await _task(roster, unit, person.contact, broken)
    part.parent_id, part.rhythm_from = ident(task), child_duties.rhythm_below(task)
    leader = await roster.actor(unit, f"{name}分管领导", Role.LEADER_IN_CHARGE)
    await roster.session.flush()
    return Village(unit, person, leader, part)


async def _task(roster: Roster, unit: Unit, person: Contact, broken: Broken) -> Task:
    task = await roster.task(unit, OBJECTIVE, broken.deadline, person, state=broken.state)
    task.frequency = broken.frequency
    task.created_at = task.assigned_at = broken.since or roster.now
    schedule_nags(task, broken.since or roster.now)
    await roster.session.flush()
    return task


async def run(
    session: Session, since: datetime, until: datetime, campaign: Campaign, *, most: int = 300
) -> None:
    """Run the engine at each moment at which it has something to do, at most ``most`` times."""
    moment = since
    for _ in range(most):
        await session.exec(select(Task).execution_options(populate_existing=True))
        await nag_engine.tick(tick_for(session, moment, campaign))
        moment = max(await nag_engine.next_due(session) or until, moment + timedelta(seconds=1))
        if moment > until:
            return
    raise AssertionError("it does not come to its end")


async def letters(session: Session, family: Family) -> list[Outbox]:
    """The merged messages of who broke the task down."""
    query = select(Outbox).where(Outbox.contact_id == family.decider.id, Outbox.view == "nag")
    return list(await session.exec(query.order_by(col(Outbox.id))))


async def last_shown(session: Session, family: Family, campaign: Campaign) -> View:
    """The last merged message of who broke the task down, as they read it."""
    view = await shown(session, (await letters(session, family))[-1], campaign)
    assert view is not None
    return view


async def shown(session: Session, row: Outbox, campaign: Campaign) -> View | None:
    return await nag_delivery.render(tick_for(session, row.created_at, campaign), row)
