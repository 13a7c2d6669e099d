"""The names of all units and people, read once for a whole list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from locales import Text
from models import people
from models.db import Session
from models.people import ContactName
from rules.people.roles import Tier


@dataclass(frozen=True, slots=True)
class DirectoryNames:
    """The names by id. ``contacts``: everybody, also people who have left."""

    units: Mapping[int, str]
    contacts: Mapping[int, ContactName]

    @classmethod
    async def load(cls, session: Session) -> DirectoryNames:
        units = await people.all_units(session, retired=True)
        return cls(
            {unit.id: unit.name for unit in units if unit.id is not None},
            {contact.id: contact for contact in await people.all_names(session)},
        )

    def who(self, contact_id: int | None) -> Text:
        """The name of the person who did something.

        None: the program itself, or the office at the command line.
        """
        contact = None if contact_id is None else self.contacts.get(contact_id)
        if contact is None:
            return Text("common.program")
        return Text("common.contact", unit=self.units[contact.unit_id], name=contact.name)


def tier_text(tier: Tier) -> Text:
    """The word for a tier, such as 街道 or 部门."""
    return Text(f"groups.scope.{tier.value}")
