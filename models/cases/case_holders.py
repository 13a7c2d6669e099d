"""The open cases that wait for one person, those that units hold, and a unit's open orders."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import IS_OPEN, Case, SupervisionOrder
from models.db import Session
from rules.cases.case_lifecycle import CaseState


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


async def held_by_units(session: Session, unit_ids: Collection[int]) -> list[tuple[int, int | None]]:
    """The open cases of these units, each as (id of the unit, id of who answers for it there)."""
    query = sa.select(col(Case.unit_id), col(Case.responsible_id)).where(
        IS_OPEN, col(Case.unit_id).in_(unit_ids)
    )
    rows = (await session.execute(query)).mappings()
    return [(row["unit_id"], row["responsible_id"]) for row in rows]
