"""Who stands in for whom today, and what that is called on cards and receipts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from locales import Text
from models import people
from models.db import Session, row_of
from models.people import Contact, absences
from models.people.absences import Absence
from reports.formats import day_text
from rules.people.roles import LEADERS, SEES_ALL, Role


@dataclass(frozen=True, slots=True)
class StandIns:
    """Who is away on a day and who stands in for them.

    ``deputies`` maps the id of a contact who is away to the id of their deputy.
    """

    deputies: Mapping[int, int] = field(default_factory=dict)

    def deputy_of(self, contact_id: int | None) -> int | None:
        """The contact's deputy. If the deputy is away too, that deputy's own deputy, but no further step.

        None if that one is away as well: then the one who hears for an unreachable contact hears instead.
        """
        deputy = row_of(self.deputies, contact_id)
        if deputy is None or deputy not in self.deputies:
            return deputy
        beyond = self.deputies[deputy]
        return None if beyond in self.deputies else beyond

    def represented(self, deputy_id: int) -> frozenset[int]:
        """The contacts for whom the deputy stands in."""
        return frozenset(away for away in self.deputies if self.deputy_of(away) == deputy_id)


async def standing_in(session: Session, day: date) -> StandIns:
    """The absences and deputies of that local day."""
    rows = await absences.away_on(session, day)
    return StandIns({row.contact_id: row.deputy_id for row in rows})


@dataclass(frozen=True, slots=True)
class RepresentedPerson:
    """A person whose duties somebody else has today: their unit, their roles and the units in their view.

    What only a role of the whole district may see or do does not pass to a deputy.
    """

    contact_id: int
    name: str
    unit_id: int
    roles: frozenset[Role]
    scope: frozenset[int]


async def represented_by(session: Session, deputy_id: int, day: date) -> tuple[RepresentedPerson, ...]:
    """Everybody for whom the contact stands in on that local day."""
    ids = (await standing_in(session, day)).represented(deputy_id)
    if not ids:
        return ()
    held = await people.roles_of_all(session, ids)
    found = []
    for contact_id in sorted(ids):
        contact = await session.get_one(Contact, contact_id)
        roles = held.get(contact_id, frozenset()) - SEES_ALL
        scope = frozenset({contact.unit_id})
        if roles & LEADERS:
            scope = await people.unit_tree(session, contact.unit_id)
        found.append(RepresentedPerson(contact_id, contact.name, contact.unit_id, roles, scope))
    return tuple(found)


# -- texts ---------------------------------------------------------------------------------------------


def days_text(first: date, last: date) -> Text:
    """One day or a period: 12月1日, or 12月1日至12月5日."""
    if first == last:
        return day_text(first)
    return Text("leave.days", first=day_text(first), last=day_text(last))


async def away_texts(session: Session, contact_ids: Collection[int | None], day: date) -> dict[int, Text]:
    """For those of the contacts who are away on that day: until when, and who stands in."""
    rows = await absences.away_on(session, day)
    return {row.contact_id: await away_text(session, row) for row in rows if row.contact_id in contact_ids}


async def away_text(session: Session, row: Absence) -> Text:
    """An absence in words: 12月1日至12月5日请假，由李四代."""
    deputy = await session.get_one(Contact, row.deputy_id)
    return Text("leave.away", days=days_text(row.first, row.last), deputy=deputy.name)


def in_place(who: Text | str, name: str | None) -> Text:
    """李四（代张三）: ``who``, in place of ``name``; without a ``name`` only ``who``."""
    if name is None:
        return who if isinstance(who, Text) else Text("common.as_is", text=who)
    return Text("leave.in_place", who=who, name=name)
