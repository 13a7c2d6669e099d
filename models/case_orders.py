"""What stands on supervision orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from models.cases import Case, OrderCase
from models.db import Session


async def made_for(session: Session, order_id: int) -> Sequence[tuple[Case, datetime]]:
    """The cases that an order was made for, whosever they are by now, with the limits that they had then."""
    query = select(Case, OrderCase.limit_at).join(OrderCase, col(OrderCase.case_id) == col(Case.id))
    query = query.where(OrderCase.order_id == order_id).order_by(col(Case.id))
    return [(case, limit_at) for case, limit_at in await session.exec(query)]
