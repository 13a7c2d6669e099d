"""Who hears about a task or a case: the right person, or else a deputy or another stand-in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, assert_never

from locales import Text
from models import people
from models.db import Session, ident, row_of
from models.people import Contact, ContactState, absences, office_sections
from models.tasks import Task, children
from rules.nags.levels import Level
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import LEADERS, Role
from rules.people.typed_names import normalise
from services.absences import StandIns, standing_in
from services.access import Actor
from services.turn import Turn


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who hears about something.

    ``contact`` None: nobody can be reached, not even the office. ``instead_of``: the name of the person who
    should have heard; ``deputy``: the contact has that person's duties during a leave, and does not only pass
    it on.
    """

    contact: Contact | None
    instead_of: str | None = None
    deputy: bool = False

    @property
    def contact_id(self) -> int | None:
        return None if self.contact is None else self.contact.id


class OfficeShare(NamedTuple):
    """A subject that a section of the office may see to, and the local day on which it is told of it."""

    subject: OfficeSubject
    today: date


async def office_hearers(session: Session, share: OfficeShare | None) -> Sequence[Contact]:
    """The reachable members of the office who hear of it.

    They are those of the subject's section. All hear of what is no section's (None), of a subject without
    one, and where nobody of the section can be reached or all of it is away.
    """
    if share is None:
        return await people.enrolled_with_role(session, Role.OFFICE)
    found = await office_sections.members(session, share.subject)
    everybody = [one.contact for one in found]
    mine = office_sections.belonging(everybody, next((one.section for one in found), None))
    if not mine or len(mine) == len(everybody):
        return everybody
    away = {row.contact_id for row in await absences.away_on(session, share.today)}
    return everybody if all(one.id in away for one in mine) else mine


async def others_of_office(turn: Turn, subjects: Collection[OfficeSubject]) -> frozenset[OfficeSubject]:
    """Those of the subjects of which colleagues hear and the actor does not. All do of what is left."""
    named = await office_sections.sections(turn.session) if turn.actor.is_office else {}
    found = set()
    for subject in named.keys() & set(subjects):
        there = await office_hearers(turn.session, OfficeShare(subject, turn.today))
        if turn.actor.id not in {ident(one) for one in there}:
            found.add(subject)
    return frozenset(found)


async def own_tasks(session: Session, actor: Actor, found: Collection[Task], day: date) -> list[Task]:
    """The tasks that the actor answers for, or of which they hear in the place of the person who does."""
    if all(task.responsible_id in actor.duties for task in found):
        return list(found)
    # Of whom is told of it one section of the office may hear alone; what they may do is all of them's.
    directory = replace(await Directory.about(session, found, day), office=None)
    return [
        task
        for task in found
        if task.responsible_id in actor.duties
        or actor.id in {who.contact_id for who in directory.responsible(task)}
    ]


def of_section(
    name: str | None,
    there: Iterable[Contact],
    roles: Mapping[int, frozenset[Role]],
    but: Collection[int | None],
) -> list[Contact]:
    """The reachable contacts among ``there`` in the 承办科室 of that name, except ``but``.

    Leaders in it hear on their own level.
    """
    section = normalise(name or "")
    return [
        contact
        for contact in there
        if section
        and normalise(contact.section or "") == section
        and contact.reachable
        and contact.id not in but
        and not LEADERS & roles.get(ident(contact), frozenset())
    ]


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody, read once for many tasks: a tick must not ask the database once per duty.

    ``above``: the tasks above those that it is asked about, by id (see ``knowing``). ``_heads``: who hears
    of these as their 责任人, for all children of a task ask for the same. ``office``: the ids of those of the
    office who hear of tasks; None: all.
    """

    contacts: Sequence[Contact]
    roles: Mapping[int, frozenset[Role]]
    unit_names: Mapping[int, str]
    standing: StandIns
    by_id: Mapping[int, Contact]
    by_unit: Mapping[int, Sequence[Contact]]
    by_role: Mapping[tuple[Role, int | None], Sequence[Contact]]
    above: Mapping[int, Task] = field(default_factory=dict)
    office: Collection[int | None] | None = None
    _heads: dict[int, list[Recipient]] = field(default_factory=dict, init=False, compare=False)

    @classmethod
    async def load(cls, session: Session, day: date) -> Directory:
        """Everybody as they stand on that local day: people who are away then have their deputies."""
        units = await people.all_units(session, retired=True)
        names = {unit.id: unit.name for unit in units if unit.id is not None}
        roles = await people.roles_by_contact(session)
        contacts = await people.all_contacts(session)
        return await cls._of(contacts, roles, names, await standing_in(session, day))._sharing(session)

    @classmethod
    async def about(cls, session: Session, found: Collection[Task], day: date) -> Directory:
        """Only the people who may be concerned with these few tasks, and with those above them."""
        above = await children.parents_by_id(session, found)
        found = [*found, *above.values()]
        own = {task.responsible_id for task in found if task.responsible_id is not None}
        some = await cls.around(session, {task.lead_unit_id for task in found}, day, own)
        return replace(some, above=above) if above else some

    @classmethod
    async def around(
        cls, session: Session, unit_ids: Collection[int], day: date, ids: Collection[int] = ()
    ) -> Directory:
        """Only these units, these contacts, everybody away with their deputies, and the office.

        In one query.
        """
        standing = await standing_in(session, day)
        ids = {*ids, *standing.deputies, *standing.deputies.values()}
        some = cls._of(*await people.around(session, unit_ids, ids, Role.OFFICE), standing)
        return await some._sharing(session)

    async def _sharing(self, session: Session) -> Directory:
        """The same, where of the office the section hears that sees to tasks; see ``office_hearers``."""
        there = [one for one in self.holders(Role.OFFICE) if one.reachable]
        if len({normalise(one.section or "") for one in there}) < 2:
            return self  # there is nothing to divide, and nothing to ask the database
        section = (await office_sections.sections(session)).get(OfficeSubject.COMPLETION)
        mine = office_sections.belonging(there, section)
        if all(one.id in self.standing.deputies for one in mine):
            return self
        return replace(self, office={one.id for one in mine})

    @classmethod
    def _of(
        cls,
        contacts: Sequence[Contact],
        roles: Mapping[int, frozenset[Role]],
        names: Mapping[int, str],
        standing: StandIns,
    ) -> Directory:
        by_unit: dict[int, list[Contact]] = {}
        by_role: dict[tuple[Role, int | None], list[Contact]] = {}
        for contact in contacts:
            by_unit.setdefault(contact.unit_id, []).append(contact)
            for role in () if contact.state is ContactState.LEFT else roles.get(ident(contact), ()):
                by_role.setdefault((role, contact.unit_id), []).append(contact)
                by_role.setdefault((role, None), []).append(contact)
        by_id = {contact.id: contact for contact in contacts if contact.id is not None}
        return cls(contacts, roles, names, standing, by_id, by_unit, by_role)

    async def knowing(self, session: Session, found: Collection[Task]) -> Directory:
        """The same, with the tasks above these."""
        if all(task.parent_id is None or task.parent_id in self.above for task in found):
            return self
        return replace(self, above={**self.above, **await children.parents_by_id(session, found)})

    def readers(self, task: Task, level: Level) -> list[Recipient]:
        """The people who hear about the task on that level of the ladder.

        The office hears of no child on which somebody else decides.
        """
        match level:
            case Level.RESPONSIBLE:
                return self.responsible(task)
            case Level.SECTION:
                return self.section(task)
            case Level.LEADER_IN_CHARGE:
                return self.leader_in_charge(task)
            case Level.PRINCIPAL_LEADER:
                return self._reached(self.holders(Role.PRINCIPAL_LEADER, task.lead_unit_id))
            case Level.OFFICE:
                return [] if self.deciders(task) else self._office()
            case Level.DECIDER:
                return self.deciders(task)
            case _ as unreachable:
                assert_never(unreachable)

    def holders(self, role: Role, unit_id: int | None = None) -> list[Contact]:
        """Contacts with ``role``, of one unit or of all, enrolled or not; nobody who has left."""
        return list(self.by_role.get((role, unit_id), ()))

    def leader_cell(self, unit_id: int) -> str | None:
        """The names of the unit's 分管领导, as a task has them; None: it has none."""
        return "、".join(leader.name for leader in self.holders(Role.LEADER_IN_CHARGE, unit_id)) or None

    def responsible(self, task: Task) -> list[Recipient]:
        """The 责任人, or their deputy while they are away.

        If neither can be reached: the unit's 联络员 or that person's deputy; else who broke it down; else the
        office.
        """
        return self._answering(task) or self._instead(
            task.lead_unit_id, task.responsible_person, self.deciders(task)
        )

    def _answering(self, task: Task) -> list[Recipient]:
        own = row_of(self.by_id, task.responsible_id)
        return self._reached([] if own is None else [own])

    def deciders(self, task: Task) -> list[Recipient]:
        """Who decides on a child: the 责任人 of the task above it or their deputy, else its unit's 联络员.

        Nobody decides on a task that they answer for themselves. If nobody is left, the office decides.
        """
        above_id = task.parent_id
        if above_id is None or (above := self.above.get(above_id)) is None:
            return []
        if above_id not in self._heads:
            self._heads[above_id] = self._answering(above)
        found = [one for one in self._heads[above_id] if not self._is_own(task, one)]
        if found:
            return found
        liaisons = self._reached(self.holders(Role.LIAISON, above.lead_unit_id))
        return [one for one in liaisons if not self._is_own(task, one)]

    def _is_own(self, task: Task, who: Recipient) -> bool:
        """Whether they answer for the task themselves, or for its unit as 联络员."""
        contact = who.contact
        if contact is None or contact.id == task.responsible_id:
            return contact is not None
        # A tick asks this of thousands, and of nearly all the answer is plain.
        if contact.unit_id != task.lead_unit_id and contact.id not in self.standing.deputies.values():
            return False
        mine = self._reached(self.holders(Role.LIAISON, task.lead_unit_id))
        return contact.id in {one.contact_id for one in [*self._answering(task), *mine]}

    def in_charge(self, contact_id: int | None, name: str, unit_id: int) -> list[Recipient]:
        """As ``responsible``, for a person who answers or answered for a task of that unit."""
        own = row_of(self.by_id, contact_id)
        return self._reached([] if own is None else [own]) or self._instead(unit_id, name)

    def of_unit(self, unit_id: int, *responsible_ids: int | None) -> list[Contact]:
        """The people who hear of the unit's cases.

        They are its 联络员, or without one its 责任人, and the given responsible people of that unit.
        """
        found = self.heard(self.holders(Role.LIAISON, unit_id))
        found = found or self.heard(self.holders(Role.RESPONSIBLE_PERSON, unit_id))
        there = self.by_unit.get(unit_id, ())
        own = self.heard([contact for contact in there if contact.id in responsible_ids])
        return list({contact.id: contact for contact in [*found, *own]}.values())

    def section(self, task: Task) -> list[Recipient]:
        """The colleagues of the 责任人 in the 承办科室."""
        but = {*(who.contact_id for who in self.responsible(task)), task.responsible_id}
        there = self.by_unit.get(task.lead_unit_id, ())
        return [Recipient(one) for one in of_section(task.handling_section, there, self.roles, but)]

    def leader_in_charge(self, task: Task) -> list[Recipient]:
        """The unit's 分管领导: the one named in the task, else everybody who holds the role there."""
        leaders = self.holders(Role.LEADER_IN_CHARGE, task.lead_unit_id)
        cell = task.leader_in_charge or ""
        chosen = [leader for leader in leaders if leader.name in cell] or leaders
        if reached := self._reached(chosen):
            return reached
        name = cell or (chosen[0].name if chosen else "")
        return self._instead(task.lead_unit_id, name, self.deciders(task)) if name else []

    def _reached(self, chosen: Sequence[Contact]) -> list[Recipient]:
        """Those of them who can be reached, or their deputies while they are away; nobody hears twice."""
        found: dict[int | None, Recipient] = {}
        for contact in chosen:
            deputy = self.deputy_of(contact)
            if deputy is not None:
                found.setdefault(deputy.id, Recipient(deputy, contact.name, deputy=True))
            elif contact.reachable:
                found[contact.id] = Recipient(contact)
        return list(found.values())

    def heard(self, chosen: Sequence[Contact]) -> list[Contact]:
        """The people who actually hear if these contacts are chosen."""
        return [who.contact for who in self._reached(chosen) if who.contact is not None]

    def deputy_of(self, contact: Contact) -> Contact | None:
        """The contact's deputy on that day.

        None if the contact is not away or the deputy cannot be reached.
        """
        deputy = row_of(self.by_id, self.standing.deputy_of(contact.id))
        return deputy if deputy is not None and deputy.reachable else None

    def place_of(self, own: Contact, deputy: Contact) -> str:
        """The name of the person for whom a deputy stands in, with the unit where it is not the deputy's."""
        if own.unit_id == deputy.unit_id:
            return own.name
        return f"{self.unit_names[own.unit_id]} {own.name}"

    def away(self) -> list[Contact]:
        """The people on leave on that day."""
        return [self.by_id[contact_id] for contact_id in self.standing.deputies]

    def _instead(self, unit_id: int, name: str, above: Sequence[Recipient] = ()) -> list[Recipient]:
        liaisons = self._reached(self.holders(Role.LIAISON, unit_id))
        stand_ins = [who.contact for who in liaisons or above or self._office()]
        return [Recipient(contact, name) for contact in stand_ins] or [Recipient(None, name)]

    def _office(self) -> list[Recipient]:
        found = [contact for contact in self.holders(Role.OFFICE) if contact.reachable]
        return [Recipient(one) for one in found if self.office is None or one.id in self.office]

    def name_of(self, contact: Contact | None) -> Text:
        if contact is None:
            return Text("nags.nobody")
        return Text("common.contact", unit=self.unit_names[contact.unit_id], name=contact.name)


async def unit_readers(
    session: Session, unit_id: int, day: date, *responsible_ids: int | None
) -> list[Contact]:
    """The people who hear on that local day of one unit's cases; see ``Directory.of_unit``."""
    return (await Directory.around(session, {unit_id}, day)).of_unit(unit_id, *responsible_ids)
