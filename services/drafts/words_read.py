"""The numbers of a person's words, read with the names of their units: these say who, and not what."""

from __future__ import annotations

from models.db import Session
from models.people import line_names
from rules.progress.quantities import Quantity, may_begin_with_unit, read_quantities
from services.access import Actor


async def quantities(session: Session, actor: Actor, text: str) -> list[Quantity]:
    """The numbers of what the actor has written, in their order."""
    found = read_quantities(text)
    if not any(quantity.item for quantity in found) or not may_begin_with_unit(text):
        return found
    units = {actor.contact.unit_id, *actor.reporting_units, *actor.answered_units}
    return read_quantities(text, await line_names.of_line(session, units))
