"""Days of which the office knows better than the published calendar whether they are worked."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session


class WorkingDayOverride(SQLModel, table=True):
    """One day; it wins over the calendar package and over the guess past its last year."""

    __tablename__ = "working_day_override"

    day: date = Field(primary_key=True, sa_type=sa.Date)
    working: bool
    note: str | None = Field(default=None, max_length=100)
    updated_at: datetime = Field(sa_type=UtcDateTime)


async def overrides(session: Session) -> dict[date, bool]:
    """All the days, each with whether it is worked."""
    query = sa.select(col(WorkingDayOverride.day), col(WorkingDayOverride.working))
    return {row["day"]: row["working"] for row in (await session.execute(query)).mappings()}


async def override_rows(session: Session) -> dict[date, WorkingDayOverride]:
    """All the days, as rows."""
    return {row.day: row for row in await session.exec(select(WorkingDayOverride))}
