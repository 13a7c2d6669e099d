"""不再认定: the office forgets another name of a unit, so that the next import asks about it again."""

from __future__ import annotations

from locales import Text
from models.db import ident
from models.people import Unit, aliases
from reports.formats import moment_text
from services import audit
from services.access import require_office
from services.people import other_names, unit_card
from services.turn import Turn
from services.views import TurnOutcome, View, button


async def page(turn: Turn, unit_id: int, *, offset: int = 0) -> View:
    """All other names of the unit, page by page."""
    unit = await _unit(turn, unit_id)
    return other_names.page(turn.actor, unit, await aliases.of_unit(turn.session, unit_id), offset)


async def ask(turn: Turn, unit_id: int, name: str) -> TurnOutcome:
    """Ask before the name is forgotten, and say who has said so; or that it is gone."""
    unit = await _unit(turn, unit_id)
    alias = await aliases.of_unit_named(turn.session, unit_id, name)
    if alias is None:
        return await _gone(turn, unit, name)
    by = await audit.name_of(turn.session, alias.made_by)
    at = moment_text(alias.made_at, turn.campaign.zone)
    line = Text("units.ask_forget", name=other_names.shown(name), unit=unit.name, at=at, by=by)
    confirm = button("units.confirm_forget_button", "unit.forget", turn.actor.id, unit_id=unit_id, name=name)
    return TurnOutcome(View([line], [[confirm, other_names.back_button(turn.actor, unit)]]))


async def forget(turn: Turn, unit_id: int, name: str) -> TurnOutcome:
    """Forget the name if it still means this unit; shows the unit's card as it is now."""
    unit = await _unit(turn, unit_id)
    if not await aliases.forget(turn.session, unit_id, name):
        return await _gone(turn, unit, name)
    audit.note(turn, "forget_alias", ("unit", unit_id), before={"unit_id": unit_id, "name": name})
    await turn.session.flush()
    said = Text("units.name_forgotten", name=other_names.shown(name), unit=unit.name)
    return TurnOutcome(await unit_card.card(turn, unit_id), said)


async def _gone(turn: Turn, unit: Unit, name: str) -> TurnOutcome:
    said = Text("units.name_gone", name=other_names.shown(name), unit=unit.name)
    return TurnOutcome(await unit_card.card(turn, ident(unit)), said, done=False)


async def _unit(turn: Turn, unit_id: int) -> Unit:
    require_office(turn.actor)
    return await unit_card.seen_unit(turn.session, turn.actor, unit_id)
