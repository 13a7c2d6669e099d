"""Queries of 批示: what its leader has not sent, what the office has to release, and each change once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import Instruction, OrderCase, SupervisionOrder
from models.columns import rows_changed
from models.db import Session
from rules.cases.order_facts import OrderOutcome

UNSENT: Final = sa.and_(col(Instruction.sent_at).is_(None), col(Instruction.withdrawn_at).is_(None))
"""Its leader has not confirmed it: nobody else knows of it."""
_HOLDS: Final = sa.and_(col(Instruction.sent_at).is_not(None), col(Instruction.withdrawn_at).is_(None))
WAITS: Final = sa.and_(_HOLDS, col(Instruction.released_at).is_(None))
"""The office still has to pass it on."""


# A closed case stays on its order; one that was sent back or reassigned has left it.
_LEFT: Final = col(OrderCase.outcome).in_((OrderOutcome.SENT_BACK, OrderOutcome.REASSIGNED))
_THERE: Final = sa.or_(~_LEFT, col(Instruction.sent_at) <= col(OrderCase.ended_at))


async def instructions_of(session: Session, case_id: int) -> Sequence[tuple[Instruction, SupervisionOrder]]:
    """The instructions that were sent while a case was on their order and hold, the first first."""
    query = (
        select(Instruction, SupervisionOrder)
        .join(SupervisionOrder, col(SupervisionOrder.id) == col(Instruction.order_id))
        .join(OrderCase, col(OrderCase.order_id) == col(SupervisionOrder.id))
        .where(OrderCase.case_id == case_id, _HOLDS, _THERE)
        .order_by(col(Instruction.id))
    )
    return (await session.exec(query)).all()


async def sent_on(session: Session, order_id: int) -> Sequence[Instruction]:
    """The instructions that were sent on an order and hold, the first first."""
    query = select(Instruction).where(Instruction.order_id == order_id, _HOLDS)
    return (await session.exec(query.order_by(col(Instruction.id)))).all()


async def released_on(session: Session, order_id: int) -> Sequence[Instruction]:
    """The instructions on an order that the office has passed on, the first first."""
    passed_on = col(Instruction.released_at).is_not(None)
    query = select(Instruction).where(Instruction.order_id == order_id, passed_on)
    return (await session.exec(query.order_by(col(Instruction.id)))).all()


async def unreleased(session: Session, order_ids: Collection[int]) -> Sequence[Instruction]:
    """The instructions that the office still has to pass on to the unit, the first first."""
    query = select(Instruction).where(col(Instruction.order_id).in_(order_ids), WAITS)
    return (await session.exec(query.order_by(col(Instruction.id)))).all()


async def waiting_of(session: Session, leader_id: int, order_id: int) -> Sequence[Instruction]:
    """What this leader wrote on this order and the office has not passed on: they may withdraw it."""
    query = select(Instruction).where(
        Instruction.leader_id == leader_id, Instruction.order_id == order_id, WAITS
    )
    return (await session.exec(query.order_by(col(Instruction.id)))).all()


async def unsent_of(session: Session, leader_id: int) -> Sequence[tuple[Instruction, SupervisionOrder]]:
    """What this leader wrote and has not confirmed, with its order, the first first."""
    query = (
        select(Instruction, SupervisionOrder)
        .join(SupervisionOrder, col(SupervisionOrder.id) == col(Instruction.order_id))
        .where(Instruction.leader_id == leader_id, UNSENT)
        .order_by(col(Instruction.id))
    )
    return (await session.exec(query)).all()


async def drop_unsent(session: Session, leader_id: int, order_id: int, *, now: datetime) -> None:
    """Note that what this leader wrote on this order and has not confirmed will not be sent.

    The row stays: SQLite would give its id to the next one, which an old button would then send.
    """
    await session.execute(
        sa.update(Instruction)
        .where(col(Instruction.leader_id) == leader_id, col(Instruction.order_id) == order_id, UNSENT)
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )


async def instruction_by_id(session: Session, instruction_id: int) -> Instruction | None:
    """The instruction as it stands, read anew."""
    return await session.get(Instruction, instruction_id, populate_existing=True)


async def send(session: Session, instruction_id: int, *, now: datetime) -> bool:
    """Note, once, that its leader confirmed it; False if it was sent before."""
    return await _change(session, instruction_id, UNSENT, sent_at=now)


async def withdraw(session: Session, instruction_id: int, *, now: datetime) -> bool:
    """Note that its leader takes it back; False if it was passed on or taken back before."""
    return await _change(session, instruction_id, WAITS, withdrawn_at=now)


async def release(session: Session, instruction_id: int, excerpt: str, *, by: int, now: datetime) -> bool:
    """Note, once, what the unit is told; False if somebody was first or the leader took it back."""
    said = {"excerpt": excerpt, "released_at": now, "released_by": by}
    return await _change(session, instruction_id, WAITS, **said)


async def _change(session: Session, instruction_id: int, condition: Any, **values: object) -> bool:
    changed = await session.execute(
        sa.update(Instruction)
        .where(col(Instruction.id) == instruction_id, condition)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(changed) == 1
