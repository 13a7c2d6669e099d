"""The office's own days: here it knows better than the published calendar which days are working days."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session
from models.nags.policies import Inspection, LadderPolicy


class WorkingDayOverride(SQLModel, table=True):
    """A day that the office has entered. It wins over the calendar package and over any guess."""

    __tablename__ = "working_day_override"

    day: date = Field(primary_key=True, sa_type=sa.Date)
    working: bool
    note: str | None = Field(default=None, max_length=100)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class InspectionPeriod(NamedTuple):
    """A period of 迎检, with the moments at which it was announced and, perhaps, called off."""

    first: date
    last: date
    made_at: datetime
    ended_at: datetime | None


class OfficeRules(NamedTuple):
    """What the office has entered.

    ``days``: its own days, and whether each is a working day. ``inspections``: the periods of 迎检, in order.
    ``policy``: the version of its policy of the ladder, 0 if it has none.
    """

    days: dict[date, bool]
    inspections: tuple[InspectionPeriod, ...]
    policy: int


@cache
def _all_rows() -> sa.CompoundSelect[Any]:
    """The query of ``known``, made once: building it takes longer than the database needs."""
    day, since = col(WorkingDayOverride.day), col(Inspection.first)
    nothing = sa.null()
    never = sa.cast(nothing, UtcDateTime)
    return sa.union_all(
        sa.select(
            day.label("first"),
            sa.cast(nothing, sa.Date).label("last"),
            sa.cast(col(WorkingDayOverride.working), sa.Integer).label("number"),
            never.label("made_at"),
            never.label("ended_at"),
        ),
        sa.select(
            since,
            col(Inspection.last),
            sa.cast(nothing, sa.Integer),
            col(Inspection.made_at),
            col(Inspection.ended_at),
        ),
        sa.select(
            sa.cast(nothing, sa.Date),
            sa.cast(nothing, sa.Date),
            sa.func.max(col(LadderPolicy.version)),
            never,
            never,
        ),
    )


async def known(session: Session) -> OfficeRules:
    """All that the office has entered, by one query: every transaction asks for it."""
    days: dict[date, bool] = {}
    periods: list[InspectionPeriod] = []
    policy = 0
    for row in (await session.execute(_all_rows())).mappings():
        first, last, number = row["first"], row["last"], row["number"]
        if first is None:
            policy = number or 0
        elif last is None:
            days[first] = bool(number)
        else:
            periods.append(InspectionPeriod(first, last, row["made_at"], row["ended_at"]))
    periods.sort(key=lambda said: (said.first, said.made_at))
    return OfficeRules(days, tuple(periods), policy)


async def override_rows(session: Session) -> dict[date, WorkingDayOverride]:
    """The rows of all days that the office has entered, by day."""
    return {row.day: row for row in await session.exec(select(WorkingDayOverride))}
