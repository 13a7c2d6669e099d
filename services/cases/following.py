"""Who follows a case, and who does not want to hear of it any more."""

from __future__ import annotations

from datetime import datetime

from models import cases
from models.cases import Case, CaseFollower
from models.db import Session
from models.messages import insert_once
from rules.case_lifecycle import OPEN
from services import audit
from services.access import Actor
from services.errors import DomainError


async def follow(session: Session, actor: Actor, case_id: int, *, now: datetime) -> Case:
    """就是这个，关注: from now on he hears of each step. ``DomainError`` if the case is over by now."""
    # Kept from others: of a case that is merged meanwhile he would hear nothing more.
    case = await cases.locked_case(session, case_id)
    if case is None or case.state not in OPEN:
        raise DomainError("issues.over")
    row = {"case_id": case_id, "contact_id": actor.id, "muted": False}
    await insert_once(session, CaseFollower, [row])
    follower = await session.get(CaseFollower, (case_id, actor.id), populate_existing=True)
    if follower is not None and follower.muted:
        follower.muted = False
    audit.record(session, "case_follow", ("case", case_id), now=now, actor_id=actor.id)
    await session.flush()
    return case


async def set_muted(session: Session, actor: Actor, case_id: int, muted: bool) -> None:
    """不再提醒 or 恢复提醒; said twice it changes nothing."""
    follower = await session.get(CaseFollower, (case_id, actor.id), populate_existing=True)
    if follower is None:
        raise DomainError("issues.not_following")
    follower.muted = muted
    await session.flush()
