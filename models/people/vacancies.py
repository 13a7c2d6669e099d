"""Units that nobody answers for, as the office was told of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.people import Unit

_DAY: Final = timedelta(days=1)


async def note_vacant(session: Session, unit_ids: Collection[int], now: datetime) -> None:
    """Let exactly these units be vacant; those that are already keep their moment."""
    vacant, known = col(Unit.id).in_(unit_ids), col(Unit.vacant_since).is_not(None)
    # A clock that was ahead must not have them told of again when that day comes.
    ahead = col(Unit.vacant_since) > now
    changes = (
        (sa.and_(~vacant, known), None),
        (sa.and_(vacant, ahead), now - _DAY),
        (sa.and_(vacant, ~known), now),
    )
    for which, since in changes:
        await session.execute(sa.update(Unit).where(which).values(vacant_since=since))


async def vacant_between(session: Session, since: datetime, until: datetime) -> Sequence[Unit]:
    """The units in use that the office was told of in [since, until)."""
    told = (col(Unit.vacant_since) >= since, col(Unit.vacant_since) < until, col(Unit.retired_at).is_(None))
    return (await session.exec(select(Unit).where(*told).order_by(col(Unit.id)))).all()
