"""Who is acting, and what he may see and do. Checked at the moment of acting, never before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from models import people, tasks
from models.db import Session
from models.people import Contact, Unit
from models.tasks import Task
from rules.people import LEADERS, REPORTERS, SEES_ALL, Role
from services.errors import DomainError


@dataclass(frozen=True, slots=True)
class Actor:
    """An enrolled contact with his roles, his unit and the units in his view (None: all)."""

    contact: Contact
    unit: Unit
    roles: frozenset[Role]
    scope: frozenset[int] | None

    @property
    def id(self) -> int:
        if self.contact.id is None:
            raise ValueError("a contact that was never saved cannot act")
        return self.contact.id

    @property
    def is_office(self) -> bool:
        return Role.OFFICE in self.roles

    @property
    def is_leader(self) -> bool:
        return bool(self.roles & LEADERS)

    @property
    def reports(self) -> bool:
        return bool(self.roles & REPORTERS)

    @property
    def answers_for_unit(self) -> bool:
        return Role.LIAISON in self.roles


async def actor_by_account(session: Session, telegram_user_id: int) -> Actor | None:
    """The enrolled contact behind a Telegram account; None for a stranger."""
    contact = await people.contact_by_account(session, telegram_user_id)
    return None if contact is None else await actor_of(session, contact)


async def actor_of(session: Session, contact: Contact) -> Actor:
    unit = await session.get(Unit, contact.unit_id)
    if unit is None or contact.id is None:
        raise LookupError(f"contact {contact.id} has no unit")
    roles = await people.roles_of(session, contact.id)
    return Actor(contact, unit, roles, await _scope(session, roles, contact.unit_id))


async def _scope(session: Session, roles: frozenset[Role], unit_id: int) -> frozenset[int] | None:
    if roles & SEES_ALL:
        return None
    if roles & LEADERS:
        return await people.unit_tree(session, unit_id)
    return frozenset({unit_id})


def may_see(actor: Actor, task: Task, assisting: Collection[int]) -> bool:
    """The office, district leaders and inspectors see all; others what touches their units."""
    if actor.scope is None or task.responsible_id == actor.id:
        return True
    return task.lead_unit_id in actor.scope or bool(actor.scope & set(assisting))


def may_report(actor: Actor, task: Task, assisting: Collection[int]) -> bool:
    """The responsible person, and the 责任人 and 联络员 of the units that lead or assist."""
    if task.responsible_id == actor.id:
        return True
    return actor.reports and actor.contact.unit_id in {task.lead_unit_id, *assisting}


def may_sign(actor: Actor, task: Task) -> bool:
    """签收 is the lead unit's: an assisting unit reports, but does not sign in its place."""
    if task.responsible_id == actor.id:
        return True
    return actor.reports and actor.contact.unit_id == task.lead_unit_id


async def visible_task(session: Session, actor: Actor, task_id: int) -> Task:
    """The task, or ``DomainError`` with the same words whether it is another unit's or does not exist."""
    task = await tasks.task_by_id(session, task_id)
    if task is None or not may_see(actor, task, await _assisting(session, task_id)):
        raise DomainError("tasks.not_yours")
    return task


async def reportable_task(session: Session, actor: Actor, task_id: int) -> Task:
    """The task if ``actor`` may report on it, else ``DomainError``."""
    task = await visible_task(session, actor, task_id)
    if not may_report(actor, task, await _assisting(session, task_id)):
        raise DomainError("tasks.not_yours_to_report")
    return task


async def _assisting(session: Session, task_id: int) -> list[int]:
    return (await tasks.assisting_units(session, [task_id]))[task_id]


async def sees_all_of(session: Session, actor: Actor, task_ids: Collection[int]) -> bool:
    """Whether every one of the tasks may be shown to ``actor``."""
    found = await tasks.tasks_by_id(session, task_ids)
    assisting = await tasks.assisting_units(session, task_ids)
    return all(
        task_id in found and may_see(actor, found[task_id], assisting[task_id]) for task_id in set(task_ids)
    )
