"""又称: a unit's other names on its card for the office, and the page of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models.db import ident
from models.people import Unit, aliases
from models.people.aliases import UnitAlias
from reports.formats import short
from services.access import Actor
from services.turn import Turn
from services.views import ButtonSpec, CardPart, View, button, paging

ON_CARD: Final = 6
PAGE: Final = 10


async def card_part(turn: Turn, unit: Unit) -> CardPart:
    """The first names with a button to forget each, and the way to the others; nothing for other readers."""
    if not turn.actor.is_office:
        return CardPart()
    found = await aliases.of_unit(turn.session, ident(unit))
    if not found:
        return CardPart()
    names = [shown(alias.name) for alias in found[:ON_CARD]]
    rows = [[_forget_button(turn.actor, alias)] for alias in found[:ON_CARD]]
    if len(found) <= ON_CARD:
        return CardPart([Text("units.also", names=names)], rows)
    label = Text("units.more_names_button", count=len(found) - ON_CARD)
    rows.append([button(label, "unit.names", turn.actor.id, unit_id=unit.id)])
    return CardPart([Text("units.also_more", names=names, count=len(found))], rows)


def page(actor: Actor, unit: Unit, found: Sequence[UnitAlias], offset: int) -> View:
    """A page of all other names of the unit, with a button to forget each, and the way back to its card."""
    offset = offset if offset < len(found) else 0  # the last page has gone with its names
    part = found[offset : offset + PAGE]
    lines = [Text("units.names_title", unit=unit.name, count=len(found))]
    lines += [
        Text("units.name_line", number=number, name=shown(alias.name))
        for number, alias in enumerate(part, offset + 1)
    ]
    rows = [[_forget_button(actor, alias)] for alias in part]
    rows += paging("unit.names", actor.id, offset, len(found), page=PAGE, unit_id=unit.id)
    return View(lines, [*rows, [back_button(actor, unit)]])


def back_button(actor: Actor, unit: Unit) -> ButtonSpec:
    return button("units.keep_button", "unit.show", actor.id, unit_id=unit.id)


def shown(name: str) -> str:
    return short(name, 40)


def _forget_button(actor: Actor, alias: UnitAlias) -> ButtonSpec:
    # The name and not the row's id, which a later name may get.
    label = Text("units.forget_button", name=short(alias.name, 30))
    return button(label, "unit.ask_forget", actor.id, unit_id=alias.unit_id, name=alias.name)
