"""停用单位 and 恢复单位 by the office, from the unit's card."""

from __future__ import annotations

from collections.abc import Mapping

from locales import Text
from models import unit_holds
from models.db import Session
from models.people import Unit, retirement
from models.unit_holds import UnitHold
from services import audit
from services.access import Actor, require_office
from services.errors import DomainError
from services.people import unit_card
from services.turn import Turn
from services.unit_use import require_in_use
from services.views import View, button


async def ask(turn: Turn, unit_id: int) -> View:
    """Ask before the unit is retired; ``DomainError`` if it cannot be."""
    unit = await _free(turn, unit_id)
    confirm = button("units.confirm_retire_button", "unit.retire", turn.actor.id, unit_id=unit_id)
    back = button("units.keep_button", "unit.show", turn.actor.id, unit_id=unit_id)
    return View([Text("units.ask_retire", unit=unit.name)], [[confirm, back]])


async def retire(turn: Turn, unit_id: int) -> View:
    """Retire the unit if nothing hangs on it now, whatever its card showed; returns its card."""
    unit = await _free(turn, unit_id)
    unit.retired_at = turn.now
    audit.note(turn, "retire", ("unit", unit_id), before={"retired": False}, after={"retired": True})
    await turn.session.flush()
    return await unit_card.card(turn, unit_id)


async def revive(turn: Turn, unit_id: int) -> View:
    """Bring the unit back to its place; ``DomainError`` if the unit above it is out of use."""
    unit = await _locked(turn.session, turn.actor, unit_id)
    if unit.retired_at is None:
        raise DomainError("units.already_in_use", unit=unit.name)
    await require_in_use(turn.session, [unit.parent_id])
    unit.retired_at = None
    audit.note(turn, "revive", ("unit", unit_id), before={"retired": True}, after={"retired": False})
    await turn.session.flush()
    return await unit_card.card(turn, unit_id)


async def _free(turn: Turn, unit_id: int) -> Unit:
    """The unit, locked, with nothing that keeps it in use; else ``DomainError`` says in one sentence why."""
    unit = await _locked(turn.session, turn.actor, unit_id)
    if unit.retired_at is not None:
        said = await unit_card.retired_values(turn, unit)
        raise DomainError("units.already_retired", unit=unit.name, **said)
    holds = await unit_holds.holds_on(turn.session, unit_id, turn.now)
    if holds:
        raise DomainError("units.held", unit=unit.name, holds=_named(holds))
    return unit


def _named(holds: Mapping[UnitHold, int]) -> list[Text]:
    return [Text(f"units.hold.{hold.value}", count=count) for hold, count in holds.items()]


async def _locked(session: Session, actor: Actor, unit_id: int) -> Unit:
    require_office(actor)
    unit = await retirement.locked(session, unit_id)
    if unit is None:
        raise DomainError("units.not_yours")
    return unit
