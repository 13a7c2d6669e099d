"""From a parsed breakdown to a plan of its import, and the lines that its tasks have left.

``task_writing`` carries the plan out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from locales import Text, plain
from models import people, tasks
from models.db import Session, ident
from models.people import ContactState
from models.tasks import Task, former_lines
from reports.formats import full_day_text, short
from rules.people.typed_names import identity_key
from services.importing.plans.changed_fields import field_changes, helper_changes
from services.importing.plans.moved_leads import MovedLeads, moved_leads
from services.importing.plans.past_deadlines import past_deadlines
from services.importing.plans.remarks import Remark, change_text, remark
from services.importing.plans.stated_before import answered_before, kept_fields
from services.importing.plans.unit_aliases import known_aliases
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.name_matching import ResponsiblePeople
from services.importing.rows.questions import NO_ANSWERS, Answers
from services.importing.rows.task_columns import TaskColumn, task_column_name
from services.importing.rows.task_lines import ParsedTasks, RefusedRow, TaskRow
from services.importing.rows.task_units import Roster, resolve_tasks, say_units
from services.task_wording import report_name

Status = Literal["new", "changed", "unchanged"]
_HELPERS: Final = 6


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """What importing a row would do.

    ``fields``: what may change; the identity and its parts may not. ``changes``: old → new, for people.
    ``new_deadline``: the task has another deadline today, or is new. ``moved_from``: the identity that a task
    has as long as another unit leads it.
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


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """``missing``: (action, objective, lead unit) of tasks that the file lacks; they are left alone."""

    tasks: Sequence[PlannedTask]
    refused: Sequence[RefusedRow]
    missing: Sequence[tuple[str, str, str]]
    notices: Sequence[Text]
    roster: Roster

    @property
    def changes(self) -> list[Remark]:
        """Every line that changes a task, with what it changes."""
        return [remark(one.row.line, one.row.objective, one.changes) for one in self.tasks if one.changes]

    @property
    def added(self) -> list[Remark]:
        """Every new task, with its unit and when it is due."""
        return [
            remark(one.row.line, one.row.objective, [_new_text(one.row)])
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

    def to_write(self, after: int = 0) -> list[PlannedTask]:
        """The rows that are new or changed below the place ``after`` in the file, in its order."""
        return [task for task in self.tasks if task.status != "unchanged" and task.row.line.place > after]

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


def _new_text(row: TaskRow) -> Text:
    due = [] if row.deadline is None else [full_day_text(row.deadline)]
    often = [] if row.frequency is None else [report_name(row.frequency)]
    person = row.responsible_person
    values = {"unit": row.lead_unit, "due": [*due, *often], "person": short(person, 20)}
    if not row.assisting_units:
        return Text("importing.added.task", **values)
    helpers = list(row.assisting_units[:_HELPERS])
    more = (
        "importing.added.assisted_by_more"
        if len(row.assisting_units) > _HELPERS
        else "importing.added.assisted"
    )
    return Text(more, **values, helpers=helpers, count=len(row.assisting_units))


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
        "status": task.status,
        "warnings": [plain(warning, locale) for warning in row.warnings],
        "changes": [plain(change, locale) for change in task.changes],
        "row": row.row,
        "sheet": row.line.sheet or None,
    }


async def plan_tasks(
    session: Session, parsed: ParsedTasks, answers: Answers = NO_ANSWERS, *, today: date | None = None
) -> TaskPlan:
    """Match the rows with the roster and with the tasks that are stored already.

    ``today``: a new deadline before it is asked about; None: nobody can be asked.
    """
    everywhere = await people.all_units(session, retired=True)
    names = {unit.id: unit.name for unit in everywhere if unit.id is not None}
    units = {unit.name: unit for unit in everywhere if unit.retired_at is None}
    ids = {name: unit.id for name, unit in units.items() if unit.id is not None}
    contacts = [one for one in await people.all_contacts(session) if one.state is not ContactState.LEFT]
    roster = Roster(
        {name: unit.tier for name, unit in units.items()},
        frozenset((names[contact.unit_id], contact.name) for contact in contacts),
        await known_aliases(session, answers),
    )
    resolved = resolve_tasks(parsed, roster, answers)
    known = await tasks.tasks_by_identity(session)
    assisting = await tasks.assisting_units(session, [t.id for t in known.values() if t.id is not None])
    responsibles = ResponsiblePeople(contacts)
    # A refused line still counts as part of the file.
    drafts = [refused.draft for refused in resolved.refused if refused.draft is not None]
    in_file = {_identity(line) for line in (*resolved.rows, *drafts)}
    moved = await MovedLines.load(session, known)
    revived, still = answered_before(
        resolved.refused,
        lambda row: moved.task_of(_identity(row), known, in_file),
        lambda task: [names[unit_id] for unit_id in assisting[ident(task)]],
    )
    say_units(revived, roster, resolved.meanings)
    resolved = replace(resolved, refused=still)
    rows = sorted([*resolved.rows, *revived], key=lambda row: row.line)
    planned = []
    for row in rows:
        one = _as_new(row, ids, responsibles)
        task = moved.task_of(one.identity, known, in_file)
        planned.append(
            one if task is None else _against(one, task, moved, assisting, names, resolved.meanings)
        )
    there = {task.identity for task in planned}
    there |= {_identity(draft) for draft in drafts}
    lacking = [task for task in known.values() if task.identity not in there]
    new = [one.row for one in planned if one.status == "new"]
    leads = moved_leads(new, drafts, lacking, names, None if today is None else answers)
    planned = [_with_lead(one, leads, assisting, names, resolved.meanings) for one in planned]
    moved_on = {task.identity for task in leads.tasks.values()}
    missing = [
        (task.action, task.objective, names[task.lead_unit_id])
        for task in lacking
        if task.identity not in moved_on
    ]
    planned = _without(planned, leads.refused)
    new_days = [one.row for one in planned if one.new_deadline]
    past = [] if today is None else past_deadlines(new_days, today, answers, resolved.meanings)
    refused = sorted([*resolved.refused, *leads.refused, *past], key=lambda one: one.line)
    kept = _without(planned, past)
    return TaskPlan(kept, refused, missing, resolved.notices, roster)


def _without(planned: Sequence[PlannedTask], refused: Iterable[RefusedRow]) -> list[PlannedTask]:
    returned = {one.line for one in refused}
    return [one for one in planned if one.row.line not in returned]


def _identity(row: TaskRow) -> str:
    return identity_key(row.action, row.objective, row.lead_unit)


def _as_new(row: TaskRow, ids: Mapping[str, int], responsibles: ResponsiblePeople) -> PlannedTask:
    helpers = frozenset(ids[name] for name in row.assisting_units)
    lead = ids[row.lead_unit]
    fields: dict[str, Any] = {
        "focus": row.focus or None,
        "standard": row.standard,
        "deadline": row.deadline,
        "frequency": row.frequency,
        "leader_in_charge": row.leader_in_charge or None,
        "handling_section": row.handling_section or None,
        "responsible_person": row.responsible_person,
        "responsible_id": responsibles.find(row.responsible_person, [lead, *helpers]),
        "target_value": row.target.value if row.target else None,
        "target_unit": row.target.unit[:40] if row.target else None,
        "remark": row.remark or None,
    }
    return PlannedTask(row, _identity(row), "new", lead, fields, helpers)


def _against(
    planned: PlannedTask,
    task: Task,
    moved: MovedLines,
    assisting: Mapping[int, Sequence[int]],
    names: Mapping[int, str],
    meanings: Interpretations,
) -> PlannedTask:
    """Compare the row with the stored task, except for what the office has changed by chat since."""
    kept = moved.kept(task, planned.identity, planned.row.responsible_person)
    extended = is_former_deadline(task, planned.row.deadline)
    kept |= {"deadline"} if extended else frozenset()
    stated_before = kept_fields(planned.row, task)
    if changes_of(task, {name: planned.fields[name] for name in stated_before}):
        meanings.add(planned.row.line, Meaning.KEPT)
        for field in stated_before:
            meanings.take_back(planned.row.line, Meaning(field))
    kept |= stated_before
    fields = {name: value for name, value in planned.fields.items() if name not in kept}
    helpers = planned.assisting - {task.lead_unit_id}
    before = frozenset(assisting[ident(task)])
    after = changes_of(task, fields)
    changes = (*field_changes(task, after, planned.row.lead_unit), *helper_changes(before, helpers, names))
    row = planned.row
    if task.identity != planned.identity or changes_of(task, planned.fields).keys() & kept & CHAIN:
        unit, person = names[task.lead_unit_id], task.responsible_person
        told = Text("importing.warning.moved", unit=unit, person=person)
        row = replace(row, warnings=(*row.warnings, told))
    if extended and task.deadline is not None:
        told = Text("importing.warning.extended", day=full_day_text(task.deadline))
        row = replace(row, warnings=(*row.warnings, told))
    status: Status = "changed" if after or helpers != before else "unchanged"
    new_deadline = "deadline" in after
    lead = task.lead_unit_id
    return PlannedTask(row, task.identity, status, lead, fields, helpers, changes, new_deadline)


def _with_lead(
    planned: PlannedTask,
    leads: MovedLeads,
    assisting: Mapping[int, Sequence[int]],
    names: Mapping[int, str],
    meanings: Interpretations,
) -> PlannedTask:
    """A new line, where it means a task that another unit leads until now, or may mean it."""
    if (warning := leads.warnings.get(planned.identity)) is not None:
        return replace(planned, row=replace(planned.row, warnings=(*planned.row.warnings, warning)))
    if planned.status != "new" or (task := leads.tasks.get(planned.identity)) is None:
        return planned
    before = frozenset(assisting[ident(task)]) - {planned.lead_unit_id}
    there = replace(planned, identity=task.identity, assisting=before)
    same = _against(there, task, MovedLines({}, ()), {ident(task): list(before)}, names, meanings)
    unit = change_text(task_column_name(TaskColumn.UNITS), names[task.lead_unit_id], planned.row.lead_unit)
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


def is_former_deadline(task: Task, deadline: date | None) -> bool:
    """Whether the task had that deadline before 延期. A new import of the sheet does not take 延期 back."""
    if task.first_deadline is None or task.deadline is None or deadline is None:
        return False
    return task.first_deadline <= deadline < task.deadline


def changes_of(task: Task, fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that differ from the task's present ones."""
    return {name: value for name, value in fields.items() if getattr(task, name) != value}


PERSON: Final = frozenset({"responsible_person", "responsible_id"})
CHAIN: Final = PERSON | {"leader_in_charge", "handling_section"}


@dataclass(frozen=True, slots=True)
class MovedLines:
    """The lines that tasks have left.

    ``by_identity``: the task that had the identity last. ``people``: (task id, identity, 责任人 cell) of the
    lines that tasks had before.
    """

    by_identity: Mapping[str, Task]
    people: Collection[tuple[int, str, str]]

    @classmethod
    async def load(cls, session: Session, known: Mapping[str, Task]) -> MovedLines:
        lines = await former_lines.former_lines(session)
        by_id = {task.id: task for task in known.values()}
        return cls(
            {line.identity: by_id[line.task_id] for line in lines},
            {(line.task_id, line.identity, line.responsible_person) for line in lines},
        )

    def task_of(self, identity: str, known: Mapping[str, Task], in_file: Collection[str]) -> Task | None:
        """The task that a line means: the one with its identity, else the one that has left it.

        If the file also names that task where it is now, its old line means another task.
        """
        if identity in known:
            return known[identity]
        moved = self.by_identity.get(identity)
        return None if moved is None or moved.identity in in_file else moved

    def kept(self, task: Task, identity: str, person: str) -> frozenset[str]:
        """The fields that the line does not decide, because the office has changed them since it was written.

        A line that now names another person than it did then is news, as long as its unit is the present one.
        """
        if task.identity != identity:
            return CHAIN
        return PERSON if (task.id, identity, person) in self.people else frozenset()
