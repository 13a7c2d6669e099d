"""What a line of the breakdown changes on a task that is there already: old → new, for the preview."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from locales import Text
from models.tasks import Task
from reports.formats import full_day_text, quantity_text, short
from services.importing.plans.remarks import change_text
from services.importing.rows.task_columns import TaskColumn, task_column_name
from services.task_wording import report_name

C = TaskColumn
_NAME: Final = 20
_WORDS: Final = {
    "focus": C.FOCUS,
    "standard": C.STANDARD,
    "leader_in_charge": C.LEADER,
    "handling_section": C.SECTION,
    "responsible_person": C.PERSON,
    "remark": C.REMARK,
}


def field_changes(task: Task, after: Mapping[str, Any], unit: str) -> Iterator[Text]:
    """The changed fields of a task, each with its old and its new value.

    ``after``: the new values; ``unit``: the unit that leads it by the line.
    """
    for field, column in _WORDS.items():
        if field in after:
            new = after[field]
            if column is C.PERSON and new and after.get("responsible_id", task.responsible_id) is None:
                new = Text("importing.change.unreceived", person=short(new, _NAME), unit=unit)
            yield change_text(task_column_name(column), getattr(task, field), new)
    if "deadline" in after:
        old, new = (None if day is None else full_day_text(day) for day in (task.deadline, after["deadline"]))
        yield change_text(task_column_name(C.DEADLINE), old, new)
    if "frequency" in after:
        old, new = (None if one is None else report_name(one) for one in (task.frequency, after["frequency"]))
        yield change_text(task_column_name(C.FREQUENCY), old, new)
    if {"target_value", "target_unit"} & after.keys():
        old = _target(task.target_value, task.target_unit)
        value = after.get("target_value", task.target_value)
        new = _target(value, after.get("target_unit", task.target_unit))
        yield change_text(Text("importing.change.target"), old, new)
    if "responsible_id" in after and "responsible_person" not in after:
        yield Text("importing.change.linked" if after["responsible_id"] else "importing.change.unlinked")


def _target(value: Any, unit: str | None) -> Text | None:
    return None if value is None else quantity_text(value, unit or "")


def helper_changes(before: Collection[int], after: Collection[int], names: Mapping[int, str]) -> list[Text]:
    """How the assisting units (ids) change: those that come, those that go; 将清除 where none is left."""
    come = [names[one] for one in sorted(set(after) - set(before))]
    go = [names[one] for one in sorted(set(before) - set(after))]
    if go and not after:
        return [Text("importing.change.helpers_cleared", units=go)]
    found = [Text("importing.change.helpers_come", units=come)] if come else []
    return [*found, *([Text("importing.change.helpers_go", units=go)] if go else [])]
