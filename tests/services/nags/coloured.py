"""A unit with everybody on the ladder, one of its cases, and the scan that looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from models.cases import Case
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact, Unit
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.working_time import TimeUnit
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.delivery import rendering
from services.nags import nag_engine as nags
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for

SECTION = "市容科"
Heard = dict[str, tuple[MessageKind, str]]


@dataclass(slots=True)
class Ladder:
    """A ladder with one contact per level in ``unit``; ``heard`` holds the outbox rows already looked at."""

    session: Session
    campaign: Campaign
    desk: CaseDesk
    unit: Unit
    office: Actor
    responsible: Actor
    colleague: Actor
    liaison: Actor
    leader: Actor
    principal: Actor
    district: Actor
    heard: set[int] = field(default_factory=set)

    @classmethod
    async def make(cls, roster: Roster, desk: CaseDesk) -> Ladder:
        unit, office = await roster.unit("城管局"), await roster.unit("创城办")

        async def of_section(name: str, *roles: Role) -> Actor:
            contact = await roster.contact(unit, name, *roles)
            contact.section = SECTION
            roster.session.add(contact)
            await roster.session.flush()
            return await actor_of(roster.session, contact)

        return cls(
            session=roster.session,
            campaign=roster.campaign,
            desk=desk,
            unit=unit,
            office=await roster.actor(office, "创城办工作人员", Role.OFFICE),
            responsible=await of_section("责任人甲", Role.RESPONSIBLE_PERSON),
            colleague=await of_section("科员乙", Role.RESPONSIBLE_PERSON),
            liaison=await roster.actor(unit, "联络员丙", Role.LIAISON),
            leader=await of_section("分管领导丁", Role.LEADER_IN_CHARGE),
            principal=await of_section("主要领导戊", Role.PRINCIPAL_LEADER),
            district=await roster.actor(await roster.unit("区政府"), "区领导己", Role.DISTRICT_LEADER),
        )

    async def case(
        self,
        at: datetime,
        *,
        amount: Decimal | int = 3,
        measure: TimeUnit = TimeUnit.WORKING_DAY,
        signed: bool = True,
        name: str = "占道经营",
        **filing: Any,
    ) -> Case:
        """A case dispatched to the unit at that moment; ``responsible`` signs for it if ``signed``."""
        category = await self.desk.category(name, unit=self.unit, amount=amount, measure=measure)
        case = await self.desk.report(self.office, category, at=at, **filing)
        events = (*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE) if signed else TO_DISPATCHED
        return await self.desk.bring(case, *events, office=self.office, unit=self.responsible, at=at)

    async def step(
        self, case: Case, event: CaseEvent, actor: Actor | None, at: datetime, **change: Any
    ) -> Case:
        return await self.desk.step(case, event, actor, at=at, change=StepDetails(**change))

    async def scan(self, at: datetime) -> Heard:
        """Run the scan of that moment; return what everybody then hears of it."""
        await self.tick(at)
        return await self.delivered(at)

    async def tick(self, at: datetime) -> None:
        await nags.tick(tick_for(self.session, at, self.campaign))

    async def delivered(self, at: datetime) -> Heard:
        """The promises about colours that go out at that moment, without those already looked at."""
        found: Heard = {}
        for row in await self.promised():
            if row.id in self.heard:
                continue
            self.heard.add(row.id or 0)
            contact = await self.session.get_one(Contact, row.contact_id)
            shown = await rendering.render(tick_for(self.session, at, self.campaign), row)
            if shown is not None:
                assert contact.name not in found, "one message each"
                found[contact.name] = (row.kind, shown[0].plain("zh"))
        return found

    async def promised(self) -> list[Outbox]:
        rows = await self.session.exec(select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id)))
        return list(rows)

    async def colour(self, case: Case) -> Colour:
        await self.session.refresh(case)
        return case.colour


def kinds(heard: Heard) -> dict[str, MessageKind]:
    return {name: kind for name, (kind, _) in heard.items()}
