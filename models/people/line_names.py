"""What units are called: their own names, and the other names that the office has noted."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import col

from models.db import Session
from models.people import Unit
from models.people.aliases import UnitAlias


async def of_line(session: Session, unit_ids: Collection[int]) -> set[str]:
    """All names of these units, of those below them, and of those above them."""
    own = sa.select(col(Unit.id), col(Unit.parent_id)).where(col(Unit.id).in_(unit_ids))
    below = own.cte("below", recursive=True)
    # UNION, not UNION ALL: it ends even if two units were each other's parents.
    below = below.union(sa.select(col(Unit.id), col(Unit.parent_id)).where(col(Unit.parent_id) == below.c.id))
    above = own.cte("above", recursive=True)
    above = above.union(sa.select(col(Unit.id), col(Unit.parent_id)).where(col(Unit.id) == above.c.parent_id))
    line = sa.union(sa.select(below.c.id), sa.select(above.c.id)).subquery()
    names = sa.union(
        sa.select(col(Unit.name)).where(col(Unit.id).in_(sa.select(line.c.id))),
        sa.select(col(UnitAlias.name)).where(col(UnitAlias.unit_id).in_(sa.select(line.c.id))),
    )
    return {*(await session.execute(names)).scalars()}
