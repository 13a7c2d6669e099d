"""Absences with their deputies, and tasks that one person offers to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type, rows_changed
from models.db import Session
from models.partial_indexes import partial_index


class Absence(SQLModel, table=True):
    """Leave from ``first`` to ``last``, both included; ``deputy_id`` stands in.

    ``ended_at``: when it was taken back, or the person came back.
    """

    __tablename__ = "absence"
    __table_args__ = (
        sa.CheckConstraint("first <= last", name="in_order"),
        sa.CheckConstraint("contact_id <> deputy_id", name="another_deputy"),
        sa.Index("ix_absence_last", "last"),
    )

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    deputy_id: int = Field(foreign_key="contact.id", index=True)
    first: date
    last: date
    made_by: int = Field(foreign_key="contact.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OfferState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class TransferOffer(SQLModel, table=True):
    """转办: a task that ``from_id`` wants ``to_id`` to take over. It stays where it is until they accept.

    ``responsible_id``: the person who answered for it at the time of the offer, as ``from_id`` may be their
    deputy.
    """

    __tablename__ = "transfer_offer"
    __table_args__ = (
        # One task is offered to one person at a time.
        partial_index("ix_transfer_offer_pending", "task_id", unique=True, where="state = 'pending'"),
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id")
    from_id: int = Field(foreign_key="contact.id")
    to_id: int = Field(foreign_key="contact.id")
    responsible_id: int | None = Field(default=None, foreign_key="contact.id")
    reason: str | None = Field(default=None, sa_type=sa.Text)
    state: OfferState = Field(default=OfferState.PENDING, sa_type=enum_type(OfferState, "offer_state"))
    made_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_AWAY_ON: Final = (
    select(Absence)
    .where(
        col(Absence.last) >= sa.bindparam("day"),
        col(Absence.first) <= sa.bindparam("day"),
        col(Absence.ended_at).is_(None),
    )
    .order_by(col(Absence.id))
)


async def away_on(session: Session, day: date) -> Sequence[Absence]:
    """The absences on that local day, in the order in which they were entered."""
    return (await session.exec(_AWAY_ON, params={"day": day})).all()


async def absences_of(session: Session, contact_ids: Collection[int], day: date) -> Sequence[Absence]:
    """The absences of these contacts on that day or later, the soonest first."""
    query = select(Absence).where(
        col(Absence.contact_id).in_(contact_ids), col(Absence.last) >= day, col(Absence.ended_at).is_(None)
    )
    return (await session.exec(query.order_by(col(Absence.first), col(Absence.id)))).all()


async def duties_of_deputy(session: Session, deputy_id: int, day: date) -> Sequence[Absence]:
    """The absences in which a deputy stands in on that day or later, the soonest first."""
    query = select(Absence).where(
        Absence.deputy_id == deputy_id, col(Absence.last) >= day, col(Absence.ended_at).is_(None)
    )
    return (await session.exec(query.order_by(col(Absence.first), col(Absence.id)))).all()


async def overlapping(session: Session, contact_id: int, first: date, last: date) -> Sequence[Absence]:
    """The absences of one person that share a day with ``first`` to ``last``."""
    query = select(Absence).where(
        Absence.contact_id == contact_id,
        col(Absence.ended_at).is_(None),
        col(Absence.first) <= last,
        col(Absence.last) >= first,
    )
    return (await session.exec(query.order_by(col(Absence.first), col(Absence.id)))).all()


async def end(session: Session, absence_id: int, now: datetime) -> bool:
    """End an absence, once; False if it had ended already."""
    ended = await session.execute(
        sa.update(Absence)
        .where(col(Absence.id) == absence_id, col(Absence.ended_at).is_(None))
        .values(ended_at=now)
    )
    return rows_changed(ended) == 1


async def pending_offer(session: Session, task_id: int) -> TransferOffer | None:
    query = select(TransferOffer).where(
        TransferOffer.task_id == task_id, TransferOffer.state == OfferState.PENDING
    )
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def offers_with(session: Session, contact_id: int) -> Sequence[TransferOffer]:
    """The pending offers that a contact makes or gets, or that are about a task of theirs."""
    query = select(TransferOffer).where(
        TransferOffer.state == OfferState.PENDING,
        sa.or_(
            col(TransferOffer.from_id) == contact_id,
            col(TransferOffer.to_id) == contact_id,
            col(TransferOffer.responsible_id) == contact_id,
        ),
    )
    return (await session.exec(query.order_by(col(TransferOffer.id)))).all()


async def decide_offer(session: Session, offer_id: int, state: OfferState, now: datetime) -> bool:
    """Move an offer out of ``pending``, once; False if somebody was first."""
    decided = await session.execute(
        sa.update(TransferOffer)
        .where(col(TransferOffer.id) == offer_id, col(TransferOffer.state) == OfferState.PENDING)
        .values(state=state, decided_at=now)
    )
    return rows_changed(decided) == 1


async def withdraw_offers(session: Session, task_id: int, now: datetime) -> None:
    """Withdraw a task's offers, because it is over or has gone to other people."""
    await session.execute(
        sa.update(TransferOffer)
        .where(col(TransferOffer.task_id) == task_id, col(TransferOffer.state) == OfferState.PENDING)
        .values(state=OfferState.WITHDRAWN, decided_at=now)
    )
