"""Who of a unit gets its orders, and what is said about them later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models import people
from models.db import Session
from models.people import Contact
from rules.people import Role
from services.absences import standing_in


async def unit_readers(
    session: Session, unit_id: int, responsible_id: int | None = None, *, today: date | None = None
) -> list[Contact]:
    """The unit's 联络员 and, if it is known, who answers for the case; without a 联络员 the unit's 责任人.
    Only who can be reached; nobody, where that is no one. ``today``: the local day, on which who is away has
    his deputy."""
    found = list(await people.enrolled_with_role(session, Role.LIAISON, unit_id))
    if not found:
        found = list(await people.enrolled_with_role(session, Role.RESPONSIBLE_PERSON, unit_id))
    responsible = None if responsible_id is None else await session.get(Contact, responsible_id)
    if responsible is not None and responsible.reachable and responsible.unit_id == unit_id:
        found.append(responsible)
    if today is not None:
        found = await _or_deputies(session, found, today)
    return list({contact.id: contact for contact in found}.values())


async def _or_deputies(session: Session, found: Sequence[Contact], today: date) -> list[Contact]:
    """Each of them, or who stands in for him and can be reached."""
    standing, readers = await standing_in(session, today), []
    for contact in found:
        deputy_id = standing.deputy_of(contact.id or 0)
        deputy = None if deputy_id is None else await session.get(Contact, deputy_id)
        readers.append(deputy if deputy is not None and deputy.reachable else contact)
    return readers
