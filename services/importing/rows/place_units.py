"""The owner of a category or a place: the one unit that a cell names, or the unit of a tier at each place."""

from __future__ import annotations

from dataclasses import dataclass

from locales import Text
from rules.people.roles import Tier
from rules.people.typed_names import PLACES, split_units, units_of_place
from services.importing.rows.task_units import Roster, unknown_unit

_STREETS_AND_PARKS = frozenset({Tier.STREET, Tier.PARK})


@dataclass(frozen=True, slots=True)
class AnsweringUnit:
    """``unit`` (its name in the roster) or ``tier``, or else ``reason``."""

    unit: str | None = None
    tier: Tier | None = None
    reason: Text | None = None
    warning: Text | None = None


def answering(cell: str, roster: Roster) -> AnsweringUnit:
    """The one owner that a cell names: 城管局, or 属地街道. 属地街道(园区) counts as the street."""
    names = split_units(cell, lambda name: roster.unit(name) is not None)
    known = roster.unit(names[0]) if len(names) == 1 else None
    if known is not None:
        return AnsweringUnit(unit=known)
    found = [units_of_place(name) for name in names]
    if not all(found):
        if len(names) > 1:
            return AnsweringUnit(reason=Text("importing.reason.several_units", names=names))
        return AnsweringUnit(reason=unknown_unit(names[0] if names else cell, roster))
    tiers = frozenset[Tier]().union(*found)
    if len(tiers) == 1:
        return AnsweringUnit(tier=next(iter(tiers)))
    if tiers == _STREETS_AND_PARKS:
        return AnsweringUnit(tier=Tier.STREET, warning=Text("importing.warning.street_for_park"))
    return AnsweringUnit(reason=Text("importing.reason.several_units", names=names))


def holder(cell: str, roster: Roster) -> AnsweringUnit:
    """The unit to which a place belongs: a street, a park or a village."""
    found = roster.unit(cell)
    if found is None:
        return AnsweringUnit(reason=unknown_unit(cell, roster))
    if roster.units[found] not in PLACES:
        return AnsweringUnit(reason=Text("importing.reason.no_place_of_its_own", unit=found))
    return AnsweringUnit(unit=found)
