"""Changes of nags that wait or wait again: a person put them off, or their message did not go out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.inserts import insert_once
from models.nags import AGAIN, About, Nag, NagReason, NagState, Snooze, is_about
from rules.nags.levels import Level


async def take_back(
    session: Session,
    outbox_id: int,
    about: Collection[About],
    until: datetime,
    reason: NagReason | None,
) -> None:
    """Let a message's nags about these subjects wait again until then.

    The message does not go out, or goes out without them. ``reason`` None: the reason stays.
    """
    why = {} if reason is None else {"reason": reason}
    await session.execute(
        sa.update(Nag)
        .where(col(Nag.outbox_id) == outbox_id, col(Nag.state) == NagState.TOLD, is_about(Nag, about))
        .values(state=NagState.WAITING, hold_until=until, outbox_id=None, settled_at=None, **why)
    )


async def paused(session: Session, *about: About) -> Sequence[Nag]:
    """The nags about these subjects that wait for the end of a pause, locked."""
    query = select(Nag).where(
        is_about(Nag, about), Nag.state == NagState.WAITING, Nag.reason == NagReason.PAUSED
    )
    return (await session.exec(query.order_by(col(Nag.id)).with_for_update())).all()


async def told_by(session: Session, outbox_id: int) -> Sequence[Nag]:
    """The nags that a message tells."""
    query = select(Nag).where(Nag.outbox_id == outbox_id, Nag.state == NagState.TOLD)
    return (await session.exec(query.order_by(col(Nag.id)))).all()


async def repeat(session: Session, told: Sequence[Nag], until: datetime, now: datetime) -> None:
    """Let nags that perhaps did not arrive be told once more, from then on."""
    anew = {"state": NagState.WAITING, "reason": None, "hold_until": until, "created_at": now}
    anew |= {"outbox_id": None, "delivery": None, "settled_at": None}
    rows = [nag.model_dump(exclude={"id"}) | anew | {"key": nag.key + AGAIN} for nag in told]
    await insert_once(session, Nag, rows)


async def drop_repeats(session: Session, outbox_id: int) -> None:
    """Forget that a message's nags are told once more: the message itself goes out again."""
    keys = [nag.key + AGAIN for nag in await told_by(session, outbox_id)]
    await session.execute(sa.delete(Nag).where(col(Nag.key).in_(keys), col(Nag.state) == NagState.WAITING))


async def may_wait(session: Session, outbox_id: int) -> bool:
    """Whether the message has nags, and all of them respect quiet hours."""
    query = sa.select(col(Nag.exempt)).where(col(Nag.outbox_id) == outbox_id).distinct()
    return (await session.execute(query)).scalars().all() == [False]


async def fall_asleep(session: Session, contact_id: int, about: Collection[About], until: datetime) -> None:
    """Let the person's waiting reminders of these duties wait until then at least."""
    mine = sa.and_(col(Nag.contact_id) == contact_id, col(Nag.level) == Level.RESPONSIBLE)
    theirs = sa.and_(mine, is_about(Nag, about))
    await session.execute(
        sa.update(Nag)
        .where(col(Nag.state) == NagState.WAITING, col(Nag.hold_until) < until, theirs)
        .values(hold_until=until, reason=NagReason.SNOOZED)
    )


async def end_snoozes(session: Session, contact_id: int, about: Collection[About], now: datetime) -> None:
    """End that person's snoozes of these duties. The reminders that waited for their ends become moot."""
    await session.execute(
        sa.update(Snooze)
        .where(col(Snooze.contact_id) == contact_id, col(Snooze.until) > now)
        .where(is_about(Snooze, about))
        .values(until=now)
    )
    await session.execute(
        sa.update(Nag)
        .where(
            col(Nag.contact_id) == contact_id,
            col(Nag.state) == NagState.WAITING,
            col(Nag.reason) == NagReason.SNOOZED,
            is_about(Nag, about),
        )
        .values(state=NagState.MOOT, reason=NagReason.REPEATED, settled_at=now)
    )
