"""A task that 农业农村局 broke down among the villages of a street, and who of them reports what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from models.db import Session
from models.people import Unit
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from services.access import Actor
from services.campaign import Campaign
from tests.services.conftest import World
from tests.services.progress.talk import Talk
from tests.support.people import Roster
from tests.support.rows import id_of

OBJECTIVE: Final = "完善城乡垃圾集中清运长效机制"
VILLAGES: Final = ("东山村", "南山村", "西山村", "北山村")


async def child_of(
    roster: Roster,
    parent: Task,
    unit: Unit,
    responsible: Actor | None = None,
    *,
    deadline: date | None = None,
    own_reports: bool = True,
) -> Task:
    """A child of a task, with its objective and its frequency, led by a unit."""
    contact = None if responsible is None else responsible.contact
    child = await roster.task(unit, parent.objective, deadline, contact)
    child.action, child.focus = parent.action, parent.focus
    child.parent_id, child.frequency, child.own_reports = id_of(parent), parent.frequency, own_reports
    await roster.session.flush()
    return child


class BrokenDown:
    """农业农村局 reports each day by the reports of four villages of 东风街道."""

    def __init__(self, session: Session, world: World, roster: Roster, campaign: Campaign) -> None:
        self.session, self.world, self.roster, self.campaign = session, world, roster, campaign
        self.bureau: Unit
        self.head: Actor
        self.parent: Task
        self.units: dict[str, Unit] = {}
        self.people: dict[str, Actor] = {}
        self.children: dict[str, Task] = {}

    async def begin(self) -> None:
        self.bureau = await self.roster.unit("农业农村局")
        self.head = await self.roster.actor(self.bureau, "农业农村局责任人", Role.RESPONSIBLE_PERSON)
        self.parent = await self.roster.task(self.bureau, OBJECTIVE, None, self.head.contact)
        self.parent.frequency, self.parent.own_reports = Frequency.DAILY, False
        for name in VILLAGES:
            unit = await self.roster.unit(name, Tier.VILLAGE, self.world.other_unit)
            person = await self.roster.actor(unit, f"{name}责任人", Role.RESPONSIBLE_PERSON)
            self.units[name], self.people[name] = unit, person
            self.children[name] = await child_of(self.roster, self.parent, unit, person)

    def talk(self, name: str, at: datetime) -> Talk:
        return Talk(self.session, self.people[name], at, self.campaign)

    async def report(self, name: str, text: str, at: datetime) -> str:
        """A village's report on its own task. Returns its number."""
        report = await self.talk(name, at).report(text, about=[id_of(self.children[name])])
        return report.receipt_no

    async def zero(self, name: str, at: datetime) -> None:
        await self.talk(name, at).zero(about=[id_of(self.children[name])])

    async def lorries(self, amounts: Iterable[int], at: datetime) -> list[str]:
        """The first villages report so many lorries each."""
        return [
            await self.report(name, f"今天清运垃圾{amount}车", at)
            for name, amount in zip(VILLAGES, amounts, strict=False)
        ]
