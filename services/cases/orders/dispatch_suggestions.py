"""Suggestions for a dispatch: the unit that a case goes to, and the parent task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from models import people, tasks
from models.cases import Case, case_piles, categories
from models.cases.categories import Category
from models.db import Session, ident
from models.people import Unit
from models.tasks import Task
from rules.people.roles import Tier
from rules.progress.report_words import best_fit
from services.cases import case_wording


@dataclass(frozen=True, slots=True)
class Suggester:
    """Suggests units for cases. It reads all units and categories once for a whole list.

    ``refused``: by case, the units that sent it back. They are no default any more.
    """

    units: Mapping[int, Unit]
    categories: Mapping[int, Category]
    refused: Mapping[int, frozenset[int]] = field(default_factory=dict)

    @classmethod
    async def load(cls, session: Session, found: Sequence[Case]) -> Suggester:
        units = {unit.id: unit for unit in await people.all_units(session) if unit.id is not None}
        known = {row.id: row for row in await categories.all_categories(session) if row.id is not None}
        refused = await case_piles.units_that_sent_back(session, [ident(case) for case in found])
        return cls(units, known, refused)

    def unit_for(self, case: Case) -> Unit | None:
        """The category's unit, or the unit of the category's tier at the place.

        None: the office chooses, also when that unit has sent the case back.
        """
        unit = self._by_category(case)
        return None if unit is None or unit.id in self._refused(case) else unit

    def _refused(self, case: Case) -> frozenset[int]:
        return self.refused.get(ident(case), frozenset())

    def _by_category(self, case: Case) -> Unit | None:
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
        """Likely units: the suggested one first, then those of the place, the nearest first.

        A unit that has sent the case back stands last.
        """
        first = self.unit_for(case)
        place = self._upwards(case.place_unit_id)
        found = [*([first] if first else []), *(unit for unit in place if unit.tier is not Tier.DISTRICT)]
        refused = self._refused(case)
        return sorted({unit.id: unit for unit in found}.values(), key=lambda unit: unit.id in refused)

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
    each = await tasks_for_each(session, unit_id, cases)
    found = {None if task is None else task.id: task for task in each.values()}
    return next(iter(found.values())) if len(found) == 1 else None


async def tasks_for_each(session: Session, unit_id: int, cases: Sequence[Case]) -> dict[int, Task | None]:
    """By case, the unit's open task that it clearly belongs to. None: there is a doubt."""
    found = {task.id: task for task in await tasks.open_tasks(session, [unit_id]) if task.id is not None}
    told = {task_id: task.objective for task_id, task in found.items()}
    # The category's area does not help: half of the tasks are about 市容环境.
    fitting = {
        ident(case): best_fit(f"{case_wording.name_without_area(case)} {case.text}", told) for case in cases
    }
    return {case_id: None if fit is None else found[fit] for case_id, fit in fitting.items()}
