"""What a person has chosen to break a task down, and what it would make in each unit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from models.db import Session, ident
from models.people import Contact, Unit
from models.tasks import Task, children
from rules.people.roles import Role
from rules.tasks.breakdown import MOST_LEVELS
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services.recipients import Directory
from services.tasks import breakdown_rights
from services.tasks.reassign import identity_in
from services.turn import Turn


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """What was chosen for a unit. None: its only person, the deadline of the task, no target.

    ``measure``: the target's unit of measure; None: that of the task.
    """

    person_id: int | None = None
    deadline: date | None = None
    target: Decimal | None = None
    measure: str | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "person_id": self.person_id,
            "deadline": None if self.deadline is None else self.deadline.isoformat(),
            "target": None if self.target is None else str(self.target),
            "measure": self.measure,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        day, target = data["deadline"], data["target"]
        return cls(
            data["person_id"],
            None if day is None else date.fromisoformat(day),
            None if target is None else Decimal(target),
            data.get("measure"),
        )


@dataclass(frozen=True, slots=True)
class BreakdownPlan:
    """The chosen units by id, and whether the lead unit goes on reporting beside them (本级另报).

    ``own_before``: whether it did so before the plan was confirmed; None: it is not confirmed.
    """

    units: Mapping[int, UnitChoice] = field(default_factory=dict)
    own_reports: bool = False
    own_before: bool | None = None

    def to_json(self) -> dict[str, object]:
        chosen = {str(unit_id): choice.to_json() for unit_id, choice in self.units.items()}
        return {"units": chosen, "own_reports": self.own_reports, "own_before": self.own_before}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        chosen = {int(unit_id): UnitChoice.from_json(choice) for unit_id, choice in data["units"].items()}
        return cls(chosen, data["own_reports"], data.get("own_before"))

    def with_units(self, unit_ids: Sequence[int]) -> BreakdownPlan:
        """The same with these units alone; what was chosen for those that stay is kept."""
        return replace(self, units={one: self.units.get(one, UnitChoice()) for one in unit_ids})

    def with_choice(self, unit_id: int, choice: UnitChoice) -> BreakdownPlan:
        return replace(self, units={**self.units, unit_id: choice})


class UnitFate(StrEnum):
    """What becomes of a chosen unit: a new child, or the task that it has already, or nothing.

    ``WHO``: several people come into question, and none is chosen. ``NOBODY``: it has neither 责任人 nor
    联络员. ``ELSEWHERE``: the task that it has is a part of another one, or would be on a fourth level.
    ``LATER``: it ends after the task that is broken down.
    """

    NEW = "new"
    ATTACHED = "attached"
    WHO = "who"
    NOBODY = "nobody"
    ELSEWHERE = "elsewhere"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class UnitProposal:
    """A chosen unit, with the people who come into question and the same task if it has it already.

    ``deputy``: who hears in the place of the ``person``, who is away.
    """

    unit: Unit
    choice: UnitChoice
    fate: UnitFate
    able: Sequence[Contact] = ()
    person: Contact | None = None
    same: Task | None = None
    deputy: Contact | None = None

    @property
    def is_new(self) -> bool:
        """Whether it is a new child, if only its person is still to be chosen."""
        return self.fate in {UnitFate.NEW, UnitFate.WHO}


async def proposals(turn: Turn, task: Task, plan: BreakdownPlan) -> list[UnitProposal]:
    """What the plan would make, unit by unit in their order; units that cannot be chosen are left out."""
    units = [u for u in await breakdown_rights.units_for(turn.session, task) if u.id in plan.units]
    identities = {ident(u): identity_in(task, u.name) for u in units}
    same = await children.same_tasks(turn.session, list(identities.values()))
    levels = await _levels(turn.session, task)
    heights = await children.heights(turn.session, [ident(one) for one in same.values()])
    directory = await Directory.around(turn.session, {ident(u) for u in units}, turn.today)
    return [
        _proposal(task, u, plan.units[ident(u)], directory, same.get(identities[ident(u)]), levels, heights)
        for u in units
    ]


async def _levels(session: Session, task: Task) -> list[int]:
    """The ids of the task and of those above it."""
    return [ident(task), *(ident(one) for one in await children.ancestors(session, task))]


def _proposal(
    task: Task,
    unit: Unit,
    choice: UnitChoice,
    directory: Directory,
    same: Task | None,
    above: Sequence[int],
    heights: Mapping[int, int],
) -> UnitProposal:
    if same is not None and same.state is not TaskState.CANCELLED:
        deep = len(above) + 1 + heights.get(ident(same), 0) > MOST_LEVELS
        elsewhere = deep or ident(same) in above or same.parent_id not in {None, ident(task)}
        fate = UnitFate.ELSEWHERE if elsewhere else UnitFate.ATTACHED
        if fate is UnitFate.ATTACHED and _ends_later(same, task):
            fate = UnitFate.LATER
        return UnitProposal(unit, choice, fate, same=same)
    able = people_for(directory, ident(unit))
    chosen = next((one for one in able if one.id == choice.person_id), None)
    person = able[0] if len(able) == 1 else chosen
    fate = UnitFate.NOBODY if not able else UnitFate.WHO if person is None else UnitFate.NEW
    deputy = None if person is None else directory.deputy_of(person)
    return UnitProposal(unit, choice, fate, able, person, same, deputy)


def _ends_later(same: Task, task: Task) -> bool:
    """Whether an open task would go on after the one above it is over."""
    if same.state not in OPEN_STATES or task.deadline is None:
        return False
    return same.deadline is None or same.deadline > task.deadline


def people_for(directory: Directory, unit_id: int) -> list[Contact]:
    """Who may answer for a part in that unit: its 责任人; where there is none, its 联络员."""
    return directory.holders(Role.RESPONSIBLE_PERSON, unit_id) or directory.holders(Role.LIAISON, unit_id)


def deadline_of(task: Task, choice: UnitChoice) -> date | None:
    """The unit's deadline: the chosen one, if the task's has not come before it since."""
    known = [day for day in (choice.deadline, task.deadline) if day is not None]
    return min(known, default=None)


def measure_of(task: Task, choice: UnitChoice) -> str:
    """The unit of measure of the unit's target; "": there is none."""
    return choice.measure or task.target_unit or ""


def mark_of(task: Task, found: Sequence[UnitProposal], plan: BreakdownPlan) -> str:
    """Differs when what would be made differs; 16 hex digits."""
    taken_over = task.objective, task.standard, task.deadline, task.frequency, task.target_unit
    told = [
        (one.unit.id, one.fate.value, one.person and one.person.id, one.same and one.same.id, one.choice)
        for one in found
    ]
    return hashlib.sha256(repr((taken_over, told, plan.own_reports)).encode()).hexdigest()[:16]


def target_total(task: Task, found: Sequence[UnitProposal], there: Decimal) -> Decimal:
    """What the targets of all parts add up to, in the unit of measure of the task; 0: none has one.

    ``there``: what those of the parts that it has already add up to.
    """
    attached = [one.same for one in found if one.fate is UnitFate.ATTACHED and one.same is not None]
    targets = [same.target_value for same in attached if same.target_unit == task.target_unit]
    measured = (one for one in found if one.is_new and measure_of(task, one.choice) == task.target_unit)
    targets += [one.choice.target for one in measured]
    return sum((target for target in targets if target), there)
