"""Suggestions for a dispatch: the unit that a case goes to, and the parent task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models import people, tasks
from models.cases import Case, categories
from models.cases.categories import Category
from models.db import Session
from models.people import Unit
from models.tasks import Task
from rules.people.roles import Tier
from rules.progress.report_words import best_fit
from services.cases import case_wording


@dataclass(frozen=True, slots=True)
class Suggester:
    """Suggests units for cases. It reads all units and categories once for a whole list."""

    units: Mapping[int, Unit]
    categories: Mapping[int, Category]

    @classmethod
    async def load(cls, session: Session) -> Suggester:
        units = {unit.id: unit for unit in await people.all_units(session) if unit.id is not None}
        known = {row.id: row for row in await categories.all_categories(session) if row.id is not None}
        return cls(units, known)

    def unit_for(self, case: Case) -> Unit | None:
        """The category's unit, or the unit of the category's tier at the place. None: the office chooses."""
        category = self.categories.get(case.category_id)
        if category is None:
            return None
        if category.unit_id is not None:
            return self.units.get(category.unit_id)
        return self._of_tier(category.tier, case.place_unit_id)

    def unit_for_all(self, cases: Sequence[Case]) -> Unit | None:
        """The one unit that all the cases would go to; None if there is no single one."""
        found = {unit.id: unit for case in cases if (unit := self.unit_for(case)) is not None}
        alone = len(found) == 1 and all(self.unit_for(case) is not None for case in cases)
        return next(iter(found.values())) if alone else None

    def near(self, case: Case) -> list[Unit]:
        """Likely units: the suggested one first, then those of the place, the nearest first."""
        first = self.unit_for(case)
        place = self._upwards(case.place_unit_id)
        found = [*([first] if first else []), *(unit for unit in place if unit.tier is not Tier.DISTRICT)]
        return list({unit.id: unit for unit in found}.values())

    def _of_tier(self, tier: Tier | None, place_unit_id: int | None) -> Unit | None:
        """The unit of that tier above the place's unit, or below it if there is only one."""
        for unit in self._upwards(place_unit_id):
            if unit.tier is tier:
                return unit
        below = [unit for unit in self._below(place_unit_id) if unit.tier is tier]
        return below[0] if len(below) == 1 else None

    def _upwards(self, unit_id: int | None) -> Iterator[Unit]:
        seen = set()
        # ``seen`` ends the loop even if two units are each other's parents.
        while unit_id is not None and unit_id in self.units and unit_id not in seen:
            seen.add(unit_id)
            yield self.units[unit_id]
            unit_id = self.units[unit_id].parent_id

    def _below(self, unit_id: int | None) -> list[Unit]:
        if unit_id is None:
            return []
        return [unit for unit in self.units.values() if unit_id in [u.id for u in self._upwards(unit.id)]]


async def task_for(session: Session, unit_id: int, cases: Sequence[Case]) -> Task | None:
    """The unit's open task that all the cases clearly belong to. None: there is a doubt."""
    found = {task.id: task for task in await tasks.open_tasks(session, [unit_id]) if task.id is not None}
    told = {task_id: task.objective for task_id, task in found.items()}
    # The category's area does not help: half of the tasks are about 市容环境.
    fitting = {best_fit(f"{case_wording.name_without_area(case)} {case.text}", told) for case in cases}
    only = next(iter(fitting)) if len(fitting) == 1 else None
    return None if only is None else found[only]
