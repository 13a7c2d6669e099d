"""提示主要领导: the office lets the head of a unit know of an order that is overdue."""

from __future__ import annotations

from datetime import datetime

from locales import Text
from models.db import Session
from rules.case_ladder import CaseNewsKind
from rules.case_lifecycle import CaseEvent
from rules.delivery import MessageKind
from rules.levels import Level
from services.access import Actor
from services.campaign import Campaign
from services.cases import colours, steps
from services.cases.escalation import CaseEntry, Escalation
from services.errors import DomainError


async def hint_principal_leader(
    session: Session, actor: Actor, case_id: int, seen: int | None, *, now: datetime, campaign: Campaign
) -> Text:
    """Promise the unit's 主要领导 one 提示, once; what came of it. ``DomainError`` if it is not for the actor
    to release, or nobody would hear: then nothing is to be kept."""
    case = await steps.take(
        session, case_id, CaseEvent.RELEASE, now=now, campaign=campaign, actor=actor, seen=seen
    )
    escalation, level = Escalation(session, campaign, now), Level.PRINCIPAL_LEADER
    leaders = await escalation.readers(case, level)
    unit_id = case.unit_id or 0
    if not leaders:
        raise DomainError("colours.no_leader", unit=await escalation.name_of(unit_id))
    for leader in leaders:
        entry = CaseEntry(case_id, unit_id, level, CaseNewsKind.RELEASED)
        key = f"{case_id}.{case.steps}"
        await colours.promise(session, MessageKind.HINT, key, [entry], leader, now=now, campaign=campaign)
    return Text("colours.released_to", names=[leader.name for leader in leaders])
