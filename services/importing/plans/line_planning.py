"""The lines of a breakdown beside the stored tasks: new, changed or unchanged, and below which other task."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from locales import Text
from models.db import ident
from models.tasks import Task
from reports.formats import full_day_text
from services.importing.plans.changed_fields import field_changes, helper_changes
from services.importing.plans.families import Families
from services.importing.plans.moved_leads import MovedLeads, moved_leads
from services.importing.plans.parent_checks import (
    Above,
    blanks_filled,
    hindrance,
    later_deadline,
    other_frequency,
)
from services.importing.plans.parent_lines import FoundTask, short_parent_name
from services.importing.plans.planned_tasks import PlannedTask, Status
from services.importing.plans.remarks import change_text
from services.importing.plans.stated_before import kept_fields
from services.importing.plans.stored_lines import (
    CHAIN,
    MovedLines,
    changes_of,
    is_former_deadline,
)
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.name_matching import ResponsiblePeople
from services.importing.rows.questions import Answers
from services.importing.rows.task_columns import TaskColumn, task_column_name
from services.importing.rows.task_lines import RefusedRow, TaskRow


@dataclass(frozen=True, slots=True)
class StoredBreakdown:
    """What a file is compared with: tasks by identity, the lines that they have left, and units by name.

    ``assisting``: by task id; ``names``: of units, by id.
    """

    known: Mapping[str, Task]
    moved: MovedLines
    assisting: Mapping[int, Sequence[int]]
    names: Mapping[int, str]
    unit_ids: Mapping[str, int]
    responsibles: ResponsiblePeople


@dataclass(frozen=True, slots=True)
class LinePlanner:
    """Plans the lines from those above others to those below.

    ``in_file``: the identities of all lines. ``drafts``: the refused lines. ``lacking``: the stored tasks
    that the file lacks. ``answers`` None: nobody can be asked.
    """

    stored: StoredBreakdown
    families: Families
    in_file: Collection[str]
    drafts: dict[LineRef, TaskRow]
    lacking: Sequence[Task]
    answers: Answers | None
    meanings: Interpretations
    planned: dict[LineRef, PlannedTask] = field(default_factory=dict)
    refused: dict[LineRef, RefusedRow] = field(default_factory=dict)
    moved_on: set[str] = field(default_factory=set)

    def plan(self, rows: Sequence[TaskRow]) -> None:
        levels = self.families.file.levels
        for row in (*rows, *self.drafts.values()):
            if (task := self.task_of(row)) is not None:
                self.families.means(row.line, task)
        for level in sorted({levels.get(row.line, 0) for row in rows}):
            here = [row for row in rows if levels.get(row.line, 0) == level]
            for row in here:
                self._plan(row, level)
            self._ask_about_leads([row for row in here if row.line in self.planned])
        self._check_deadlines()

    def task_of(self, row: TaskRow) -> Task | None:
        """The stored task that a line means."""
        return self.stored.moved.task_of(row.identity, self.stored.known, self.in_file)

    def above(self, found: FoundTask) -> Above:
        """The task that a cell names, as it is once the file is imported."""
        names, families = self.stored.names, self.families
        if found.line is None:
            task = families.by_id[found.task_id or 0]
            return Above.of_task(task, names[task.lead_unit_id], self.stored.assisting[ident(task)], None)
        there = families.tasks.get(found.line)
        if (planned := self.planned.get(found.line)) is not None:
            return Above.of_line(planned, there, names[planned.lead_unit_id])
        if there is None:
            return Above.of_refused(self.drafts[found.line])
        return Above.of_task(
            there, names[there.lead_unit_id], self.stored.assisting[ident(there)], found.line
        )

    # -- line by line --------------------------------------------------------------------------------

    def _plan(self, row: TaskRow, level: int) -> None:
        found, task = self.families.file.found.get(row.line), self.families.tasks.get(row.line)
        above = None if found is None else self.above(found)
        row, taken = blanks_filled(row, task, above)
        self._say_taken(row.line, taken)
        one = replace(self._as_new(row), level=level)
        if task is not None:
            helpers = frozenset(self.stored.assisting[ident(task)])
            one = self._against(one, task, above, self.stored.moved, helpers)
        elif above is not None:
            one = replace(one, parent=above.parent, joins=True)
        if found is None or above is None:
            self.planned[row.line] = self._kept_below(one, task)
        elif (reason := hindrance(one, task, found, above, self.families, self.stored.names)) is not None:
            self._refuse(row, reason, above.parent.line if above.refused else None)
        else:
            self.planned[row.line] = _warned(one, other_frequency(one, task, above))

    def _refuse(self, row: TaskRow, reason: Text, because: LineRef | None = None) -> None:
        self.planned.pop(row.line, None)
        self.drafts[row.line] = row
        self.refused[row.line] = RefusedRow(row.line, row.objective, (reason,), row, because=because)

    def _say_taken(self, line: LineRef, taken: Sequence[TaskColumn]) -> None:
        columns = [*self.families.file.taken.get(line, ()), *taken]
        if columns:
            self.meanings.add(line, Meaning.FROM_PARENT, columns=[task_column_name(one) for one in columns])

    def _kept_below(self, one: PlannedTask, task: Task | None) -> PlannedTask:
        """Say that a child stays one where the sheet leaves 上级任务 blank."""
        if task is None or task.parent_id is None or one.row.parent is None:
            return one
        above = self.families.by_id[task.parent_id]
        named = short_parent_name(above.objective, self.stored.names[above.lead_unit_id])
        return _warned(one, Text("importing.warning.stays_child", parent=named))

    def _as_new(self, row: TaskRow) -> PlannedTask:
        helpers = frozenset(self.stored.unit_ids[name] for name in row.assisting_units)
        lead = self.stored.unit_ids[row.lead_unit]
        fields: dict[str, Any] = {
            "focus": row.focus or None,
            "standard": row.standard,
            "deadline": row.deadline,
            "frequency": row.frequency,
            "leader_in_charge": row.leader_in_charge or None,
            "handling_section": row.handling_section or None,
            "responsible_person": row.responsible_person,
            "responsible_id": self.stored.responsibles.find(row.responsible_person, [lead, *helpers]),
            "target_value": row.target.value if row.target else None,
            "target_unit": row.target.unit[:40] if row.target else None,
            "remark": row.remark or None,
        }
        return PlannedTask(row, row.identity, "new", lead, fields, helpers)

    def _against(
        self, planned: PlannedTask, task: Task, above: Above | None, moved: MovedLines, before: frozenset[int]
    ) -> PlannedTask:
        """Compare the row with the stored task, except for what the office has changed by chat since.

        ``before``: the units that assist it.
        """
        names, row = self.stored.names, planned.row
        kept = moved.kept(task, planned.identity, row.responsible_person)
        extended = is_former_deadline(task, row.deadline)
        kept |= {"deadline"} if extended else frozenset()
        kept |= self._stated_before(row, task, planned.fields)
        fields = {name: value for name, value in planned.fields.items() if name not in kept}
        helpers = planned.assisting - {task.lead_unit_id}
        after = changes_of(task, fields)
        joins = above is not None and task.parent_id is None
        changes = (*field_changes(task, after, row.lead_unit), *helper_changes(before, helpers, names))
        if above is not None and joins:
            name = task_column_name(TaskColumn.PARENT)
            changes = (*changes, change_text(name, None, above.parent.short_name))
        if task.identity != planned.identity or changes_of(task, planned.fields).keys() & kept & CHAIN:
            unit, person = names[task.lead_unit_id], task.responsible_person
            row = _told(row, Text("importing.warning.moved", unit=unit, person=person))
        if extended and task.deadline is not None:
            row = _told(row, Text("importing.warning.extended", day=full_day_text(task.deadline)))
        status: Status = "changed" if after or helpers != before or joins else "unchanged"
        return replace(
            planned,
            row=row,
            identity=task.identity,
            status=status,
            lead_unit_id=task.lead_unit_id,
            fields=fields,
            assisting=helpers,
            changes=changes,
            new_deadline="deadline" in after,
            parent=None if above is None else above.parent,
            joins=joins,
        )

    def _stated_before(self, row: TaskRow, task: Task, fields: Mapping[str, object]) -> frozenset[str]:
        """The fields that stay because the line does not state them, or not in full.

        A child is reported as the task above it is: that it does not say so again takes nothing away.
        """
        kept = kept_fields(row, task)
        if changes_of(task, {name: fields[name] for name in kept}):
            self.meanings.add(row.line, Meaning.KEPT)
            for name in kept:
                self.meanings.take_back(row.line, Meaning(name))
        return kept | {"frequency"} if task.parent_id is not None and row.frequency is None else kept

    # -- which unit leads, and until when ------------------------------------------------------------

    def _ask_about_leads(self, rows: Sequence[TaskRow]) -> None:
        """What becomes of lines that name another lead unit for a task that is there."""
        rows = [row for row in rows if not row.parent]
        new = [row for row in rows if self.planned[row.line].status == "new"]
        drafts = [row for row in self.drafts.values() if not row.parent]
        lacking = [task for task in self.lacking if task.parent_id is None]
        leads = moved_leads(new, drafts, lacking, self.stored.names, self.answers)
        for row in rows:
            self.planned[row.line] = self._with_lead(self.planned[row.line], leads)
        for one in leads.refused:
            self.drafts[one.line] = self.planned.pop(one.line).row
            self.refused[one.line] = one
        self.moved_on.update(task.identity for task in leads.tasks.values())

    def _with_lead(self, planned: PlannedTask, leads: MovedLeads) -> PlannedTask:
        """A new line, where it means a task that another unit leads until now, or may mean it."""
        if (warning := leads.warnings.get(planned.identity)) is not None:
            return _warned(planned, warning)
        if planned.status != "new" or (task := leads.tasks.get(planned.identity)) is None:
            return planned
        self.families.means(planned.row.line, task)
        names = self.stored.names
        before = frozenset(self.stored.assisting[ident(task)]) - {planned.lead_unit_id}
        there = replace(planned, identity=task.identity, assisting=before)
        same = self._against(there, task, None, MovedLines({}, ()), before)
        unit = change_text(
            task_column_name(TaskColumn.UNITS), names[task.lead_unit_id], planned.row.lead_unit
        )
        changes = (unit, *same.changes, *helper_changes(before, planned.assisting, names))
        return replace(
            same,
            identity=planned.identity,
            status="changed",
            lead_unit_id=planned.lead_unit_id,
            assisting=planned.assisting,
            changes=changes,
            moved_from=task.identity,
        )

    def _check_deadlines(self) -> None:
        """Refuse lines with a new deadline after that of the task above, once all deadlines are known."""
        for line, one in sorted(self.planned.items(), key=lambda pair: pair[1].place):
            found = self.families.above(line)
            if found is None:
                continue
            reason = later_deadline(one, self.families.tasks.get(line), self.above(found))
            if reason is not None:
                self._refuse(one.row, reason)


def _told(row: TaskRow, warning: Text) -> TaskRow:
    return replace(row, warnings=(*row.warnings, warning))


def _warned(one: PlannedTask, warning: Text | None) -> PlannedTask:
    return one if warning is None else replace(one, row=_told(one.row, warning))
