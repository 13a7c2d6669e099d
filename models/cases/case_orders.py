"""Queries of supervision orders: the cases they were made for, and the 批示 on them with their release."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models import inserts
from models.cases import Case, Instruction, IssuedPaper, OrderCase, SupervisionOrder
from models.columns import rows_changed
from models.db import Session


async def made_for(session: Session, order_id: int) -> Sequence[tuple[Case, datetime]]:
    """The cases for which an order was made, with their limits then, whatever unit has them now."""
    query = select(Case, OrderCase.limit_at).join(OrderCase, col(OrderCase.case_id) == col(Case.id))
    query = query.where(OrderCase.order_id == order_id).order_by(col(Case.id))
    return [(case, limit_at) for case, limit_at in await session.exec(query)]


async def keep_paper(session: Session, order_id: int, content: dict[str, Any], *, now: datetime) -> None:
    """Keep what the order's paper says; a paper that is kept already stays as it is."""
    row = {"order_id": order_id, "content": content, "made_at": now}
    await inserts.insert_once(session, IssuedPaper, [row])


async def paper_of(session: Session, order_id: int) -> IssuedPaper | None:
    return await session.get(IssuedPaper, order_id, populate_existing=True)


async def instructions_of(session: Session, case_id: int) -> Sequence[tuple[Instruction, SupervisionOrder]]:
    """The instructions on the orders that were made for a case, the first first."""
    query = (
        select(Instruction, SupervisionOrder)
        .join(SupervisionOrder, col(SupervisionOrder.id) == col(Instruction.order_id))
        .join(OrderCase, col(OrderCase.order_id) == col(SupervisionOrder.id))
        .where(OrderCase.case_id == case_id)
        .order_by(col(Instruction.id))
    )
    return (await session.exec(query)).all()


async def unreleased(session: Session, order_ids: Collection[int]) -> Sequence[Instruction]:
    """The instructions that the office still has to pass on to the unit, the first first."""
    query = select(Instruction).where(
        col(Instruction.order_id).in_(order_ids), col(Instruction.released_at).is_(None)
    )
    return (await session.exec(query.order_by(col(Instruction.id)))).all()


async def instruction_by_id(session: Session, instruction_id: int) -> Instruction | None:
    """The instruction as it stands, read anew."""
    return await session.get(Instruction, instruction_id, populate_existing=True)


async def release_instruction(
    session: Session, instruction_id: int, excerpt: str, *, by: int, now: datetime
) -> bool:
    """Note, once, what the unit is told; False if somebody was first."""
    released = await session.execute(
        sa.update(Instruction)
        .where(col(Instruction.id) == instruction_id, col(Instruction.released_at).is_(None))
        .values(excerpt=excerpt, released_at=now, released_by=by)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(released) == 1
