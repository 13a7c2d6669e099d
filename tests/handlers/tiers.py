"""The chats of a department, a street and villages, for tests of tasks that are broken down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import col, select

from models.db import Database, ident
from models.delivery.messages import Outbox
from models.people import Contact, Unit
from models.tasks import Task
from services.campaign import Campaign
from tests.conftest import NOW
from tests.support.chat import Chats, Person, Shown
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.three_tiers import WASTE, make_tiers

START, CONFIRM = says("breakdowns.start_button"), "确认分解"
DETAILS, BACK = says("breakdowns.details_button"), says("breakdowns.back_button")
DEADLINE, TARGET = says("breakdowns.deadline_button"), says("breakdowns.target_button")
UNITS, NONE, NEXT = says("breakdowns.units_button"), says("breakdowns.none_button"), "下一步"


@dataclass
class TierChats:
    """Who they are: ``tests.support.three_tiers``."""

    chats: Chats
    database: Database
    accounts: dict[str, int]
    waste: int
    streets: int

    def person(self, name: str) -> Person:
        return Person(self.accounts[name])

    async def card(self, name: str, objective: str = WASTE) -> Shown:
        person = self.person(name)
        listed = await self.chats.say(person, "/tasks")
        (card,) = await self.chats.press(person, listed, objective[:10])
        return card

    async def press(self, name: str, shown: Shown, label: str) -> Shown:
        answers = await self.chats.press(self.person(name), shown, label)
        assert answers, self.chats.toasts[-1:]
        return answers[0]

    async def presses(self, name: str, shown: Shown, *labels: str) -> Shown:
        """Press one button after the other, each on what the press before has shown."""
        for label in labels:
            shown = await self.press(name, shown, label)
        return shown

    async def set_target(self, value: int, measure: str) -> None:
        """东城街道's own task has that target."""
        async with self.database.transaction() as session:
            task = await session.get_one(Task, self.streets)
            task.target_value, task.target_unit = Decimal(value), measure

    async def children(self, parent: int | None = None) -> list[Task]:
        async with self.database.reading() as session:
            query = select(Task).where(Task.parent_id == (parent or self.waste)).order_by(col(Task.id))
            return list(await session.exec(query))

    async def task(self, task_id: int) -> Task:
        async with self.database.reading() as session:
            return await session.get_one(Task, task_id)

    async def told(self, name: str) -> list[str]:
        """The names of the renderers of what a person was promised."""
        async with self.database.reading() as session:
            query = select(Outbox).join(Contact).where(Contact.telegram_user_id == self.accounts[name])
            return [row.view for row in await session.exec(query)]

    async def break_down(self, name: str = "局") -> Shown:
        """Break the task of 农业农村局 down, with 南山甲 for 南山村."""
        who = says("breakdowns.who_button", unit="南山村")
        return await self.presses(name, await self.card(name), START, who, "南山甲", CONFIRM)


async def broken_down(chats: Chats, database: Database) -> TierChats:
    """The task of 农业农村局 is broken down, and everybody was told."""
    found = await made(chats, database)
    await found.break_down()
    await chats.post()
    return found


async def made(chats: Chats, database: Database) -> TierChats:
    async with database.transaction() as session:
        rows = await make_tiers(Roster(session, NOW, Campaign()))
        accounts = {name: one.telegram_user_id or 0 for name, one in rows.people.items()}
        return TierChats(chats, database, accounts, ident(rows.waste), ident(rows.streets))


async def own_task(
    tiers: TierChats, unit: str = "西山村", person: str = "西山钱", *, objective: str = WASTE
) -> int:
    """A task of the same name that the village has by itself, due in five days and not reported regularly."""
    async with tiers.database.transaction() as session:
        who = (await session.exec(select(Contact).where(Contact.name == person))).one()
        lead = (await session.exec(select(Unit).where(Unit.name == unit))).one()
        roster = Roster(session, NOW, Campaign())
        return ident(await roster.task(lead, objective, date(2026, 12, 20), who))


async def files(tiers: TierChats, name: str, words: str) -> None:
    card = await tiers.chats.say(tiers.person(name), words)
    await tiers.press(name, card, says("progress.confirm_button"))


async def only(tiers: TierChats, name: str, objective: str, unit: str) -> Shown:
    """The preview of a 分解 of that task to one unit alone."""
    return await tiers.presses(name, await tiers.card(name, objective), START, UNITS, NONE, unit, NEXT)
