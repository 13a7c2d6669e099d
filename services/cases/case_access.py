"""Who may see a case, and how much of it."""

from __future__ import annotations

from collections.abc import Collection

from models import cases
from models.cases import Case, CaseFollower
from models.db import Session
from rules.people.roles import REPORTERS, SEES_ALL
from services.absences import RepresentedPerson
from services.access import Actor
from services.errors import DomainError


def sees_inside(actor: Actor, case: Case) -> bool:
    """Whether ``actor`` sees all of the case.

    The office, district leaders and inspectors do. So do the unit that holds the case, the leaders above that
    unit, and the inspector asked to verify the case.
    """
    if actor.roles & SEES_ALL or case.verifier_id == actor.id:
        return True
    return case.unit_id is not None and actor.scope is not None and case.unit_id in actor.scope


def sees_reporter(actor: Actor, case: Case) -> bool:
    """Whether ``actor`` may learn who reported the case.

    A reporter may ask to stay hidden. Then the unit does not learn their name, and neither does an inspector
    who belongs to that unit.
    """
    if not case.hidden or case.reporter_id == actor.id:
        return True
    return actor.is_office or bool(actor.roles & SEES_ALL and not actor.belongs_to(case.unit_id))


def in_whose_place(actor: Actor, case: Case) -> RepresentedPerson | None:
    """The person in whose place ``actor`` acts for the unit that holds the case.

    None: the actor acts by their own right.
    """
    if case.responsible_id == actor.id:
        return None
    for person in actor.represented:
        if person.contact_id == case.responsible_id:
            return person
    if actor.roles & REPORTERS and actor.contact.unit_id == case.unit_id:
        return None
    there = (p for p in actor.represented if p.roles & REPORTERS and p.unit_id == case.unit_id)
    return next(there, None)


async def may_see(session: Session, actor: Actor, case: Case) -> bool:
    """Whether ``actor`` may see the case at all.

    Everybody who sees inside may. The reporter and the followers of the case see how it stands.
    """
    if sees_inside(actor, case) or case.reporter_id == actor.id:
        return True
    return await session.get(CaseFollower, (case.id, actor.id)) is not None


async def visible_case(session: Session, actor: Actor, case_id: int) -> Case:
    """The case. ``DomainError``: the actor may not see it, or it does not exist; the words are the same."""
    case = await cases.case_by_id(session, case_id)
    if case is None or not await may_see(session, actor, case):
        raise DomainError("cases.not_yours")
    return case


async def sees_all_of(session: Session, actor: Actor, case_ids: Collection[int]) -> bool:
    """Whether every one of the cases may be shown to ``actor``."""
    found = await cases.cases_by_id(session, sorted(set(case_ids)))
    if len(found) != len(set(case_ids)):
        return False
    return all([await may_see(session, actor, case) for case in found.values()])
