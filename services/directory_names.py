"""The names of all units and people, read once for a whole list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from locales import Text
from models import people, tasks
from models.db import Session
from models.people import ContactName
from rules.people.roles import Tier


@dataclass(frozen=True, slots=True)
class DirectoryNames:
    """The names by id. ``contacts``: everybody, also people who have left. ``tasks``: see ``knowing``."""

    units: Mapping[int, str]
    contacts: Mapping[int, ContactName]
    tasks: Mapping[int, Text] = field(default_factory=dict)

    @classmethod
    async def load(cls, session: Session) -> DirectoryNames:
        units = await people.all_units(session, retired=True)
        return cls(
            {unit.id: unit.name for unit in units if unit.id is not None},
            {contact.id: contact for contact in await people.all_names(session)},
        )

    async def knowing(self, session: Session, task_ids: Collection[int]) -> DirectoryNames:
        """The same, with the names of these tasks: 目标任务（责任单位）."""
        if not task_ids:
            return self
        named = {
            task_id: Text("common.task", objective=task.objective, unit=self.units[task.lead_unit_id])
            for task_id, task in (await tasks.tasks_by_id(session, task_ids)).items()
        }
        return replace(self, tasks={**self.tasks, **named})

    def who(self, contact_id: int | None) -> Text:
        """The name of the person who did something.

        None: the program itself, or the office at the command line.
        """
        contact = None if contact_id is None else self.contacts.get(contact_id)
        if contact is None:
            return Text("common.program")
        return Text("common.contact", unit=self.units[contact.unit_id], name=contact.name)


def tier_text(tier: Tier) -> Text:
    """The word for a unit of a tier, such as 街道 or 部门."""
    return Text(f"common.tier.{tier.value}")


def tier_scope_text(tier: Tier) -> Text:
    """The word for all units of a tier, such as 街道 or 部门."""
    return Text(f"groups.scope.{tier.value}")
