"""The district of ``pushes.py``: the sample campaign, more tasks, and what each person is like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import cycle
from random import Random
from typing import Final

from sqlmodel import col, select

from models.db import Session, ident
from models.people import Contact, ContactRole, Unit
from models.tasks import Task
from rules.delivery.notice_rhythm import NoticeRhythm
from rules.duties.frequencies import Frequency
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.tasks.task_steps import schedule_nags
from services.turn import TickTurn
from tests.services.nags.golden.towns import TOWNS, enrol, everybody
from tests.support.people import Roster

INSPECTORS: Final = 3
TASKS_A_WEEK: Final = 8


class PersonKind(StrEnum):
    """What a person of the town is like, or the office that they hold."""

    DILIGENT = "contact, diligent"
    REACTS = "contact, reacts when nagged"
    IDLE = "contact, idle"
    SHIFTS = "contact, late with shifts"
    SECTION = "承办科室"
    IN_CHARGE = "分管领导"
    PRINCIPAL = "主要领导"
    DISTRICT = "区领导"
    OFFICE = "office, at once"
    TWO_HOURLY = "office, every two hours"
    TWICE_A_DAY = "office, twice a day"
    INSPECTOR = "inspector"


@dataclass(frozen=True, slots=True)
class Habits:
    """How likely a person does their work by themselves, and after a reminder."""

    alone: float
    reminded: float


HABITS: Final[Mapping[PersonKind, Habits]] = {
    PersonKind.DILIGENT: Habits(0.93, 0.95),
    PersonKind.REACTS: Habits(0.2, 0.85),
    PersonKind.IDLE: Habits(0.04, 0.08),
    PersonKind.SHIFTS: Habits(0.55, 0.5),
    PersonKind.SECTION: Habits(0.5, 0.7),
}
CONTACTS: Final = frozenset({PersonKind.DILIGENT, PersonKind.REACTS, PersonKind.IDLE, PersonKind.SHIFTS})
_BY_ROLE: Final = {
    Role.OFFICE: PersonKind.OFFICE,
    Role.INSPECTOR: PersonKind.INSPECTOR,
    Role.DISTRICT_LEADER: PersonKind.DISTRICT,
    Role.PRINCIPAL_LEADER: PersonKind.PRINCIPAL,
    Role.LEADER_IN_CHARGE: PersonKind.IN_CHARGE,
}
_CONTACTS: Final = (
    *(PersonKind.DILIGENT, PersonKind.REACTS, PersonKind.REACTS),
    *(PersonKind.SHIFTS, PersonKind.IDLE),
)
"""What the responsible people are like, one after the other."""
_RHYTHMS: Final = (
    *(Frequency.DAILY, Frequency.WEEKLY, Frequency.DAILY),
    *(Frequency.WEEKLY, Frequency.MONTHLY, Frequency.WEEKLY, Frequency.DAILY),
)
"""What else the responsible people report on, one after the other."""


_CHOICES: Final = {
    PersonKind.OFFICE: NoticeRhythm.AT_ONCE,
    PersonKind.TWO_HOURLY: NoticeRhythm.TWO_HOURLY,
    PersonKind.TWICE_A_DAY: NoticeRhythm.TWICE_A_DAY,
}


async def build(turn: TickTurn, dice: Random) -> dict[int, PersonKind]:
    """Make the town in an empty database; returns what each person who has joined is like, by their id."""
    await TOWNS["sample"].build(turn, dice)
    session = turn.session
    await _more_people(turn)
    await enrol(session, turn.now, dice)
    kinds = await _kinds(session)
    await _rhythms(turn, kinds)
    return kinds | await _choices(session, kinds)


async def _more_people(turn: TickTurn) -> None:
    roster = Roster(turn.session, turn.now, turn.campaign)
    for unit_id in sorted({task.lead_unit_id for task in await _tasks(turn.session)}):
        unit = await turn.session.get_one(Unit, unit_id)
        there = [one for one in await everybody(turn.session) if one.unit_id == unit_id]
        if not any("主要领导" in one.name for one in there):
            await roster.contact(unit, f"{unit.name}主要领导", Role.PRINCIPAL_LEADER)
    inspectors = await roster.unit("督导组")
    for number in range(1, INSPECTORS + 1):
        await roster.contact(inspectors, f"督导员{number}", Role.INSPECTOR)


async def _tasks(session: Session) -> list[Task]:
    return list(await session.exec(select(Task).order_by(col(Task.id))))


async def _kinds(session: Session) -> dict[int, PersonKind]:
    roles: dict[int, set[Role]] = {}
    for row in await session.exec(select(ContactRole)):
        roles.setdefault(row.contact_id, set()).add(row.role)
    there = [one for one in await everybody(session) if one.reachable]
    kinds = {
        ident(one): next(
            (kind for role, kind in _BY_ROLE.items() if role in roles.get(ident(one), ())), PersonKind.SECTION
        )
        for one in there
    }
    holders = dict.fromkeys(task.responsible_id for task in await _tasks(session))
    mine = [one for one in holders if one in kinds]
    kinds |= {one: kind for one, kind in zip(mine, cycle(_CONTACTS), strict=False) if one is not None}
    return kinds


async def _rhythms(turn: TickTurn, kinds: Mapping[int, PersonKind]) -> None:
    """Give each responsible person a recurring task, and a shift to those who are late with theirs."""
    holders = sorted(one for one, kind in kinds.items() if kind in _CONTACTS)
    for number, contact_id in enumerate(holders):
        late = kinds[contact_id] is PersonKind.SHIFTS
        due = Frequency.SHIFT if late else _RHYTHMS[number % len(_RHYTHMS)]
        await give(turn, contact_id, f"第{number}项经常工作", due)


async def _choices(session: Session, kinds: Mapping[int, PersonKind]) -> dict[int, PersonKind]:
    """Let the members of the office choose how often they get notices, one after the other."""
    found = {}
    office = sorted(one for one, kind in kinds.items() if kind is PersonKind.OFFICE)
    for contact_id, (kind, rhythm) in zip(office, cycle(_CHOICES.items()), strict=False):
        contact = await session.get_one(Contact, contact_id)
        contact.notices, found[contact_id] = rhythm, kind
        session.add(contact)
    await session.flush()
    return found


async def give(turn: TickTurn, contact_id: int, name: str, due: Frequency | date) -> Task:
    """A new task of that person."""
    session = turn.session
    contact = await session.get_one(Contact, contact_id, populate_existing=True)
    unit = await session.get_one(Unit, contact.unit_id)
    roster = Roster(session, turn.now, turn.campaign)
    deadline = None if isinstance(due, Frequency) else due
    task = await roster.task(unit, name, deadline, contact)
    task.handling_section = contact.section
    task.frequency = due if isinstance(due, Frequency) else None
    schedule_nags(task, turn.now)
    session.add(task)
    await session.flush()
    return task


async def new_tasks(turn: TickTurn, kinds: Mapping[int, PersonKind], dice: Random) -> list[Task]:
    """The tasks of a week, with deadlines in the next two or three weeks."""
    holders = sorted(one for one, kind in kinds.items() if kind in _CONTACTS)
    return [
        await give(
            turn,
            dice.choice(holders),
            f"{turn.today:%m%d}第{number}项任务",
            turn.today + timedelta(days=dice.randint(4, 18)),
        )
        for number in range(1, TASKS_A_WEEK + 1)
    ]


async def actor(turn: TickTurn, contact_id: int) -> Actor:
    contact = await turn.session.get_one(Contact, contact_id, populate_existing=True)
    return await actor_of(turn.session, contact, today=turn.today)
