"""The cases that the scan has to look at, and when it looks again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import Case
from models.columns import earlier_of, later_of
from models.db import Session, ident
from rules.cases.case_lifecycle import RUNNING


async def due_for_look(session: Session, now: datetime, limit: int) -> Sequence[Case]:
    """The due cases that wait the longest, read anew, in the order in which everybody locks cases.

    The scan keeps locks on all that it has changed. In another order, the scan and another transaction that
    takes several cases could wait for each other.
    """
    query = (
        select(Case).where(col(Case.look_at) <= now).order_by(col(Case.look_at), col(Case.id)).limit(limit)
    )
    found = await session.exec(query.execution_options(populate_existing=True))
    return sorted(found, key=ident)


async def look_again_at(
    session: Session, case_id: int, steps: int, at: datetime | None, *, seen_until: datetime | None = None
) -> None:
    """Let the scan look at a case at that moment, unless somebody has moved the case on.

    A person who moves a case on has set its next look. ``seen_until``: slots of the ladder up to then are
    done.
    """
    seen = {} if seen_until is None else {"nagged_until": seen_until}
    await session.execute(
        sa.update(Case)
        .where(col(Case.id) == case_id, col(Case.steps) == steps)
        .values(look_at=at, **seen)
        .execution_options(synchronize_session=False)
    )


async def look_again(session: Session, now: datetime, *, seen: bool = False) -> None:
    """Let the next scan decide anew about every case that it would look at later, or not any more.

    ``seen`` as in ``models.tasks.task_due.look_again``.
    """
    never = sa.and_(col(Case.look_at).is_(None), col(Case.state).in_(RUNNING))
    later = sa.select(col(Case.id)).where(sa.or_(col(Case.look_at) > now, never)).order_by(col(Case.id))
    until = later_of(col(Case.nagged_until), now)
    await session.execute(
        sa.update(Case)
        # This locks in the order in which everybody locks cases.
        .where(col(Case.id).in_(later.with_for_update(key_share=True)))
        .values(look_at=now, **({"nagged_until": until} if seen else {}))
        .execution_options(synchronize_session=False)
    )


async def stand_at(session: Session, moment: datetime, *, backlog: bool = False) -> None:
    """For a rehearsal of a past moment: orders whose clock ran then are done up to it, and no further.

    With ``backlog`` slots that have not been done stay due.
    """
    seen = earlier_of(col(Case.nagged_until), moment)
    await session.execute(
        sa.update(Case)
        .where(col(Case.look_at).is_not(None), col(Case.clock_from) < moment)
        .values(nagged_until=seen if backlog else moment, look_at=moment)
        .execution_options(synchronize_session=False)
    )


async def next_look(session: Session) -> datetime | None:
    """The moment at which the scan has to look at a case next."""
    query = sa.select(col(Case.look_at)).where(col(Case.look_at).is_not(None))
    return (await session.execute(query.order_by(col(Case.look_at)).limit(1))).scalar()
