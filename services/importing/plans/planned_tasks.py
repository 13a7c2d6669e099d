"""What importing a breakdown would do, line by line, and how a preview shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from locales import Text, plain
from reports.formats import full_day_text, short
from services.importing.plans.parent_lines import parent_name, short_parent_name
from services.importing.plans.remarks import Remark, remark
from services.importing.rows.line_refs import LineRef
from services.importing.rows.task_lines import RefusedRow, TaskRow
from services.importing.rows.task_units import Roster
from services.task_wording import report_name

Status = Literal["new", "changed", "unchanged"]
_HELPERS: Final = 6
_LEVEL: Final = 1 << 42


@dataclass(frozen=True, slots=True)
class PlannedParent:
    """The task above a line's task. ``task_id`` None: the file makes it.

    ``line``: its line, if the file has one.
    """

    identity: str
    objective: str
    unit: str
    task_id: int | None = None
    line: LineRef | None = None

    @property
    def name(self) -> Text:
        return parent_name(self.objective, self.unit)

    @property
    def short_name(self) -> Text:
        return short_parent_name(self.objective, self.unit)


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """What importing a row would do.

    ``fields``: what may change; the identity and its parts may not. ``changes``: old → new, for people.
    ``new_deadline``: the task has another deadline today, or is new. ``moved_from``: the identity that a task
    has as long as another unit leads it. ``parent``: the task above it by the line; ``joins``: it becomes a
    child of that task. ``following``: the ids of the open tasks below it that get its new frequency with it.
    ``level``: how many lines of the file are above it.
    """

    row: TaskRow
    identity: str
    status: Status
    lead_unit_id: int
    fields: dict[str, Any]
    assisting: frozenset[int]
    changes: tuple[Text, ...] = ()
    new_deadline: bool = True
    moved_from: str | None = None
    parent: PlannedParent | None = None
    joins: bool = False
    following: tuple[int, ...] = ()
    level: int = 0

    @property
    def place(self) -> int:
        """Its place in the order in which rows are written: tasks before those below them."""
        return self.level * _LEVEL + self.row.line.place


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """``missing``: (action, objective, lead unit) of tasks that the file lacks; they are left alone.

    ``parents``: of refused lines, the task above each that is not refused with it.
    """

    tasks: Sequence[PlannedTask]
    refused: Sequence[RefusedRow]
    missing: Sequence[tuple[str, str, str]]
    notices: Sequence[Text]
    roster: Roster
    parents: Mapping[LineRef, Text] = field(default_factory=dict)

    @property
    def changes(self) -> list[Remark]:
        """Every line that changes a task, with what it changes."""
        return [remark(one.row.line, one.row.objective, one.changes) for one in self.tasks if one.changes]

    @property
    def added(self) -> list[Remark]:
        """Every new task, with its unit and when it is due."""
        return [
            remark(one.row.line, one.row.objective, [_new_text(one)])
            for one in self.tasks
            if one.status == "new"
        ]

    @property
    def warned(self) -> list[Remark]:
        found = ((one.row.line, one.row.objective, one.row.warnings) for one in self.tasks)
        return [remark(line, name, texts) for line, name, texts in found if texts]

    @property
    def absent(self) -> list[Remark]:
        """The tasks that the file lacks; they are left alone."""
        return [
            remark(None, objective, [Text("common.as_is", text=unit)]) for _, objective, unit in self.missing
        ]

    def count(self, status: Status) -> int:
        return sum(task.status == status for task in self.tasks)

    @property
    def joining(self) -> list[PlannedParent]:
        """The parents of all tasks that become children, one for each of these tasks."""
        return [one.parent for one in self.tasks if one.joins and one.parent is not None]

    def to_write(self, after: int = 0) -> list[PlannedTask]:
        """The rows that are new or changed behind the place ``after``, in the order of their places."""
        found = [task for task in self.tasks if task.status != "unchanged" and task.place > after]
        return sorted(found, key=lambda task: task.place)

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "tasks": [_task_json(task, locale) for task in self.tasks],
            "refused": [
                {
                    "row": refused.row,
                    "objective": refused.objective,
                    "reasons": [plain(reason, locale) for reason in refused.reasons],
                }
                for refused in self.refused
            ],
            "missing": [
                {"action": action, "objective": objective, "lead_unit": unit}
                for action, objective, unit in self.missing
            ],
        }


def _new_text(task: PlannedTask) -> Text:
    row = task.row
    due = [] if row.deadline is None else [full_day_text(row.deadline)]
    often = [] if row.frequency is None else [report_name(row.frequency)]
    person = row.responsible_person
    values = {"unit": row.lead_unit, "due": [*due, *often], "person": short(person, 20)}
    shown = Text("importing.added.task", **values)
    if row.assisting_units:
        helpers = list(row.assisting_units[:_HELPERS])
        many = len(row.assisting_units) > _HELPERS
        more = "importing.added.assisted_by_more" if many else "importing.added.assisted"
        shown = Text(more, **values, helpers=helpers, count=len(row.assisting_units))
    if task.parent is None:
        return shown
    return Text("importing.added.child", task=shown, parent=task.parent.short_name)


def _task_json(task: PlannedTask, locale: str) -> dict[str, object]:
    row = task.row
    return {
        "action": row.action,
        "objective": row.objective,
        "standard": row.standard,
        "deadline": row.deadline.isoformat() if row.deadline else None,
        "frequency": row.frequency.value if row.frequency else None,
        "lead_unit": row.lead_unit,
        "assisting_units": list(row.assisting_units),
        "leader_in_charge": row.leader_in_charge or None,
        "handling_section": row.handling_section or None,
        "responsible_person": row.responsible_person,
        "parent": None if task.parent is None else plain(task.parent.name, locale),
        "status": task.status,
        "warnings": [plain(warning, locale) for warning in row.warnings],
        "changes": [plain(change, locale) for change in task.changes],
        "row": row.row,
        "sheet": row.line.sheet or None,
    }
