"""Who may read and who may write entries of the activity log.

The office writes for every unit, a 联络员 for their own. Everybody reads those of the units in their view.
"""

from __future__ import annotations

from models import activities
from models.activities import Activity
from services.access import Actor
from services.errors import DomainError
from services.turn import Turn


def writes(actor: Actor) -> bool:
    """Whether they may write entries at all."""
    return actor.is_office or bool(actor.answered_units)


def may_write_for(actor: Actor, unit_id: int) -> bool:
    return actor.is_office or unit_id in actor.answered_units


def require_writer(actor: Actor) -> None:
    """Raise ``DomainError`` for everybody who may only read."""
    if not writes(actor):
        raise DomainError("activities.read_only")


def may_see(actor: Actor, activity: Activity) -> bool:
    return actor.scope is None or activity.unit_id in actor.scope


async def visible(turn: Turn, activity_id: int) -> Activity:
    """The entry; ``DomainError`` with the same words if it is another unit's or does not exist."""
    found = await activities.activity_by_id(turn.session, activity_id)
    if found is None or not may_see(turn.actor, found):
        raise DomainError("activities.not_found")
    return found


async def writable(turn: Turn, activity_id: int) -> Activity:
    """The entry, locked, if they may change it; else ``DomainError``."""
    await visible(turn, activity_id)
    found = await activities.activity_by_id(turn.session, activity_id, lock=True)
    if found is None or not may_write_for(turn.actor, found.unit_id):
        raise DomainError("activities.read_only")
    return found
