"""Who hears about a task: the right person, else the one who stands in for him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from locales import Text
from models import people
from models.db import Session
from models.people import Contact, ContactState
from models.tasks import Task
from rules.people import Role


@dataclass(frozen=True, slots=True)
class Recipient:
    """``contact`` None: nobody can be reached, not even the office. ``instead_of``: who should have heard."""

    contact: Contact | None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody, read once for many tasks: a tick must not ask the database once per duty."""

    contacts: Sequence[Contact]
    roles: Mapping[int, frozenset[Role]]
    unit_names: Mapping[int, str]

    @classmethod
    async def load(cls, session: Session) -> Directory:
        units = await people.all_units(session)
        return cls(
            await people.all_contacts(session),
            await people.roles_by_contact(session),
            {unit.id: unit.name for unit in units if unit.id is not None},
        )

    def holders(self, role: Role, unit_id: int | None = None) -> list[Contact]:
        """Contacts with ``role``, of one unit or of all, enrolled or not; nobody who has left."""
        return [
            contact
            for contact in self.contacts
            if role in self.roles.get(contact.id or 0, ())
            and unit_id in {None, contact.unit_id}
            and contact.state is not ContactState.LEFT
        ]

    def responsible(self, task: Task) -> list[Recipient]:
        """The 责任人; not enrolled, the unit's 联络员 instead; else the office."""
        own = [c for c in self.contacts if c.id == task.responsible_id and c.reachable]
        return [Recipient(contact) for contact in own] or self._instead(task, task.responsible_person)

    def leader_in_charge(self, task: Task) -> list[Recipient]:
        """The unit's 分管领导: the one named in the task, else all who hold the role there."""
        leaders = self.holders(Role.LEADER_IN_CHARGE, task.lead_unit_id)
        cell = task.leader_in_charge or ""
        chosen = [leader for leader in leaders if leader.name in cell] or leaders
        reachable = [Recipient(leader) for leader in chosen if leader.reachable]
        if reachable:
            return reachable
        name = cell or (chosen[0].name if chosen else "")
        return self._instead(task, name) if name else []

    def _instead(self, task: Task, name: str) -> list[Recipient]:
        liaisons = [c for c in self.holders(Role.LIAISON, task.lead_unit_id) if c.reachable]
        stand_ins = liaisons or [c for c in self.holders(Role.OFFICE) if c.reachable]
        return [Recipient(contact, name) for contact in stand_ins] or [Recipient(None, name)]

    def name_of(self, contact: Contact | None) -> Text:
        if contact is None:
            return Text("nags.nobody")
        return Text("common.contact", unit=self.unit_names[contact.unit_id], name=contact.name)
