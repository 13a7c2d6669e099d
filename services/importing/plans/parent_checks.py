"""Whether a line's task may stand below the one that its cell names, and what it has from that one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from locales import Text
from models.tasks import Task
from reports.formats import full_day_text
from rules.duties.frequencies import Frequency
from rules.tasks.breakdown import MOST_LEVELS
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services.importing.plans.families import Families
from services.importing.plans.parent_lines import FoundTask, short_parent_name
from services.importing.plans.planned_tasks import PlannedParent, PlannedTask
from services.importing.rows.line_refs import LineRef
from services.importing.rows.task_columns import TaskColumn
from services.importing.rows.task_lines import TaskRow
from services.task_wording import report_name

_BLANKS: Final = (TaskColumn.STANDARD, TaskColumn.DEADLINE, TaskColumn.FREQUENCY)


@dataclass(frozen=True, slots=True)
class Above:
    """The task above a line's task, as it is once the file is imported.

    ``state`` None: the file makes it. ``refused``: its own line is refused.
    """

    parent: PlannedParent
    lead_unit_id: int
    assisting: Collection[int]
    deadline: date | None
    frequency: Frequency | None
    standard: str
    state: TaskState | None
    refused: bool = False

    @classmethod
    def of_task(cls, task: Task, unit: str, assisting: Collection[int], line: LineRef | None) -> Above:
        """A stored task. ``line``: the line that means it, which is refused."""
        return cls(
            PlannedParent(task.identity, task.objective, unit, task.id, line),
            task.lead_unit_id,
            assisting,
            task.deadline,
            task.frequency,
            task.standard,
            task.state,
            line is not None,
        )

    @classmethod
    def of_refused(cls, row: TaskRow) -> Above:
        """A task that the file would have made, had its line not been refused."""
        parent = PlannedParent(row.identity, row.objective, row.lead_unit, None, row.line)
        return cls(parent, 0, (), None, None, "", None, refused=True)

    @classmethod
    def of_line(cls, planned: PlannedTask, task: Task | None, unit: str) -> Above:
        row = planned.row
        return cls(
            PlannedParent(planned.identity, row.objective, unit, None if task is None else task.id, row.line),
            planned.lead_unit_id,
            planned.assisting,
            after(planned, task, "deadline"),
            after(planned, task, "frequency"),
            after(planned, task, "standard"),
            None if task is None else task.state,
        )


def after(planned: PlannedTask, task: Task | None, field: str) -> Any:
    """A field of the task once the line is imported. ``task`` None: it is new."""
    if task is None or field in planned.fields:
        return planned.fields[field]
    return getattr(task, field)


def blanks_filled(row: TaskRow, task: Task | None, above: Above | None) -> tuple[TaskRow, list[TaskColumn]]:
    """The row with what its blank cells mean, and the columns that come from the task above.

    What the line's task has already stays as it is. Nothing comes from a task to which it belongs already: a
    sheet that is sent again must not change what was moved since.
    """
    joins = task is None or task.parent_id is None
    values: dict[str, Any] = {}
    taken: list[TaskColumn] = []
    for column in _BLANKS:
        if above is None or column not in row.left_open:
            continue
        values[column.value] = None if task is None else getattr(task, column.value)
        if not values[column.value] and joins and not above.refused:
            values[column.value] = getattr(above, column.value)
            taken += [column] if values[column.value] else []
    return replace(row, **values), taken


def hindrance(
    one: PlannedTask,
    task: Task | None,
    found: FoundTask,
    above: Above,
    families: Families,
    names: Mapping[int, str],
) -> Text | None:
    """Why the line's task cannot stand below the other; None: it can, or does already.

    ``later_deadline`` has one more reason, which asks for all deadlines of the file.
    """
    shown = above.parent.short_name
    if task is not None and task.parent_id is not None:
        if task.parent_id == above.parent.task_id:
            return None
        other = families.by_id[task.parent_id]
        named = short_parent_name(other.objective, names[other.lead_unit_id])
        return Text("importing.reason.above_other", parent=named)
    if families.is_circle(one.row.line, found):
        return Text("importing.reason.above_circle")
    if above.refused and above.parent.line is not None:
        return refused_text(above.parent.line)
    if above.state is not None and above.state not in OPEN_STATES:
        state = Text(f"common.task_state.{above.state.value}")
        return Text("importing.reason.above_closed", parent=shown, state=state)
    if not families.fits(found, task):
        return Text("importing.reason.above_too_deep", parent=shown, most=MOST_LEVELS)
    unit, lead = one.lead_unit_id, above.lead_unit_id
    if unit not in above.assisting and not families.is_unit_below(unit, lead):
        return Text("importing.reason.above_unit", unit=names[unit], lead=names[lead], parent=shown)
    return None


def refused_text(line: LineRef) -> Text:
    """Why a line goes back with the one above it."""
    return Text("importing.reason.above_refused", line=line.text)


def later_deadline(one: PlannedTask, task: Task | None, above: Above) -> Text | None:
    """Why the line's new deadline cannot stand below that of the task above it; None: it can.

    Work without an end is later than any day.
    """
    if above.deadline is None or not (one.joins or one.new_deadline):
        return None
    day, most = after(one, task, "deadline"), full_day_text(above.deadline)
    if day is None:
        return Text("importing.reason.above_no_deadline", day=most)
    if day <= above.deadline:
        return None
    return Text("importing.reason.above_deadline", day=full_day_text(day), parent_day=most)


def other_frequency(one: PlannedTask, task: Task | None, above: Above) -> Text | None:
    """What is said where a task joins another one and is reported at other times than that."""
    own = after(one, task, "frequency")
    if not one.joins or above.frequency is None or own in {None, above.frequency}:
        return None
    values = {"own": report_name(own), "parent": report_name(above.frequency)}
    return Text("importing.warning.parent_frequency", **values)
