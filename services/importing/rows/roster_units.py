"""The units of a roster sheet, assembled from all lines that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from locales import Text
from rules.people.roles import Tier
from rules.people.typed_names import normalise
from services.importing.rows.roster_lines import RosterColumn, RosterLine, missing_column

R = RosterColumn


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
    """The units of the file by normalised name, assembled from all their lines."""

    def __init__(self, known: Mapping[str, Tier]) -> None:
        self._known = {normalise(name): (name, tier) for name, tier in known.items()}
        self._units: dict[str, _RosterUnit] = {}

    def add(self, line: RosterLine) -> None:
        """Take what a line says about its unit; a line that contradicts an earlier one is refused."""
        if not line.unit:
            return
        name = self._known.get(line.unit, (line.said[R.UNIT],))[0]
        unit = self._units.setdefault(line.unit, _RosterUnit(name, line.row))
        unit.lines.append(line)
        parent = normalise(line.said[R.PARENT])
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
        """Refuse units without a tier, in a circle, or below an unknown unit, with all their lines."""
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
