"""Orders: those that were made for a case, how each stands, and the cases that an order was made for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models import inserts
from models.cases import Case, IssuedPaper, OrderCase, SupervisionOrder
from models.cases.counted import FigureSpan
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


def _issued(span: FigureSpan, unit_ids: Collection[int] | None) -> list[sa.ColumnElement[bool]]:
    found = [col(SupervisionOrder.issued_at) < span.until]
    if span.since is not None:
        found.append(col(SupervisionOrder.issued_at) >= span.since)
    if unit_ids is not None:
        found.append(col(SupervisionOrder.unit_id).in_(unit_ids))
    return found


async def issued_count(session: Session, span: FigureSpan, unit_ids: Collection[int] | None) -> int:
    """How many orders were issued in a period to these units."""
    query = sa.select(sa.func.count()).select_from(SupervisionOrder).where(*_issued(span, unit_ids))
    return int((await session.execute(query)).scalar_one())


async def issued_in(
    session: Session, span: FigureSpan, unit_ids: Collection[int] | None, limit: int
) -> Sequence[SupervisionOrder]:
    """The orders that were issued in a period to these units, the last first."""
    query = select(SupervisionOrder).where(*_issued(span, unit_ids))
    return (await session.exec(query.order_by(col(SupervisionOrder.id).desc()).limit(limit))).all()


async def made_for(session: Session, order_id: int) -> Sequence[tuple[Case, datetime]]:
    """The cases for which an order was made, with their limits then, whatever unit has them now."""
    query = select(Case, OrderCase.first_limit_at).join(OrderCase, col(OrderCase.case_id) == col(Case.id))
    query = query.where(OrderCase.order_id == order_id).order_by(col(Case.id))
    return [(case, limit_at) for case, limit_at in await session.exec(query)]


async def keep_paper(session: Session, order_id: int, content: dict[str, Any], *, now: datetime) -> None:
    """Keep what the order's paper says; a paper that is kept already stays as it is."""
    row = {"order_id": order_id, "content": content, "made_at": now}
    await inserts.insert_once(session, IssuedPaper, [row])


async def paper_of(session: Session, order_id: int) -> IssuedPaper | None:
    return await session.get(IssuedPaper, order_id, populate_existing=True)
