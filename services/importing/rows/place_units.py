"""The owner of a category or a place: the one unit that a cell names, or the unit of a tier at each place."""

from __future__ import annotations

from dataclasses import dataclass

from locales import Text
from rules.people.roles import Tier
from rules.people.typed_names import PLACES, normalise, split_units, units_of_place
from services.directory_names import tier_text
from services.importing.reading.headers import Column
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.questions import Answers
from services.importing.rows.sheet_lines import SheetLine
from services.importing.rows.task_units import Roster, unit_ask, unknown_unit

_STREETS_AND_PARKS = frozenset({Tier.STREET, Tier.PARK})


@dataclass(frozen=True, slots=True)
class AnsweringUnit:
    """``unit`` (its name in the roster) or ``tier``, or else ``reason``.

    ``said``: the one name in the cell, as it is compared; empty if there are several.
    """

    unit: str | None = None
    tier: Tier | None = None
    reason: Text | None = None
    warning: Text | None = None
    said: str = ""


def answering(cell: str, roster: Roster) -> AnsweringUnit:
    """The one owner that a cell names: 城管局, or 属地街道. 属地街道(园区) counts as the street."""
    names = split_units(cell, lambda name: roster.unit(name) is not None)
    known = roster.unit(names[0]) if len(names) == 1 else None
    if known is not None:
        return AnsweringUnit(unit=known, said=names[0])
    found = [units_of_place(name) for name in names]
    if not all(found):
        if len(names) > 1:
            return AnsweringUnit(reason=Text("importing.reason.several_units", names=names))
        name = names[0] if names else cell
        return AnsweringUnit(reason=unknown_unit(name, roster), said=normalise(name))
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
        return AnsweringUnit(reason=unknown_unit(cell, roster), said=normalise(cell))
    if roster.units[found] not in PLACES:
        return AnsweringUnit(reason=Text("importing.reason.no_place_of_its_own", unit=found))
    return AnsweringUnit(unit=found, said=normalise(cell))


def take_answer(
    line: SheetLine[Column],
    found: AnsweringUnit,
    roster: Roster,
    meanings: Interpretations,
    answers: Answers,
) -> None:
    """Record how the unit was understood: the reason, the question that would help, or the meaning."""
    if found.reason is not None:
        line.reasons.append(found.reason)
        ask = unit_ask(found.said, roster) if found.said else None
        if ask is not None and ask.key not in answers:
            line.asks.append(ask)
    elif found.unit is not None and normalise(found.unit) != found.said:
        meanings.add(LineRef(0, line.number), Meaning.ALIAS, said=found.said, unit=found.unit)
    elif found.tier is not None:
        ref, tier = LineRef(0, line.number), tier_text(found.tier)
        meanings.add(ref, Meaning.UNIT_OF_PLACE, tier=tier)
