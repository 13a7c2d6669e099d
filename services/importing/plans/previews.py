"""What is shown of a plan before it is written: counts, and the first rows that somebody should check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from locales import Text
from models.db import RowJson
from services.importing.plans.policy_plan import PolicyPlan
from services.importing.plans.roster_plan import RosterPlan
from services.importing.plans.task_plan import TaskPlan
from services.importing.rows.registers import RefusedLine
from services.importing.rows.roster_rows import RefusedRosterRow
from services.importing.rows.task_lines import RefusedRow

SHOWN: Final = 5
Plan = TaskPlan | RosterPlan | PolicyPlan


@dataclass(frozen=True, slots=True)
class Remark:
    """A row, what it is about, and the remarks on it."""

    row: int
    name: str
    texts: Sequence[Text]

    def to_json(self) -> dict[str, object]:
        return {"row": self.row, "name": self.name, "texts": [text.to_json() for text in self.texts]}

    @classmethod
    def from_json(cls, data: RowJson) -> Remark:
        return cls(data["row"], data["name"], [Text.from_json(text) for text in data["texts"]])


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """A plan's preview.

    ``refused`` and ``warnings`` hold the first few, ``counts`` how many there are; for a policy, ``counts``
    also holds the version that it ``replaces``.
    """

    counts: Mapping[str, int]
    notices: Sequence[Text]
    refused: Sequence[Remark]
    warnings: Sequence[Remark]

    def to_json(self) -> dict[str, object]:
        return {
            "counts": dict(self.counts),
            "notices": [text.to_json() for text in self.notices],
            "refused": [remark.to_json() for remark in self.refused],
            "warnings": [remark.to_json() for remark in self.warnings],
        }

    @classmethod
    def from_json(cls, data: RowJson) -> ImportPreview:
        return cls(
            data["counts"],
            [Text.from_json(text) for text in data["notices"]],
            [Remark.from_json(remark) for remark in data["refused"]],
            [Remark.from_json(remark) for remark in data["warnings"]],
        )


def preview_of(plan: Plan) -> ImportPreview:
    refused = [Remark(one.row, _name(one), one.reasons) for one in plan.refused]
    warned = list(_warnings(plan))
    counts = {**counts_of(plan), "warned": len(warned)}
    if isinstance(plan, PolicyPlan):
        counts["replaces"] = plan.current.version
    return ImportPreview(counts, plan.notices[:SHOWN], refused[:SHOWN], warned[:SHOWN])


def counts_of(plan: Plan) -> dict[str, int]:
    """What the plan would do, in numbers."""
    counts = {
        "new": plan.count("new"),
        "changed": plan.count("changed"),
        "unchanged": plan.count("unchanged"),
        "refused": len(plan.refused),
        "missing": len(plan.missing),
    }
    if isinstance(plan, RosterPlan):
        counts |= {"units_new": plan.count_units("new"), "units_changed": plan.count_units("changed")}
    return counts


def rows_to_write(counts: Mapping[str, int]) -> int:
    return sum(counts.get(name, 0) for name in ("new", "changed", "units_new", "units_changed"))


def _warnings(plan: Plan) -> Iterable[Remark]:
    if isinstance(plan, TaskPlan):
        found = [(task.row.row, task.row.objective, task.row.warnings) for task in plan.tasks]
    elif isinstance(plan, RosterPlan):
        found = [(row.row, row.name, row.warnings) for row, _ in plan.contacts]
    else:
        found = []
    return (Remark(row, name, texts) for row, name, texts in found if texts)


def _name(refused: RefusedRow | RefusedRosterRow | RefusedLine) -> str:
    if isinstance(refused, RefusedRow):
        return refused.objective
    if isinstance(refused, RefusedLine):
        return refused.name
    return refused.name or refused.unit
