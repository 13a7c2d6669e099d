"""The marks of the ticks: when each tick last did its slot."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, select

from models.columns import UtcDateTime
from models.db import Session


class TickMark(SQLModel, table=True):
    """When a named tick last did its slot. This row is the lock by which schedulers take turns."""

    __tablename__ = "tick_mark"

    name: str = Field(max_length=32, primary_key=True)
    slot_key: str = Field(default="", max_length=40)
    ran_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_ENSURE: Final = sa.text(
    "INSERT INTO tick_mark (name, slot_key) VALUES (:name, '') ON CONFLICT (name) DO NOTHING"
)
_RAN: Final = select(TickMark.ran_at).where(TickMark.name == sa.bindparam("tick"))
_LOCKED: Final = _RAN.with_for_update(read=True)


async def _ensure_mark(session: Session, name: str) -> None:
    """Make the tick's row if there is none, so that others can wait for it even before its first run."""
    await session.execute(_ENSURE, {"name": name})


async def ran_at(session: Session, name: str) -> datetime | None:
    """When a named tick last ran, as far as one can see. It may run again at once."""
    return (await session.exec(_RAN, params={"tick": name})).first()


async def last_tick(session: Session, name: str) -> datetime | None:
    """When a named tick last ran. It cannot run again before this transaction ends.

    So the tick either sees what this transaction writes, or ran before it.
    """
    mark = (await session.execute(_LOCKED, {"tick": name})).first()
    if mark is None:
        await _ensure_mark(session, name)
        mark = (await session.execute(_LOCKED, {"tick": name})).one()
    ran: datetime | None = mark[0]
    return ran


async def tick_turn(session: Session, name: str, now: datetime) -> TickMark:
    """Lock the mark of a named tick until the transaction ends: another scheduler waits here."""
    await _ensure_mark(session, name)
    mark = await session.get(TickMark, name, populate_existing=True, with_for_update=True)
    if mark is None:
        raise LookupError(f"tick mark {name} vanished inside its own transaction")
    mark.ran_at = now
    return mark


async def done_slot(session: Session, name: str) -> str:
    """The key of the slot that a named tick did last; "": none."""
    found = (await session.exec(select(TickMark.slot_key).where(TickMark.name == name))).first()
    return found or ""
