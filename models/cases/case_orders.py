"""Supervision orders: the orders of a case, the cases of an order, and the 批示 with their release."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import Case, Instruction, OrderCase, SupervisionOrder
from models.columns import rows_changed
from models.db import Session
from rules.cases.order_facts import OrderFacts


async def add_order(session: Session, case: Case, order: OrderFacts) -> None:
    """Add an order of a case, with the paper, the limit and the moment to sign by that the case has now."""
    paper = {"order_id": case.order_id, "first_limit_at": order.limit_at, "sign_by": case.sign_by}
    await session.execute(sa.insert(OrderCase).values(case_id=case.id, **paper, **_values(order)))


async def move_order(session: Session, case: Case, order: OrderFacts) -> None:
    """Move an order of a case on. Nobody else does so meanwhile: ``cases.write_facts`` came first."""
    moved = await session.execute(
        sa.update(OrderCase)
        .where(col(OrderCase.case_id) == case.id, col(OrderCase.number) == order.number)
        .values(_values(order))
        .execution_options(synchronize_session=False)
    )
    if rows_changed(moved) != 1:
        raise LookupError(f"case {case.number} has no order {order.number}")


def _values(order: OrderFacts) -> dict[str, Any]:
    return {name: getattr(order, name) for name in OrderFacts.__dataclass_fields__}


async def orders_of_case(session: Session, case_id: int) -> Sequence[OrderCase]:
    """All orders that were made for a case, the first first, as they stand."""
    query = select(OrderCase).where(OrderCase.case_id == case_id).order_by(col(OrderCase.number))
    return (await session.exec(query.execution_options(populate_existing=True))).all()


async def all_orders_of_cases(session: Session) -> Sequence[OrderCase]:
    query = select(OrderCase).order_by(col(OrderCase.case_id), col(OrderCase.number))
    return (await session.exec(query)).all()


async def made_for(session: Session, order_id: int) -> Sequence[tuple[Case, datetime]]:
    """The cases for which an order was made, with their limits then, whatever unit has them now."""
    query = select(Case, OrderCase.first_limit_at).join(OrderCase, col(OrderCase.case_id) == col(Case.id))
    query = query.where(OrderCase.order_id == order_id).order_by(col(Case.id))
    return [(case, limit_at) for case, limit_at in await session.exec(query)]


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
