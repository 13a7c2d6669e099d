"""The office's policies of the ladder, and the periods of 迎检."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type
from models.db import Session
from rules.nags.ladder import Period
from rules.nags.policy import DEFAULT, Policy, ReleaseMode, Rung


class LadderPolicy(SQLModel, table=True):
    """One version of the policy. The highest is in force; earlier ones stay to explain earlier nags."""

    __tablename__ = "ladder_policy"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    rungs: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    budget: int
    release: ReleaseMode = Field(sa_type=enum_type(ReleaseMode, "policy_release"))
    made_by: int | None = Field(default=None, foreign_key="contact.id")
    made_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def policy(self) -> Policy:
        return Policy(tuple(map(Rung.from_json, self.rungs)), self.version, self.budget, self.release)


class Inspection(SQLModel, table=True):
    """迎检 from ``first`` to ``last``, both included. ``ended_at``: when it was called off."""

    __tablename__ = "inspection"
    __table_args__ = (sa.CheckConstraint("first <= last", name="in_order"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    first: date
    last: date
    made_by: int = Field(foreign_key="contact.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def period(self) -> Period:
        return self.first, self.last


async def current(session: Session) -> Policy:
    """The policy in force."""
    row = await newest(session)
    return DEFAULT if row is None else row.policy


async def inspections(session: Session) -> Sequence[Inspection]:
    """All periods of 迎检 that were not called off, the earliest first."""
    query = select(Inspection).where(col(Inspection.ended_at).is_(None))
    return (await session.exec(query.order_by(col(Inspection.first), col(Inspection.id)))).all()


async def newest(session: Session) -> LadderPolicy | None:
    """The version in force; None if the office has no policy of its own."""
    query = select(LadderPolicy).order_by(col(LadderPolicy.version).desc()).limit(1)
    return (await session.exec(query)).first()


async def inspection_by_id(session: Session, inspection_id: int) -> Inspection | None:
    """A period of 迎检, read anew and locked until the transaction ends."""
    return await session.get(Inspection, inspection_id, populate_existing=True, with_for_update=True)
