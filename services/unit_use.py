"""Whether units are in use: asked by all that give a unit something new."""

from __future__ import annotations

from collections.abc import Collection

from models import people
from models.db import Session
from models.people import retirement
from services.errors import DomainError


async def require_in_use(session: Session, unit_ids: Collection[int | None]) -> None:
    """Keep these units in use until the transaction ends; ``DomainError`` names those that are retired."""
    wanted = {unit_id for unit_id in unit_ids if unit_id is not None}
    if not wanted:
        return
    gone = wanted - await retirement.in_use(session, wanted)
    if gone and (names := await people.unit_names(session, gone)):
        raise DomainError("units.not_in_use", units=sorted(names.values()))
