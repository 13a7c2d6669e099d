"""Orders to 城管局, and what its contacts see, press and are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.cases import Case, SupervisionOrder
from models.cases.categories import Category
from models.db import Session
from models.delivery.messages import Outbox
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import DeliveryState
from services.access import Actor
from services.cases import message_routing
from services.cases.cards import case_card
from services.cases.handling import feedback, unit_side
from services.cases.orders import dispatching, order_view
from services.delivery import rendering
from services.drafts.draft_parts import Addition, EvidenceFile
from services.views import TurnOutcome, View
from tests.services.conftest import World
from tests.services.progress.talk import revision
from tests.support.cases import CaseDesk
from tests.support.turns import tick_for, turn_for


@dataclass
class Orders:
    """Orders of the office to a unit; a step without a moment of its own happens at the desk's ``now``."""

    desk: CaseDesk
    world: World

    @property
    def session(self) -> Session:
        return self.desk.session

    @property
    def where(self) -> dict[str, Any]:
        return {"now": self.desk.now, "campaign": self.desk.campaign}

    async def category(self, name: str = "占道经营") -> Category:
        known = (await self.session.exec(select(Category).where(Category.name == name))).first()
        return known or await self.desk.category(name, unit=self.world.unit)

    async def registered(self, **filing: Any) -> Case:
        case = await self.desk.report(self.world.other_liaison, await self.category(), **filing)
        return await self.desk.step(case, CaseEvent.REGISTER, self.world.office)

    async def dispatch(self, *found: Case, task_id: int | None = None) -> SupervisionOrder:
        ids = [case.id or 0 for case in found]
        order = await dispatching.dispatch(
            turn_for(self.session, self.world.office, **self.where),
            ids,
            self.world.unit.id or 0,
            task_id=task_id,
        )
        for case in found:
            await self.session.refresh(case)
        return order

    async def one(self, **filing: Any) -> Case:
        """One case, dispatched alone."""
        case = await self.registered(**filing)
        await self.dispatch(case)
        return case

    async def several(self, count: int) -> tuple[SupervisionOrder, list[Case]]:
        found = [await self.registered(place=f"人民路{number}号") for number in range(1, count + 1)]
        return await self.dispatch(*found), found

    async def view(self, actor: Actor, order_id: int | None) -> View:
        return await order_view.view(turn_for(self.session, actor, **self.where), order_id or 0)

    async def sign(self, actor: Actor, order_id: int | None) -> int:
        return await unit_side.sign_all(turn_for(self.session, actor, **self.where), order_id or 0)

    async def card(self, actor: Actor, case: Case) -> View:
        return await case_card.card(turn_for(self.session, actor, **self.where), case.id or 0)

    async def decide(
        self,
        actor: Actor,
        case: Case,
        event: CaseEvent,
        reason: str = "不归我们管",
        *,
        seen: int | None = None,
        at: datetime | None = None,
    ) -> TurnOutcome:
        where = {**self.where, "now": at or self.desk.now}
        return await unit_side.decide(
            turn_for(self.session, actor, **where), case.id or 0, event, seen, reason
        )

    async def begin(self, actor: Actor, case: Case, seen: int | None = None) -> View:
        chat_id = actor.contact.telegram_user_id or 0
        return await feedback.begin(
            turn_for(self.session, actor, self.desk.now, chat=chat_id), case.id or 0, seen=seen
        )

    async def send(self, actor: Actor, text: str = "", *files: EvidenceFile, **what: Any) -> View | None:
        """Send a message, as the handlers give it to the subject it belongs to; it must be about a case."""
        chat_id = actor.contact.telegram_user_id or 0
        found = await message_routing.receive(
            turn_for(self.session, actor, chat=chat_id, **self.where), Addition(text, files, **what)
        )
        assert found is not message_routing.NOT_MINE
        assert found is None or isinstance(found, View)
        return found

    async def confirm(self, actor: Actor, view: View | None, case: Case, at: datetime | None = None) -> View:
        where = {**self.where, "now": at or self.desk.now}
        chat_id = actor.contact.telegram_user_id or 0
        turn = turn_for(self.session, actor, chat=chat_id, **where)
        return (await feedback.confirm(turn, case.id or 0, revision(view))).view

    async def told(self, contact: Actor) -> list[str]:
        """The messages promised to a contact that would go out now."""
        return [view.plain("zh") for view in await self.promised(contact)]

    async def promised(self, contact: Actor) -> list[View]:
        query = select(Outbox).where(Outbox.contact_id == contact.id, Outbox.state == DeliveryState.NEW)
        rows = (await self.session.exec(query.order_by(col(Outbox.id)))).all()
        found = [
            await rendering.render(tick_for(self.session, self.desk.now, self.desk.campaign), row)
            for row in rows
        ]
        return [view for view, _ in filter(None, found)]
