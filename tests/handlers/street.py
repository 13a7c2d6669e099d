"""Cases of one unit in the chats, for tests of the buttons that the office and others press."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.cases import Case, CaseStep, SupervisionOrder
from models.db import Database
from models.delivery.messages import Outbox
from rules.cases.case_lifecycle import CaseEvent
from services.access import Actor, actor_by_account
from services.cases.case_steps import StepDetails
from services.cases.orders import dispatching
from tests.handlers.conftest import People
from tests.support.cases import UNITS_OWN, CaseDesk
from tests.support.chat import Chats, Person, Shown, own_button, pressed
from tests.support.turns import turn_for


class Street:
    """Makes cases of 城管局 that 东风街道联络员 has reported."""

    def __init__(self, database: Database, chats: Chats, people: People) -> None:
        self.database, self.chats, self.people = database, chats, people
        self._category: Any = None

    async def make(self, *events: CaseEvent) -> Case:
        async with self.database.transaction() as session:
            desk = CaseDesk(session, self.chats.clock.moment, self.chats.campaign)
            self._category = self._category or await desk.category(unit=self.people.unit)

            async def actor(person: Person) -> Actor:
                found = await actor_by_account(session, person.id)
                assert found is not None
                return found

            case = await desk.report(await actor(self.people.other_liaison), self._category)
            office, unit = await actor(self.people.office), await actor(self.people.liaison)
            return await desk.bring(case, *events, office=office, unit=unit)

    async def dispatched(self) -> Case:
        """A case that the office has dispatched with an order to 城管局."""
        case = await self.make(CaseEvent.REGISTER)
        async with self.database.transaction() as session:
            office = await actor_by_account(session, self.people.office.id)
            assert office is not None
            await dispatching.dispatch(
                turn_for(session, office, self.chats.clock.moment, self.chats.campaign),
                [case.id or 0],
                self.people.unit.id or 0,
            )
        return await self.now(case)

    async def take(self, case: Case, *events: CaseEvent, at: datetime | None = None) -> Case:
        """Take further steps, each by the side that it belongs to."""
        async with self.database.transaction() as session:
            desk = CaseDesk(session, self.chats.clock.moment, self.chats.campaign)
            for event in events:
                side = self.people.liaison if event in UNITS_OWN else self.people.office
                actor = await actor_by_account(session, side.id)
                await desk.step(case, event, actor, at=at, change=StepDetails(reason="停电"))
        return await self.now(case)

    async def history(self, case: Case) -> list[CaseStep]:
        async with self.database.reading() as session:
            query = select(CaseStep).where(CaseStep.case_id == case.id).order_by(col(CaseStep.number))
            return list(await session.exec(query))

    async def promised(self) -> int:
        """The number of all messages ever promised."""
        async with self.database.reading() as session:
            return len(list(await session.exec(select(Outbox.id))))

    async def now(self, case: Case) -> Case:
        async with self.database.reading() as session:
            return await session.get_one(Case, case.id)

    async def orders(self) -> list[SupervisionOrder]:
        async with self.database.reading() as session:
            return list(await session.exec(select(SupervisionOrder)))

    async def card(self, person: Person, case: Case) -> Shown:
        """Open the card of a case by its button."""
        key = await own_button(self.chats, "case.card", case_id=case.id)
        return await self.chats.answer(pressed(person, key, 1))

    async def press(self, person: Person, shown: Shown, *labels: str) -> Shown:
        """Press one button after the other, each on the message that came last."""
        for label in labels:
            (shown,) = await self.chats.press(person, shown, label)
        return shown
