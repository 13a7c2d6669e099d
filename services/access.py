"""Who is acting, and what he may see and do. Checked at the moment of acting, never before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from models import people, tasks
from models.db import Session
from models.people import Contact, Unit
from models.tasks import Task
from rules.people import LEADERS, REPORTERS, SEES_ALL, Role
from services.absences import Represented, represented_by
from services.errors import DomainError


@dataclass(frozen=True, slots=True)
class Actor:
    """An enrolled contact with his roles, his unit and the units in his view (None: all). ``represented``:
    for whom he stands in today; their duties are his, too, while that lasts. ``led``: the units that he leads
    himself."""

    contact: Contact
    unit: Unit
    roles: frozenset[Role]
    scope: frozenset[int] | None
    represented: tuple[Represented, ...] = ()
    led: frozenset[int] = frozenset()

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
    def stands_for(self) -> frozenset[int]:
        """Ids of those whom he represents."""
        return frozenset(person.contact_id for person in self.represented)

    @property
    def duties(self) -> frozenset[int]:
        """Whose duties are his: his own, and those of whom he represents."""
        return self.stands_for | {self.id}

    @property
    def reporting_units(self) -> frozenset[int]:
        """The units for which he may report."""
        standing_in = {person.unit_id for person in self.represented if person.roles & REPORTERS}
        return frozenset(standing_in | ({self.contact.unit_id} if self.roles & REPORTERS else set()))

    @property
    def answered_units(self) -> frozenset[int]:
        """The units of which he is 联络员, or stands in for one."""
        standing_in = {person.unit_id for person in self.represented if Role.LIAISON in person.roles}
        return frozenset(standing_in | ({self.contact.unit_id} if Role.LIAISON in self.roles else set()))

    @property
    def overseen_units(self) -> frozenset[int]:
        """The units that he leads, or stands in for a leader of."""
        return self.led.union(*(person.scope for person in self.represented if person.roles & LEADERS))

    @property
    def oversight(self) -> frozenset[int] | None:
        """The units of which he sees what only those above them see; None: all. Who stands in for one of a
        unit that he does not lead sees no more of it than that one."""
        return None if self.scope is None else self.overseen_units

    @property
    def reports(self) -> bool:
        return bool(self.reporting_units)

    def belongs_to(self, unit_id: int | None) -> bool:
        """Whether it is his unit, or that of somebody for whom he stands in."""
        return unit_id is not None and unit_id in {
            self.contact.unit_id,
            *(person.unit_id for person in self.represented),
        }

    def roles_in(self, unit_id: int | None) -> frozenset[Role]:
        """His roles as far as they count in the duties of that unit: he reports for no other than his own,
        but for whom he represents."""
        own = self.roles if unit_id == self.contact.unit_id else self.roles - REPORTERS
        return own.union(*(p.roles & REPORTERS for p in self.represented if p.unit_id == unit_id))


async def actor_by_account(
    session: Session, telegram_user_id: int, *, today: date | None = None
) -> Actor | None:
    """The enrolled contact behind a Telegram account; None for a stranger. ``today``: see ``actor_of``."""
    contact = await people.contact_by_account(session, telegram_user_id)
    return None if contact is None else await actor_of(session, contact, today=today)


async def actor_of(session: Session, contact: Contact, *, today: date | None = None) -> Actor:
    """``today``: the local day on which he acts, so that those are known for whom he stands in; None: it is
    about himself alone."""
    unit = await session.get(Unit, contact.unit_id)
    if unit is None or contact.id is None:
        raise LookupError(f"contact {contact.id} has no unit")
    roles = await people.roles_of(session, contact.id)
    scope = await _scope(session, roles, contact.unit_id)
    represented = () if today is None else await represented_by(session, contact.id, today)
    # Who sees everything for another office of his leads no more than his unit.
    led = frozenset({contact.unit_id}) if scope is None else scope
    if scope is not None:
        scope = scope.union(*(person.scope for person in represented))
    return Actor(contact, unit, roles, scope, represented, led if roles & LEADERS else frozenset())


async def _scope(session: Session, roles: frozenset[Role], unit_id: int) -> frozenset[int] | None:
    if roles & SEES_ALL:
        return None
    if roles & LEADERS:
        return await people.unit_tree(session, unit_id)
    return frozenset({unit_id})


def require_office(actor: Actor) -> None:
    """``DomainError`` for everybody else."""
    if not actor.is_office:
        raise DomainError("tasks.office_only")


def may_see(actor: Actor, task: Task, assisting: Collection[int]) -> bool:
    """The office, district leaders and inspectors see all; others what touches their units."""
    if actor.scope is None or task.responsible_id in actor.duties:
        return True
    return task.lead_unit_id in actor.scope or bool(actor.scope & set(assisting))


def may_report(actor: Actor, task: Task, assisting: Collection[int]) -> bool:
    """The responsible person, the 责任人 and 联络员 of the units that lead or assist, and who stands in for
    one of them."""
    if task.responsible_id in actor.duties:
        return True
    return bool(actor.reporting_units & {task.lead_unit_id, *assisting})


def may_sign(actor: Actor, task: Task) -> bool:
    """签收 is the lead unit's: an assisting unit reports, but does not sign in its place."""
    if task.responsible_id in actor.duties:
        return True
    return task.lead_unit_id in actor.reporting_units


def in_whose_place(actor: Actor, task: Task, assisting: Collection[int] = ()) -> Represented | None:
    """For whom he acts, if it is by standing in that the task is his to act on; None: by his own right."""
    if task.responsible_id == actor.id:
        return None
    for person in actor.represented:
        if person.contact_id == task.responsible_id:
            return person
    units = {task.lead_unit_id, *assisting}
    if actor.roles & REPORTERS and actor.contact.unit_id in units:
        return None
    return next((p for p in actor.represented if p.roles & REPORTERS and p.unit_id in units), None)


async def place_in(session: Session, actor: Actor, task: Task | None) -> Represented | None:
    """As ``in_whose_place``, with the units that assist."""
    if task is None or task.id is None or not actor.represented:
        return None
    return in_whose_place(actor, task, await _assisting(session, task.id))


async def counting_unit(session: Session, actor: Actor, task_id: int | None) -> int:
    """For which unit a report of his counts: his own, or that of the person in whose place he makes it."""
    own = actor.contact.unit_id
    if task_id is None:
        return own if own in actor.reporting_units else min(actor.reporting_units, default=own)
    task = await tasks.task_by_id(session, task_id) if actor.represented else None
    person = await place_in(session, actor, task)
    return own if person is None else person.unit_id


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
