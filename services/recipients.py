"""Who hears about a task: the right person, else the one who stands in for him."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models import people
from models.db import Session
from models.people import Contact
from models.tasks import Task
from rules.people import Role


@dataclass(frozen=True, slots=True)
class Recipient:
    """``contact`` None: nobody can be reached, not even the office. ``instead_of``: who should have heard."""

    contact: Contact | None
    instead_of: str | None = None


async def responsible(session: Session, task: Task) -> list[Recipient]:
    """The 责任人; not enrolled, the unit's 联络员 instead; else the office."""
    if task.responsible_id is not None:
        contact = await session.get(Contact, task.responsible_id)
        if contact is not None and contact.reachable:
            return [Recipient(contact)]
    return await _instead(session, task, task.responsible_person)


async def leader_in_charge(session: Session, task: Task) -> list[Recipient]:
    """The unit's 分管领导: the one named in the task, else all who hold the role there."""
    leaders = await people.contacts_with_role(session, Role.LEADER_IN_CHARGE, task.lead_unit_id)
    named = [leader for leader in leaders if leader.name == task.leader_in_charge]
    chosen = named or list(leaders)
    reachable = [Recipient(leader) for leader in chosen if leader.reachable]
    if reachable:
        return reachable
    name = task.leader_in_charge or (chosen[0].name if chosen else None)
    return [] if name is None else await _instead(session, task, name)


async def _instead(session: Session, task: Task, name: str) -> list[Recipient]:
    stand_ins: Sequence[Contact] = await people.enrolled_with_role(session, Role.LIAISON, task.lead_unit_id)
    stand_ins = stand_ins or await people.enrolled_with_role(session, Role.OFFICE)
    return [Recipient(contact, name) for contact in stand_ins] or [Recipient(None, name)]
