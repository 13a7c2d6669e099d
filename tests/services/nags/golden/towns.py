"""The four campaigns: the sample of the demo, and three made by seeds."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from sqlmodel import col, select

from demo.sample import data, workbooks
from models.db import Session
from models.people import Contact, ContactState, Unit
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from rules.working_time import TimeUnit
from services.importing.jobs.roster_writing import apply_roster
from services.importing.jobs.task_writing import apply_tasks
from services.importing.plans.category_plan import apply_categories, plan_categories
from services.importing.plans.roster_plan import plan_roster
from services.importing.plans.task_plan import plan_tasks
from services.importing.rows.category_rows import parse_categories
from services.importing.rows.roster_rows import parse_roster
from services.importing.rows.task_rows import Roster as KnownUnits
from services.importing.rows.task_rows import parse_tasks
from services.tasks.task_steps import schedule_nags
from services.turn import TickTurn
from tests.support.cases import CaseDesk
from tests.support.people import Roster

BEGIN: Final = date(2026, 12, 14)
"""A Monday. The sample's deadlines lie in the three weeks after it."""

RHYTHMS: Final = (
    *(Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY, Frequency.QUARTERLY),
    Frequency.SHIFT,
)
"""The frequencies of their tasks, in the order in which the dice choose."""

Build = Callable[[TickTurn, Random], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Town:
    """One campaign. ``seed``: of its people's life."""

    name: str
    seed: int
    build: Build


async def _sample(turn: TickTurn, _dice: Random) -> None:
    session, today = turn.session, turn.today
    with tempfile.TemporaryDirectory() as name:
        people, tasks, limits = (Path(name) / f"{sheet}.xlsx" for sheet in ("roster", "tasks", "categories"))
        workbooks.write_roster(people, data.roster())
        workbooks.write_tasks(tasks, data.breakdown())
        workbooks.write_categories(limits, data.categories())
        roster = parse_roster(people.read_bytes(), people.name)
        await apply_roster(session, await plan_roster(session, roster), now=turn.now)
        breakdown = parse_tasks(tasks.read_bytes(), tasks.name, today=today)
        await apply_tasks(turn, await plan_tasks(session, breakdown))
        known = KnownUnits({unit.name: unit.tier for unit in roster.units})
        categories = parse_categories(limits.read_bytes(), limits.name, roster=known)
        await apply_categories(session, await plan_categories(session, categories), now=turn.now)
    for contact in await everybody(session):
        contact.section = (contact.post or "")[:3] or None
        session.add(contact)


async def _random(turn: TickTurn, dice: Random) -> None:
    roster = Roster(turn.session, turn.now, turn.campaign)
    desk = CaseDesk(turn.session, turn.now, turn.campaign)
    office = await roster.unit("创城办")
    for name in ("甲", "乙", "丙"):
        await roster.contact(office, f"创城办{name}", Role.OFFICE)
    await roster.contact(await roster.unit("督导组"), "督导员", Role.INSPECTOR)
    for number in range(1, 5):
        unit = await roster.unit(f"第{number}街道", dice.choice([Tier.STREET, Tier.DEPARTMENT]))
        await _staff(roster, unit, dice)
        limit = dice.choice(
            [(4, TimeUnit.WORKING_HOUR), (3, TimeUnit.WORKING_DAY), (2, TimeUnit.URGENT_HOUR)]
        )
        await desk.category(f"第{number}类", unit=unit, amount=Decimal(limit[0]), measure=limit[1])
    await desk.category("道路破损", unit=unit, amount=7, measure=TimeUnit.NATURAL_DAY)
    for _ in range(8):
        await new_task(turn, dice)


async def _staff(roster: Roster, unit: Unit, dice: Random) -> None:
    for number in range(dice.randint(2, 3)):
        person = await roster.contact(unit, f"{unit.name}责任人{number}", Role.RESPONSIBLE_PERSON)
        person.section = dice.choice(["市容科", "综合科"])
        roster.session.add(person)
    for name, role in (
        ("联络员", Role.LIAISON),
        ("分管领导", Role.LEADER_IN_CHARGE),
        ("主要领导", Role.PRINCIPAL_LEADER),
    ):
        if dice.random() < 0.85:
            await roster.contact(unit, f"{unit.name}{name}", role)
    await roster.session.flush()


async def new_task(turn: TickTurn, dice: Random) -> Task:
    """A task of some unit, with a deadline in the next weeks or a frequency."""
    session, roster = turn.session, Roster(turn.session, turn.now, turn.campaign)
    number = len((await session.exec(select(Task.id))).all()) + 1
    people = [one for one in await everybody(session) if "责任人" in one.name or "科科长" in one.name]
    person = dice.choice(people)
    unit = await session.get_one(Unit, person.unit_id)
    due = turn.today + timedelta(days=dice.randint(-2, 20)) if dice.random() < 0.65 else None
    task = await roster.task(unit, f"第{number}项任务", due, person)
    task.handling_section = person.section
    task.frequency = None if due else dice.choice(RHYTHMS)
    schedule_nags(task, turn.now)
    session.add(task)
    await session.flush()
    return task


async def everybody(session: Session) -> list[Contact]:
    """All contacts, in the order of the roster."""
    query = select(Contact).order_by(col(Contact.id)).execution_options(populate_existing=True)
    return list(await session.exec(query))


async def enrol(session: Session, now: datetime, dice: Random) -> None:
    """Let nearly everybody join, with accounts that are the same in each run."""
    for account, contact in zip(count(6_000_000_001), await everybody(session), strict=False):
        joins = dice.random() < 0.9 or "创城办" in contact.name
        contact.telegram_user_id = account if joins else None
        contact.state = ContactState.ENROLLED if joins else ContactState.NOT_ENROLLED
        contact.enrolled_at = now if joins else None
        session.add(contact)
    await session.flush()


TOWNS: Final[Mapping[str, Town]] = {
    town.name: town
    for town in (
        Town("sample", 20261214, _sample),
        Town("first", 1, _random),
        Town("second", 2, _random),
        Town("third", 3, _random),
    )
}
