"""Units that lack people or a 联络员, as the office was told of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.people import Unit


async def set_vacant_since(session: Session, unit_ids: Collection[int], since: datetime | None) -> None:
    """Note since when the office knows of these units; None: they lack nobody any more."""
    if unit_ids:
        change = sa.update(Unit).where(col(Unit.id).in_(unit_ids)).values(vacant_since=since)
        await session.execute(change)


async def vacant_between(session: Session, since: datetime, until: datetime) -> Sequence[Unit]:
    """The units in use that the office was told of in [since, until)."""
    told = (col(Unit.vacant_since) >= since, col(Unit.vacant_since) < until, col(Unit.retired_at).is_(None))
    return (await session.exec(select(Unit).where(*told).order_by(col(Unit.id)))).all()
