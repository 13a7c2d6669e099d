"""Categories of cases, and known places. Both are imported data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import Amount, UtcDateTime, enum_type
from models.db import Session
from rules.people.roles import Tier
from rules.working_time import TimeUnit

RADIUS_M = 250
"""Within so many metres an open case of the same category is probably the same problem."""


class Category(SQLModel, table=True):
    """A kind of problem: who mends it, within what time, and what counts as mended.

    Either ``unit_id`` or ``tier`` says who: a fixed unit, or the unit of that tier where the place is.
    ``active``: False once an import leaves the category out; its cases keep it. ``radius_m``: see
    ``RADIUS_M``.
    """

    __tablename__ = "category"
    __table_args__ = (
        sa.UniqueConstraint("area", "name"),
        sa.CheckConstraint("(unit_id IS NULL) <> (tier IS NULL)", name="unit_or_tier"),
        sa.CheckConstraint("limit_amount > 0", name="limit_positive"),
    )

    id: int | None = Field(default=None, primary_key=True)
    area: str = Field(max_length=40)
    name: str = Field(max_length=60)
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    tier: Tier | None = Field(default=None, sa_type=enum_type(Tier, "category_tier"))
    limit_amount: Decimal = Field(sa_type=Amount)
    limit_unit: TimeUnit = Field(sa_type=enum_type(TimeUnit, "category_limit_unit"))
    standard: str = Field(sa_type=sa.Text)
    indicator: str | None = Field(default=None, max_length=200)
    radius_m: int = RADIUS_M
    active: bool = True
    position: int = 0
    updated_at: datetime = Field(sa_type=UtcDateTime)


class InspectionPoint(SQLModel, table=True):
    """点位: a known place. ``unit_id``: the unit whose place it is (a street, a park or a village)."""

    __tablename__ = "inspection_point"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    unit_id: int = Field(foreign_key="unit.id")
    address: str | None = Field(default=None, max_length=255)
    latitude: float | None = None
    longitude: float | None = None
    active: bool = True
    updated_at: datetime = Field(sa_type=UtcDateTime)


async def active_categories(session: Session) -> Sequence[Category]:
    """The active categories in the order of the sheet."""
    query = select(Category).where(col(Category.active).is_(True))
    return (await session.exec(query.order_by(col(Category.position), col(Category.id)))).all()


async def all_categories(session: Session) -> Sequence[Category]:
    return (await session.exec(select(Category).order_by(col(Category.id)))).all()


async def all_points(session: Session) -> Sequence[InspectionPoint]:
    return (await session.exec(select(InspectionPoint).order_by(col(InspectionPoint.id)))).all()


async def points_named(session: Session, words: Collection[str], limit: int) -> Sequence[InspectionPoint]:
    """Known places whose name or address holds all ``words``."""
    told = sa.func.coalesce(col(InspectionPoint.address), "")
    named = [
        sa.or_(
            col(InspectionPoint.name).icontains(word, autoescape=True), told.icontains(word, autoescape=True)
        )
        for word in words
    ]
    query = select(InspectionPoint).where(col(InspectionPoint.active).is_(True), *named)
    return (await session.exec(query.order_by(col(InspectionPoint.name)).limit(limit))).all()


async def points_within(
    session: Session, latitudes: tuple[float, float], longitudes: tuple[float, float]
) -> Sequence[InspectionPoint]:
    """Known places in a box of degrees."""
    query = select(InspectionPoint).where(
        col(InspectionPoint.active).is_(True),
        col(InspectionPoint.latitude).between(*latitudes),
        col(InspectionPoint.longitude).between(*longitudes),
    )
    return (await session.exec(query)).all()
