"""The open cases that wait for one person, and the open orders of units."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import IS_OPEN, Case, SupervisionOrder
from models.db import Session
from rules.cases.case_lifecycle import CaseState


class UnitOrder(NamedTuple):
    """An order that a unit has, and who answers there for a case of it."""

    unit_id: int
    order_id: int
    responsible_id: int | None


async def answered_by(session: Session, contact_id: int) -> Sequence[Case]:
    """The open cases for which the contact answers, the soonest limit first."""
    query = select(Case).where(IS_OPEN, col(Case.responsible_id) == contact_id)
    return (await session.exec(query.order_by(col(Case.limit_at).nulls_last(), col(Case.id)))).all()


async def verified_by(session: Session, contact_id: int) -> Sequence[Case]:
    """The cases that wait for the contact's verification."""
    waits = col(Case.state) == CaseState.VERIFYING
    query = select(Case).where(IS_OPEN, waits, col(Case.verifier_id) == contact_id)
    return (await session.exec(query.order_by(col(Case.id)))).all()


async def open_orders_of(session: Session, unit_id: int) -> Sequence[SupervisionOrder]:
    """The unit's orders that still have an open case."""
    still = sa.exists().where(col(Case.order_id) == col(SupervisionOrder.id), IS_OPEN)
    query = select(SupervisionOrder).where(SupervisionOrder.unit_id == unit_id, still)
    return (await session.exec(query.order_by(col(SupervisionOrder.id)))).all()


async def orders_of_units(session: Session, unit_ids: Collection[int]) -> list[UnitOrder]:
    """The orders of these units that still have an open case, each with who answers for that case."""
    columns = (col(Case.unit_id), col(Case.order_id), col(Case.responsible_id))
    held = (IS_OPEN, col(Case.unit_id).in_(unit_ids), col(Case.order_id).is_not(None))
    rows = (await session.execute(sa.select(*columns).where(*held).distinct())).mappings()
    return [UnitOrder(**row) for row in rows]
