"""Other names of units, as people write them in sheets (区住建局 for 住建局)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session
from models.people import Unit


class UnitAlias(SQLModel, table=True):
    """A name (normalised) that the office has said means a unit. ``made_by`` None: at the command line."""

    __tablename__ = "unit_alias"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    made_by: int | None = Field(default=None, foreign_key="contact.id")
    made_at: datetime = Field(sa_type=UtcDateTime)


async def names(session: Session) -> dict[str, str]:
    """All aliases of units in use, each with its unit's own name."""
    query = select(UnitAlias.name, Unit.name).join(Unit, col(Unit.id) == col(UnitAlias.unit_id))
    return dict((await session.exec(query.where(col(Unit.retired_at).is_(None)))).all())


async def of_name(session: Session, name: str) -> UnitAlias | None:
    return (await session.exec(select(UnitAlias).where(UnitAlias.name == name))).first()
