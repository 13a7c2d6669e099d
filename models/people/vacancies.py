"""Units that nobody answers for, as the office was told of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.people import Unit


async def note_vacant(session: Session, unit_ids: Collection[int], now: datetime) -> None:
    """Let exactly these units be vacant; those that are already keep their moment."""
    vacant, known = col(Unit.id).in_(unit_ids), col(Unit.vacant_since).is_not(None)
    for which, since in ((sa.and_(vacant, ~known), now), (sa.and_(~vacant, known), None)):
        await session.execute(sa.update(Unit).where(which).values(vacant_since=since))


async def vacant_between(session: Session, since: datetime, until: datetime) -> Sequence[Unit]:
    """The units in use that the office was told of in [since, until)."""
    told = (col(Unit.vacant_since) >= since, col(Unit.vacant_since) < until, col(Unit.retired_at).is_(None))
    return (await session.exec(select(Unit).where(*told).order_by(col(Unit.id)))).all()
