"""Units that go out of use, and come back."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.people import Unit


async def in_use(session: Session, unit_ids: Collection[int]) -> frozenset[int]:
    """Those of the units that are in use. They stay so until the transaction ends.

    Whoever gives a unit something new asks here first. The lock is the one that a reference takes, so people
    who give the same unit something do not wait for each other.
    """
    query = sa.select(col(Unit.id)).where(col(Unit.id).in_(unit_ids), col(Unit.retired_at).is_(None))
    query = query.order_by(col(Unit.id))
    return frozenset((await session.execute(query.with_for_update(read=True, key_share=True))).scalars())


async def locked(session: Session, unit_id: int) -> Unit | None:
    """The unit as it is stored now, locked. Whoever is giving it something is waited for first."""
    query = select(Unit).where(Unit.id == unit_id).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def retired_units(session: Session) -> list[Unit]:
    query = select(Unit).where(col(Unit.retired_at).is_not(None)).order_by(col(Unit.id))
    return list((await session.exec(query)).all())
