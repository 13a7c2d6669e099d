"""The units of a roster sheet, assembled from all lines that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from locales import Text
from rules.people.misspelt_names import AlikeNames
from rules.people.roles import Tier
from rules.people.typed_names import normalise
from services.importing.rows.questions import NO_ANSWERS, Answers, Ask, AskKind
from services.importing.rows.roster_lines import RosterColumn, RosterLine, missing_column

R = RosterColumn
NEW_UNIT: Final = "*"
"""The answer that a name which looks misspelt is a new unit's."""
_MANY: Final = 3


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit; ``parent`` is the name of a unit of this file or of the roster so far, or None."""

    row: int
    name: str
    tier: Tier
    parent: str | None


@dataclass(slots=True)
class _RosterUnit:
    name: str
    row: int
    lines: list[RosterLine] = field(default_factory=list)
    tier: Tier | None = None
    tier_row: int = 0
    parent: str = ""
    parent_row: int = 0


class RosterUnits:
    """The units of the file by normalised name, assembled from all their lines.

    ``aliases``: other names of units, each with the roster's own. ``answers``: what the office has said about
    names that look misspelt.
    """

    def __init__(
        self,
        known: Mapping[str, Tier],
        aliases: Mapping[str, str] | None = None,
        answers: Answers = NO_ANSWERS,
    ) -> None:
        self._known = {normalise(name): (name, tier) for name, tier in known.items()}
        self._aliases = {normalise(alias): normalise(unit) for alias, unit in (aliases or {}).items()}
        self._answers = answers
        self._units: dict[str, _RosterUnit] = {}

    def own_name(self, key: str) -> str:
        """The key of the unit that the name means: its own, or that of which it is another name."""
        return key if key in self._known else self._aliases.get(key, key)

    def add(self, line: RosterLine) -> None:
        """Take what a line says about its unit; a line that contradicts an earlier one is refused."""
        if not line.unit:
            return
        name = self._known.get(line.unit, (line.said[R.UNIT],))[0]
        unit = self._units.setdefault(line.unit, _RosterUnit(name, line.row))
        unit.lines.append(line)
        parent = self.own_name(normalise(line.said[R.PARENT]))
        if line.tier and unit.tier and line.tier is not unit.tier:
            line.reasons.append(Text("importing.reason.tier_conflict", unit=name, row=unit.tier_row))
        elif parent and unit.parent and parent != unit.parent:
            line.reasons.append(Text("importing.reason.parent_conflict", unit=name, row=unit.parent_row))
        else:
            unit.tier, unit.tier_row = (unit.tier, unit.tier_row) if unit.tier else (line.tier, line.row)
            unit.parent, unit.parent_row = (
                (unit.parent, unit.parent_row) if unit.parent else (parent, line.row)
            )

    def settle(self) -> None:
        """Refuse units that look misspelt, have no tier, are in a circle or below an unknown unit.

        They are refused with all their lines.
        """
        for key, other in self._misspelt().items():
            name, like = self._units[key].name, self.name(other) or ""
            ask = Ask(AskKind.NEW_UNIT, name, like)
            reason = Text("importing.reason.misspelt_unit", unit=name, like=like)
            for line in self._units.pop(key).lines:
                line.refuse(reason, None if ask.key in self._answers else ask)
        for key, unit in list(self._units.items()):
            unit.tier = unit.tier or self._known.get(key, ("", None))[1]
            if unit.tier is None:
                told = any(line.said[R.TIER] for line in unit.lines)  # stated, but not understood
                self._refuse(key, None if told else missing_column(R.TIER))
        for key in [key for key in self._units if self._is_in_circle(key)]:
            self._refuse(key, Text("importing.reason.parent_circle", unit=self._units[key].name))
        while lost := [
            key for key, unit in self._units.items() if unit.parent and not self.name(unit.parent)
        ]:
            for key in lost:
                parent = next(x.said[R.PARENT] for x in self._units[key].lines if x.said[R.PARENT])
                self._refuse(key, Text("importing.reason.unknown_parent", parent=parent))

    def _misspelt(self) -> dict[str, str]:
        """The new units that are probably another one with a slip, by key.

        A slip in the word for the kind of unit (街到) shows by itself. Any other one is asked about only if
        the other unit was there before, or has many lines and this one has a single one. A short or long
        form of a name (城管局, 城市管理局) is asked about if the other unit was there before.
        """
        new = [key for key in self._units if key not in self._known and not self._is_new(key)]
        named, known = AlikeNames((*self._known, *self._units)), AlikeNames(self._known)
        often = AlikeNames(
            key for key, unit in self._units.items() if key not in self._known and len(unit.lines) >= _MANY
        )
        found: dict[str, str] = {}
        for key in new:
            single = len(self._units[key].lines) == 1
            candidates = chain(
                named.broken_kind_of(key),
                known.slips_of(key),
                often.slips_of(key) if single else (),
                known.forms_of(key),
            )
            like = next((other for other in candidates if other not in found), None)
            if like is not None:
                found[key] = like
        return found

    def _is_new(self, key: str) -> bool:
        """Whether the office has said that the unit is a new one."""
        return self._answers.get(Ask(AskKind.NEW_UNIT, self._units[key].name).key) == NEW_UNIT

    def _is_in_circle(self, key: str) -> bool:
        at, steps = self._units[key].parent, 0
        while at in self._units and at != key and steps <= len(self._units):
            at, steps = self._units[at].parent, steps + 1
        return at == key

    def _refuse(self, key: str, reason: Text | None) -> None:
        for line in self._units.pop(key).lines:
            if reason is not None:
                line.reasons.append(reason)

    def name(self, key: str) -> str | None:
        """The unit's spelling; None if it is neither in the file nor in the roster so far."""
        if key in self._units:
            return self._units[key].name
        return self._known[key][0] if key in self._known else None

    def rows(self) -> list[UnitRow]:
        return [
            UnitRow(unit.row, unit.name, unit.tier, self.name(unit.parent) if unit.parent else None)
            for unit in self._units.values()
            if unit.tier is not None
        ]
