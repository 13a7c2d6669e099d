"""Who is let in: invitations and requests to join."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.columns import rows_changed
from models.db import Session
from models.people import Invitation, JoinRequest, JoinState


async def invitation_by_hash(session: Session, token_hash: str) -> Invitation | None:
    return (await session.exec(select(Invitation).where(Invitation.token_hash == token_hash))).first()


async def open_invitations(session: Session, hashes: Collection[str], now: datetime) -> set[str]:
    """Those of the hashes whose links can be used."""
    query = select(Invitation.token_hash).where(
        col(Invitation.token_hash).in_(hashes), col(Invitation.used_at).is_(None), Invitation.expires_at > now
    )
    return set((await session.exec(query)).all())


async def open_invitation(session: Session, contact_id: int, now: datetime) -> Invitation | None:
    """The contact's link that can be used; there is at most one."""
    query = select(Invitation).where(
        Invitation.contact_id == contact_id, col(Invitation.used_at).is_(None), Invitation.expires_at > now
    )
    return (await session.exec(query.order_by(col(Invitation.id).desc()))).first()


async def use_invitation(session: Session, invitation_id: int, now: datetime) -> bool:
    """Claim an unused, unexpired invitation; False if somebody was first."""
    claimed = await session.execute(
        sa.update(Invitation)
        .where(
            col(Invitation.id) == invitation_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > now,
        )
        .values(used_at=now)
    )
    return rows_changed(claimed) == 1


async def expire_invitations(session: Session, contact_id: int, now: datetime) -> None:
    """End a contact's older links, because a new one is made."""
    await session.execute(
        sa.update(Invitation)
        .where(
            col(Invitation.contact_id) == contact_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > now,
        )
        .values(expires_at=now)
    )


async def pending_join(session: Session, account: int) -> JoinRequest | None:
    query = select(JoinRequest).where(
        JoinRequest.telegram_user_id == account, JoinRequest.state == JoinState.PENDING
    )
    return (await session.exec(query)).first()


async def pending_joins(session: Session) -> Sequence[JoinRequest]:
    """The requests that wait for the office's decision, the longest waiting first."""
    query = select(JoinRequest).where(JoinRequest.state == JoinState.PENDING)
    return (await session.exec(query.order_by(col(JoinRequest.id)))).all()


async def count_joins(session: Session, account: int, since: datetime) -> int:
    """How often an account has asked to join after ``since``."""
    query = sa.select(sa.func.count()).where(
        col(JoinRequest.telegram_user_id) == account, col(JoinRequest.asked_at) > since
    )
    return int((await session.execute(query)).scalar_one())


async def decide_join(session: Session, request_id: int, state: JoinState, **values: Any) -> bool:
    """Move a request out of ``pending``, once; False if somebody was first."""
    decided = await session.execute(
        sa.update(JoinRequest)
        .where(col(JoinRequest.id) == request_id, col(JoinRequest.state) == JoinState.PENDING)
        .values(state=state, **values)
    )
    return rows_changed(decided) == 1
