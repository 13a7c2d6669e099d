"""What a preview says of parents and children as a whole; none of it holds an import up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from locales import Text
from models.db import ident
from models.tasks import Task
from reports.formats import quantity_text
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services.importing.plans.families import Families
from services.importing.plans.parent_checks import after
from services.importing.plans.planned_tasks import PlannedTask
from services.task_wording import report_name

Target = tuple[Decimal | None, str | None]
_NO_TARGET: Final = (None, None)


def following_children(planned: Sequence[PlannedTask], families: Families) -> list[PlannedTask]:
    """The lines; one with a new frequency of a task has the open tasks below it that are reported as it was.

    Those of which a line of the file says something are left to that line.
    """
    lines = _by_task(planned, families)
    return [_followed(one, families.tasks.get(one.row.line), lines, families) for one in planned]


def _followed(
    one: PlannedTask, task: Task | None, lines: dict[int, PlannedTask], families: Families
) -> PlannedTask:
    if task is None or task.frequency is None or one.joins:
        return one
    frequency = after(one, task, "frequency")
    if frequency in {None, task.frequency}:
        return one
    following = [ident(child) for child in _following(task, lines, families)]
    if not following:
        return one
    warning = Text(
        "importing.warning.children_follow", count=len(following), frequency=report_name(frequency)
    )
    row = replace(one.row, warnings=(*one.row.warnings, warning))
    return replace(one, row=row, following=tuple(following))


def _following(task: Task, lines: dict[int, PlannedTask], families: Families) -> list[Task]:
    """Its open children that are reported as it was, and theirs; nothing follows below one that does not."""
    found = [
        child
        for child in families.children(task)
        if child.state in OPEN_STATES and child.frequency is task.frequency and ident(child) not in lines
    ]
    return [*found, *(one for child in found for one in _following(child, lines, families))]


def later_children(planned: Sequence[PlannedTask], families: Families) -> list[PlannedTask]:
    """The lines, with a warning where a new deadline lies before those of the task's open children."""
    lines = _by_task(planned, families)
    return [_warned(one, families.tasks.get(one.row.line), lines, families) for one in planned]


def _warned(
    one: PlannedTask, task: Task | None, lines: dict[int, PlannedTask], families: Families
) -> PlannedTask:
    if task is None or not one.new_deadline or (most := after(one, task, "deadline")) is None:
        return one
    later = 0
    for child in families.children(task):
        line = lines.get(ident(child))
        day = child.deadline if line is None else after(line, child, "deadline")
        later += child.state in OPEN_STATES and day is not None and day > most
    if not later:
        return one
    warning = Text("importing.warning.children_later", count=later)
    return replace(one, row=replace(one.row, warnings=(*one.row.warnings, warning)))


def child_targets(planned: Sequence[PlannedTask], families: Families) -> Iterator[Text]:
    """The parents that get children with targets that do not add up to their own."""
    lines = _by_task(planned, families)
    own = {one.identity: one for one in planned}
    joining: dict[str, list[PlannedTask]] = {}
    for one in planned:
        if one.joins and one.parent is not None:
            joining.setdefault(one.parent.identity, []).append(one)
    for identity, below in joining.items():
        parent = below[0].parent
        task = None if parent is None else families.by_id.get(parent.task_id or 0)
        most, unit = _target(own.get(identity), task)
        found = [_target(one, families.tasks.get(one.row.line)) for one in below]
        for child in () if task is None else families.children(task):
            if child.state is not TaskState.CANCELLED:
                found.append(_target(lines.get(ident(child)), child))
        stated = [value for value, measure in found if value is not None and measure == unit]
        total = sum(stated, Decimal())
        if parent is not None and most is not None and stated and total != most:
            values = {"target": quantity_text(most, unit or ""), "sum": quantity_text(total, unit or "")}
            yield Text("importing.notice.child_targets", parent=parent.short_name, **values)


def _by_task(planned: Sequence[PlannedTask], families: Families) -> dict[int, PlannedTask]:
    """The lines of stored tasks, by the id of the task."""
    found = {}
    for one in planned:
        if (task := families.tasks.get(one.row.line)) is not None:
            found[ident(task)] = one
    return found


def _target(one: PlannedTask | None, task: Task | None) -> Target:
    if one is not None:
        return after(one, task, "target_value"), after(one, task, "target_unit")
    return _NO_TARGET if task is None else (task.target_value, task.target_unit)
