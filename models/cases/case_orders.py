"""Queries of supervision orders: the cases that they were made for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from models.cases import Case, OrderCase
from models.db import Session


async def made_for(session: Session, order_id: int) -> Sequence[tuple[Case, datetime]]:
    """The cases for which an order was made, with their limits then, whatever unit has them now."""
    query = select(Case, OrderCase.limit_at).join(OrderCase, col(OrderCase.case_id) == col(Case.id))
    query = query.where(OrderCase.order_id == order_id).order_by(col(Case.id))
    return [(case, limit_at) for case, limit_at in await session.exec(query)]
