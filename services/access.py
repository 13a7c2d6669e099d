"""The acting person, and what they may see and do.

Rights are checked at the moment of acting, never before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from models import people, tasks
from models.db import Session, ident
from models.people import Contact, Unit
from models.tasks import Task, children
from rules.people.roles import LEADERS, REPORTERS, SEES_ALL, Role
from services.absences import RepresentedPerson, represented_by
from services.errors import DomainError


@dataclass(frozen=True, slots=True)
class Actor:
    """An enrolled contact with their roles, their unit and the units in their view (None: all).

    ``represented``: the people for whom they stand in today; while that lasts, they have those duties, too.
    ``led``: the units that they lead themselves.
    """

    contact: Contact
    unit: Unit
    roles: frozenset[Role]
    scope: frozenset[int] | None
    represented: tuple[RepresentedPerson, ...] = ()
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
        """Ids of the people for whom they stand in."""
        return frozenset(person.contact_id for person in self.represented)

    @property
    def duties(self) -> frozenset[int]:
        """The contacts whose duties they have: themselves and those for whom they stand in."""
        return self.stands_for | {self.id}

    @property
    def reporting_units(self) -> frozenset[int]:
        """The units for which they may report."""
        standing_in = {person.unit_id for person in self.represented if person.roles & REPORTERS}
        return frozenset(standing_in | ({self.contact.unit_id} if self.roles & REPORTERS else set()))

    @property
    def answered_units(self) -> frozenset[int]:
        """The units of which they are 联络员, or stand in for one."""
        standing_in = {person.unit_id for person in self.represented if Role.LIAISON in person.roles}
        return frozenset(standing_in | ({self.contact.unit_id} if Role.LIAISON in self.roles else set()))

    @property
    def overseen_units(self) -> frozenset[int]:
        """The units that they lead, or for whose leader they stand in."""
        return self.led.union(*(person.scope for person in self.represented if person.roles & LEADERS))

    @property
    def oversight(self) -> frozenset[int] | None:
        """The units of which they see what only the levels above a unit see; None: all.

        A deputy in a unit that they do not lead sees no more of it than the person for whom they stand in.
        """
        return None if self.scope is None else self.overseen_units

    @property
    def reports(self) -> bool:
        return bool(self.reporting_units)

    def belongs_to(self, unit_id: int | None) -> bool:
        """Whether it is their unit, or the unit of somebody for whom they stand in."""
        return unit_id is not None and unit_id in {
            self.contact.unit_id,
            *(person.unit_id for person in self.represented),
        }

    def roles_in(self, unit_id: int | None) -> frozenset[Role]:
        """Their roles as far as these count in the duties of that unit.

        They report for no unit but their own and the units of those for whom they stand in.
        """
        own = self.roles if unit_id == self.contact.unit_id else self.roles - REPORTERS
        return own.union(*(p.roles & REPORTERS for p in self.represented if p.unit_id == unit_id))


async def actor_by_account(
    session: Session, telegram_user_id: int, *, today: date | None = None
) -> Actor | None:
    """The enrolled contact behind a Telegram account; None for a stranger. ``today``: see ``actor_of``."""
    found = await people.with_unit_and_roles(session, account=telegram_user_id)
    return None if found is None else await _actor(session, *found, today)


async def actor_of(session: Session, contact: Contact, *, today: date | None = None) -> Actor:
    """The contact as an actor.

    ``today``: the local day on which they act; it tells for whom they stand in. None: only they themselves
    matter.
    """
    found = await people.with_unit_and_roles(session, contact_id=ident(contact))
    if found is None:
        raise LookupError(f"contact {contact.id} has no unit")
    return await _actor(session, *found, today)


async def _actor(
    session: Session, contact: Contact, unit: Unit, roles: frozenset[Role], today: date | None
) -> Actor:
    scope = await _scope(session, roles, contact.unit_id)
    represented = () if today is None else await represented_by(session, ident(contact), today)
    # A leader who sees everything in another role leads only their own unit.
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
    """Raise ``DomainError`` for everybody outside the office."""
    if not actor.is_office:
        raise DomainError("tasks.office_only")


def may_see(actor: Actor, task: Task, assisting: Collection[int], above: Collection[Task] = ()) -> bool:
    """Whether they may see the task.

    The office, district leaders and inspectors see all; others see what concerns their units, and what lies
    below a task that their unit leads or that is theirs. ``above``: the tasks above it.
    """
    if actor.scope is None or any(one.responsible_id in actor.duties for one in (task, *above)):
        return True
    leading = {one.lead_unit_id for one in (task, *above)}
    return bool(actor.scope & leading) or bool(actor.scope & set(assisting))


def may_report(actor: Actor, task: Task, assisting: Collection[int]) -> bool:
    """Whether they may report on the task.

    The responsible person, and the 责任人 and 联络员 of the lead and assisting units may; so may their
    deputies.
    """
    if task.responsible_id in actor.duties:
        return True
    return bool(actor.reporting_units & {task.lead_unit_id, *assisting})


def may_sign(actor: Actor, task: Task) -> bool:
    """Whether they may 签收: only the lead unit does.

    An assisting unit reports, but does not sign in its place.
    """
    if task.responsible_id in actor.duties:
        return True
    return task.lead_unit_id in actor.reporting_units


def answers_for(actor: Actor, task: Task) -> bool:
    """Whether they answer for it: the responsible person, the lead unit's 联络员, or a deputy of either."""
    return task.responsible_id in actor.duties or task.lead_unit_id in actor.answered_units


async def scope_below(session: Session, actor: Actor, task: Task) -> frozenset[int] | None:
    """The lead units whose parts of a task that they may see they see, too; None: those of all units.

    Who only assists with the task sees, of what lies below it, what is their own units'.
    """
    above = await children.ancestors(session, task)
    return None if may_see(actor, task, (), above) else actor.scope


async def decides_on(session: Session, actor: Actor, task: Task) -> bool:
    """Whether they decide on it: the office and, on a child, whoever broke the task above it down.

    That is the 责任人 of the task above, its unit's 联络员, or a deputy of either. Nobody but the office
    decides on a task that they answer for themselves.
    """
    if actor.is_office:
        return True
    above = await children.parent_of(session, task)
    return above is not None and answers_for(actor, above) and not answers_for(actor, task)


def in_whose_place(actor: Actor, task: Task, assisting: Collection[int] = ()) -> RepresentedPerson | None:
    """The person in whose place they act on the task; None: they act in their own right."""
    if task.responsible_id == actor.id:
        return None
    for person in actor.represented:
        if person.contact_id == task.responsible_id:
            return person
    units = {task.lead_unit_id, *assisting}
    if actor.roles & REPORTERS and actor.contact.unit_id in units:
        return None
    return next((p for p in actor.represented if p.roles & REPORTERS and p.unit_id in units), None)


async def place_in(session: Session, actor: Actor, task: Task | None) -> RepresentedPerson | None:
    """As ``in_whose_place``, with the assisting units and those that have a part read from the database."""
    if task is None or task.id is None or not actor.represented:
        return None
    parts = await children.units_of(session, task.id)
    return in_whose_place(actor, task, {*await _assisting(session, task.id), *parts})


async def counting_unit(session: Session, actor: Actor, task_id: int | None) -> int:
    """The unit for which their report counts: their own, or that of the person for whom they make it."""
    own = actor.contact.unit_id
    if task_id is None:
        return own if own in actor.reporting_units else min(actor.reporting_units, default=own)
    task = await tasks.task_by_id(session, task_id) if actor.represented else None
    person = await place_in(session, actor, task)
    return own if person is None else person.unit_id


async def visible_task(session: Session, actor: Actor, task_id: int) -> Task:
    """The task; ``DomainError`` with the same words if it is another unit's or does not exist."""
    return (await task_with_assisting(session, actor, task_id))[0]


async def task_with_assisting(session: Session, actor: Actor, task_id: int) -> tuple[Task, list[int]]:
    """The task and its assisting units; errors as ``visible_task``."""
    task = await tasks.task_by_id(session, task_id)
    if task is None:
        raise DomainError("tasks.not_yours")
    assisting = await _assisting(session, task_id)
    if not may_see(actor, task, assisting) and not may_see(
        actor, task, assisting, await children.ancestors(session, task)
    ):
        raise DomainError("tasks.not_yours")
    return task, assisting


async def reportable_task(session: Session, actor: Actor, task_id: int) -> Task:
    """The task if ``actor`` may report on it, else ``DomainError``."""
    task, assisting = await task_with_assisting(session, actor, task_id)
    if not may_report(actor, task, assisting):
        raise DomainError("tasks.not_yours_to_report")
    return task


async def task_for_progress(session: Session, actor: Actor, task_id: int) -> Task:
    """As ``reportable_task``, but also for the units that have a part of the task (归入上级任务)."""
    task = await tasks.task_by_id(session, task_id)
    if task is not None and await may_report_above(session, actor, task):
        return task
    return await reportable_task(session, actor, task_id)


async def may_report_above(session: Session, actor: Actor, task: Task) -> bool:
    """As ``may_report``; so may the units that have a part of the task (归入上级任务)."""
    if may_report(actor, task, await _assisting(session, ident(task))):
        return True
    return not actor.reporting_units.isdisjoint(await children.units_of(session, ident(task)))


async def _assisting(session: Session, task_id: int) -> list[int]:
    return (await tasks.assisting_units(session, [task_id]))[task_id]


async def sees_all_of(session: Session, actor: Actor, task_ids: Collection[int]) -> bool:
    """Whether ``actor`` may see every one of the tasks."""
    found = await tasks.tasks_by_id(session, task_ids)
    return set(task_ids) <= {ident(task) for task in await seen_of(session, actor, list(found.values()))}


async def seen_of(session: Session, actor: Actor, found: Sequence[Task]) -> list[Task]:
    """Those of the tasks that ``actor`` may see."""
    assisting = await tasks.assisting_units(session, [ident(task) for task in found])
    above = await children.parents_by_id(session, found)
    return [
        task for task in found if may_see(actor, task, assisting[ident(task)], children.chain_of(task, above))
    ]
