"""Who of a unit gets its orders, and what is said about them later."""

from __future__ import annotations

from models import people
from models.db import Session
from models.people import Contact
from rules.people import Role


async def unit_readers(session: Session, unit_id: int, responsible_id: int | None = None) -> list[Contact]:
    """The unit's 联络员 and, if it is known, who answers for the case; without a 联络员 the unit's 责任人.
    Only who can be reached; nobody, where that is no one."""
    found = list(await people.enrolled_with_role(session, Role.LIAISON, unit_id))
    if not found:
        found = list(await people.enrolled_with_role(session, Role.RESPONSIBLE_PERSON, unit_id))
    responsible = None if responsible_id is None else await session.get(Contact, responsible_id)
    if responsible is not None and responsible.reachable and responsible.unit_id == unit_id:
        found.append(responsible)
    return list({contact.id: contact for contact in found}.values())
