"""Which cases the scan has to look at, and when it looks again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import Case
from models.db import Session


async def due_for_look(session: Session, now: datetime, limit: int) -> Sequence[Case]:
    """Those that wait the longest, read anew, in the order in which everybody locks cases: the scan keeps all
    that it has changed, and whoever takes several of them at once would else wait for it, and it for him."""
    query = (
        select(Case).where(col(Case.look_at) <= now).order_by(col(Case.look_at), col(Case.id)).limit(limit)
    )
    found = await session.exec(query.execution_options(populate_existing=True))
    return sorted(found, key=lambda case: case.id or 0)


async def look_again_at(session: Session, case_id: int, steps: int, at: datetime | None) -> None:
    """Look at a case at that moment, unless somebody has moved it on: he has seen to its next look."""
    await session.execute(
        sa.update(Case)
        .where(col(Case.id) == case_id, col(Case.steps) == steps)
        .values(look_at=at)
        .execution_options(synchronize_session=False)
    )


async def look_again(session: Session, now: datetime) -> None:
    """Let the next scan decide anew about every case that it was to look at later."""
    await session.execute(
        sa.update(Case)
        .where(col(Case.look_at) > now)
        .values(look_at=now)
        .execution_options(synchronize_session=False)
    )
