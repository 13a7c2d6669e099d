"""A small roster and its tasks for tests, written through the services that the program uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from models.db import Session, ident
from models.people import Contact, ContactRole, ContactState, Unit
from models.people.absences import Absence
from models.tasks import Task, TaskAssistingUnit
from rules.duties.frequencies import Frequency
from rules.people.roles import Role, Tier
from rules.people.typed_names import identity_key
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.tasks.task_steps import schedule_nags

_accounts = count(5_000_000_001)  # beyond 32 bits, as real accounts are


@dataclass(frozen=True, slots=True)
class Roster:
    """Makes rows in the caller's session; everything was imported at ``now``."""

    session: Session
    now: datetime
    campaign: Campaign

    async def unit(self, name: str, tier: Tier = Tier.DEPARTMENT, parent: Unit | None = None) -> Unit:
        unit = Unit(name=name, tier=tier, parent_id=parent.id if parent else None)
        self.session.add(unit)
        await self.session.flush()
        return unit

    async def contact(self, unit: Unit, name: str, *roles: Role, enrolled: bool = True) -> Contact:
        contact = Contact(unit_id=unit.id or 0, name=name)
        if enrolled:
            contact.telegram_user_id = next(_accounts)
            contact.state = ContactState.ENROLLED
            contact.enrolled_at = self.now
        self.session.add(contact)
        await self.session.flush()
        self.session.add_all(ContactRole(contact_id=contact.id or 0, role=role) for role in roles)
        await self.session.flush()
        return contact

    async def actor(self, unit: Unit, name: str, *roles: Role) -> Actor:
        return await actor_of(self.session, await self.contact(unit, name, *roles))

    async def leave(self, away: Contact, deputy: Contact, day: date) -> None:
        """``deputy`` stands in for ``away`` on that day."""
        row = Absence(
            contact_id=ident(away),
            deputy_id=ident(deputy),
            first=day,
            last=day,
            made_by=ident(away),
            made_at=self.now,
        )
        self.session.add(row)
        await self.session.flush()

    async def task(
        self,
        unit: Unit,
        objective: str,
        deadline: date | None,
        responsible: Contact | None = None,
        *,
        assisting: tuple[Unit, ...] = (),
        leader: str | None = None,
        state: TaskState = TaskState.ASSIGNED,
    ) -> Task:
        task = Task(
            identity=identity_key("市容环境整治", objective, unit.name),
            action="市容环境整治",
            objective=objective,
            standard="达到创城标准",
            deadline=deadline,
            frequency=None if deadline else Frequency.DAILY,
            state=state,
            lead_unit_id=unit.id or 0,
            leader_in_charge=leader,
            responsible_person=responsible.name if responsible else "某某",
            responsible_id=responsible.id if responsible else None,
            created_at=self.now,
            assigned_at=self.now,
            updated_at=self.now,
            nagged_until=self.now,
        )
        schedule_nags(task, self.now)
        self.session.add(task)
        await self.session.flush()
        self.session.add_all(
            TaskAssistingUnit(task_id=task.id or 0, unit_id=unit.id or 0) for unit in assisting
        )
        await self.session.flush()
        return task
