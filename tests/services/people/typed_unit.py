"""城管居, a unit that a typo has made, and all with which something can be hung on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models import people
from models.db import Session
from models.drafts import DraftKind
from models.groups import GroupChat
from models.importing import Job, JobKind, JobState
from models.people import ContactState, Invitation, JoinRequest, JoinState, Unit
from models.unit_holds import UnitHold, holds_on
from rules.cases.case_lifecycle import CaseState
from rules.people.roles import Tier
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.people import unit_card, unit_retirement
from services.views import View
from tests.services.conftest import World
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import Rows, id_of
from tests.support.turns import turn_for


@dataclass(frozen=True, slots=True)
class TypedUnit:
    """城管居, which a typo has made, and all with which something can be hung on it."""

    session: Session
    now: datetime
    roster: Roster
    rows: Rows
    desk: CaseDesk
    world: World
    unit: Unit

    @property
    def id(self) -> int:
        return id_of(self.unit)

    async def holds(self) -> dict[UnitHold, int]:
        return await holds_on(self.session, self.id, self.now)

    async def card(self, actor: Actor | None = None) -> View:
        return await unit_card.card(turn_for(self.session, actor or self.world.office, self.now), self.id)

    async def retire(self, actor: Actor | None = None) -> View:
        return await unit_retirement.retire(
            turn_for(self.session, actor or self.world.office, self.now), self.id
        )

    async def revive(self, actor: Actor | None = None) -> View:
        return await unit_retirement.revive(
            turn_for(self.session, actor or self.world.office, self.now), self.id
        )

    async def person(self, state: ContactState) -> None:
        contact = await self.roster.contact(self.unit, f"某{state.value}", enrolled=False)
        contact.state = state
        await self.session.flush()

    async def below(self, retired_at: datetime | None = None) -> None:
        await self.rows.add(
            Unit(name="城管居一所", tier=Tier.VILLAGE, parent_id=self.id, retired_at=retired_at)
        )

    async def task(self, state: TaskState, *, assists: bool = False) -> None:
        lead, helpers = (self.world.other_unit, (self.unit,)) if assists else (self.unit, ())
        await self.roster.task(lead, f"整治{state.value}", date(2026, 12, 18), assisting=helpers, state=state)

    async def case(self, state: CaseState, **values: object) -> None:
        category = await self.desk.category(unit=self.world.unit)
        await self.rows.case(category, self.world.liaison.contact, state, **values)

    async def order(self, state: CaseState, ended_at: datetime | None) -> None:
        category = await self.desk.category(unit=self.world.unit)
        paper = await self.rows.order(self.unit, self.world.office.contact, 1)
        values = {
            "order_id": paper.id,
            "limit_at": self.now,
            "dispatched_at": self.now,
            "closed_at": ended_at,
        }
        case = await self.rows.case(
            category, self.world.liaison.contact, state, unit_id=self.id, orders=0, **values
        )
        await self.rows.on_order(case, ended_at=ended_at)

    async def category(self, *, active: bool) -> None:
        (await self.desk.category(unit=self.unit)).active = active
        await self.session.flush()

    async def point(self, *, active: bool) -> None:
        (await self.desk.point("东风广场", self.unit)).active = active
        await self.session.flush()

    async def group(self, *, active: bool) -> None:
        by = self.world.office.id
        times: dict[str, Any] = {"bound_at": self.now, "tallied_until": self.now}
        await self.rows.add(GroupChat(chat_id=-5, unit_id=self.id, active=active, bound_by=by, **times))

    async def draft(self, author: Actor, **about: object) -> None:
        await self.rows.draft(author.contact, 77, **about)

    async def draft_about_task(self) -> None:
        task = await self.roster.task(self.unit, "已办结的", None, state=TaskState.COMPLETED)
        await self.draft(self.world.liaison, task_id=task.id)

    async def draft_about_case(self) -> None:
        category = await self.desk.category(unit=self.world.unit)
        case = await self.rows.case(
            category, self.world.liaison.contact, CaseState.CLOSED, unit_id=self.id, orders=1
        )
        await self.draft(self.world.liaison, case_id=case.id, kind=DraftKind.VERIFICATION)

    async def draft_about_report(self) -> None:
        report = await self.rows.report(self.unit, self.world.liaison.contact)
        await self.draft(self.world.liaison, report_id=report.id)

    async def draft_of_one_who_left(self) -> None:
        contact = await self.roster.contact(self.unit, "某某")
        await self.rows.draft(contact, 78)
        contact.state, contact.telegram_user_id = ContactState.LEFT, None
        await self.session.flush()

    async def join(self, state: JoinState) -> None:
        await self.rows.add(
            JoinRequest(
                telegram_user_id=7_000_000_009, unit_id=self.id, name="甲", state=state, asked_at=self.now
            )
        )

    async def invitation(self, *, expires_at: datetime, used_at: datetime | None = None) -> None:
        await self.person(ContactState.LEFT)
        (contact,) = await people.contacts_of_unit(self.session, self.id)
        dates: dict[str, Any] = {"created_at": self.now, "expires_at": expires_at, "used_at": used_at}
        await self.rows.add(Invitation(contact_id=id_of(contact), token_hash="a" * 64, **dates))

    async def job(self, state: JobState, kind: JobKind = JobKind.IMPORT_TASKS) -> None:
        where: dict[str, Any] = {
            "contact_id": self.world.office.id,
            "chat_id": 1,
            "telegram_file_id": "f",
            "file_name": "表",
        }
        await self.rows.add(Job(kind=kind, state=state, created_at=self.now, updated_at=self.now, **where))
