"""Other names of units, as people write them in sheets (区住建局 for 住建局)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
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
    """The alias as it is stored now, locked: whoever moves it and whoever forgets it wait for each other."""
    query = select(UnitAlias).where(UnitAlias.name == name).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def of_unit(session: Session, unit_id: int) -> Sequence[UnitAlias]:
    """The unit's other names, also of a unit that is out of use, the oldest first."""
    query = select(UnitAlias).where(UnitAlias.unit_id == unit_id)
    return (await session.exec(query.order_by(col(UnitAlias.made_at), col(UnitAlias.id)))).all()


async def of_unit_named(session: Session, unit_id: int, name: str) -> UnitAlias | None:
    query = select(UnitAlias).where(UnitAlias.unit_id == unit_id, UnitAlias.name == name)
    return (await session.exec(query)).first()


async def units_by_alias(session: Session) -> Sequence[tuple[str, Unit]]:
    """All aliases of units in use, each with its unit, by the units' order."""
    query = select(UnitAlias.name, Unit).join(Unit, col(Unit.id) == col(UnitAlias.unit_id))
    query = query.where(col(Unit.retired_at).is_(None)).order_by(col(Unit.id), col(UnitAlias.id))
    return (await session.exec(query)).all()


async def forget(session: Session, unit_id: int, name: str) -> bool:
    """Delete the alias, guarded; False: it is gone already, or means another unit by now."""
    delete = sa.delete(UnitAlias).where(col(UnitAlias.unit_id) == unit_id, col(UnitAlias.name) == name)
    return (await session.execute(delete.returning(col(UnitAlias.id)))).first() is not None
