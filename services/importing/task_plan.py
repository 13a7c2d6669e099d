"""From a parsed breakdown to the database: first a plan to be looked at, then one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import col

from locales import Text, plain
from models import people, tasks
from models.db import Session
from models.people import Contact
from models.tasks import Task, TaskAssistingUnit
from rules.names import identity_key
from rules.task_lifecycle import OPEN_STATES
from services import audit
from services.assignments import tell_assigned
from services.campaign import Campaign
from services.importing.task_lines import ParsedTasks, RefusedRow, TaskRow
from services.importing.task_units import Roster, resolve_tasks
from services.tasks import schedule_nags

Status = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """What importing a row would do. ``known`` None: the task is new."""

    row: TaskRow
    identity: str
    status: Status
    known: Task | None
    fields: dict[str, Any]
    assisting: frozenset[int]


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """``missing``: (action, objective, lead unit) of tasks that the file lacks; they are left alone."""

    tasks: Sequence[PlannedTask]
    refused: Sequence[RefusedRow]
    missing: Sequence[tuple[str, str, str]]
    notices: Sequence[Text]

    def count(self, status: Status) -> int:
        return sum(task.status == status for task in self.tasks)

    def to_json(self, locale: str) -> dict[str, Any]:
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


def _task_json(task: PlannedTask, locale: str) -> dict[str, Any]:
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
        "row": row.row,
    }


async def plan_tasks(session: Session, parsed: ParsedTasks) -> TaskPlan:
    """Match the rows with the roster and with the tasks that are there already."""
    units = {unit.name: unit for unit in await people.all_units(session)}
    ids = {name: unit.id for name, unit in units.items() if unit.id is not None}
    names = {unit_id: name for name, unit_id in ids.items()}
    contacts = await people.all_contacts(session)
    roster = Roster(
        {name: unit.tier for name, unit in units.items()},
        frozenset((names[contact.unit_id], contact.name) for contact in contacts),
    )
    resolved = resolve_tasks(parsed, roster)
    known = await tasks.tasks_by_identity(session)
    assisting = await tasks.assisting_units(session, [t.id for t in known.values() if t.id is not None])
    planned = [_plan_one(row, ids, contacts, known, assisting) for row in resolved.rows]
    # A line that was refused is in the file all the same.
    drafts = [refused.draft for refused in resolved.refused if refused.draft is not None]
    there = {task.identity for task in planned}
    there |= {identity_key(draft.action, draft.objective, draft.lead_unit) for draft in drafts}
    missing = [
        (task.action, task.objective, names[task.lead_unit_id])
        for task in known.values()
        if task.identity not in there
    ]
    return TaskPlan(planned, resolved.refused, missing, resolved.notices)


def _plan_one(
    row: TaskRow,
    ids: dict[str, int],
    contacts: Sequence[Contact],
    known: dict[str, Task],
    assisting: dict[int, list[int]],
) -> PlannedTask:
    identity = identity_key(row.action, row.objective, row.lead_unit)
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
        "responsible_id": responsible_contact(row.responsible_person, [lead, *helpers], contacts),
        "target_value": row.target.value if row.target else None,
        "target_unit": row.target.unit[:40] if row.target else None,
        "remark": row.remark or None,
    }
    task = known.get(identity)
    if task is None:
        status: Status = "new"
        fields |= {"action": row.action, "objective": row.objective, "lead_unit_id": lead}
    else:
        same = all(getattr(task, name) == value for name, value in fields.items())
        same = same and helpers == frozenset(assisting[task.id or 0])
        status = "unchanged" if same else "changed"
    return PlannedTask(row, identity, status, task, fields, helpers)


def responsible_contact(cell: str, unit_ids: Sequence[int], contacts: Collection[Contact]) -> int | None:
    """The contact that a 责任人 cell names, of the first of the units that has him; None: not in the roster.

    A cell may hold more than a name (姓名（电话）); the longest name in it counts.
    """
    for unit_id in unit_ids:
        named = [c for c in contacts if c.unit_id == unit_id and len(c.name) > 1 and c.name in cell]
        if named:
            return max(named, key=lambda contact: len(contact.name)).id
    return None


async def apply_tasks(session: Session, plan: TaskPlan, *, now: datetime, campaign: Campaign) -> None:
    """Write the plan in the caller's transaction: adds and changes, never deletes."""
    created = []
    for planned in plan.tasks:
        if planned.known is None:
            created.append(await _create(session, planned, now, campaign))
        elif planned.status == "changed":
            await _change(session, planned, planned.known, now, campaign)
    await tell_assigned(session, created, now=now, campaign=campaign)


async def _create(session: Session, planned: PlannedTask, now: datetime, campaign: Campaign) -> Task:
    task = Task(
        identity=planned.identity,
        created_at=now,
        updated_at=now,
        assigned_at=now,
        nag_start=now,
        **planned.fields,
    )
    schedule_nags(task, now, campaign)
    session.add(task)
    await session.flush()
    await _set_assisting(session, task, planned.assisting)
    audit.record(session, "import", ("task", task.id), now=now, after=_shown(planned.fields))
    return task


async def _change(
    session: Session, planned: PlannedTask, task: Task, now: datetime, campaign: Campaign
) -> None:
    # The plan was read in an earlier transaction; the row may have moved on since.
    current = await session.get(Task, task.id, populate_existing=True)
    if current is None:
        raise LookupError(f"task {task.id} vanished")
    changed = {name: value for name, value in planned.fields.items() if getattr(current, name) != value}
    before = {name: getattr(current, name) for name in changed}
    for name, value in changed.items():
        setattr(current, name, value)
    current.updated_at = now
    if "deadline" in changed and current.state in OPEN_STATES:
        schedule_nags(current, now, campaign)
    session.add(current)
    await session.flush()
    await _set_assisting(session, current, planned.assisting)
    audit.record(session, "import", ("task", task.id), now=now, before=_shown(before), after=_shown(changed))


async def _set_assisting(session: Session, task: Task, wanted: frozenset[int]) -> None:
    if task.id is None:
        raise ValueError("the task was not flushed")
    present = set((await tasks.assisting_units(session, [task.id]))[task.id])
    gone = present - wanted
    if gone:
        await session.execute(
            sa.delete(TaskAssistingUnit).where(
                col(TaskAssistingUnit.task_id) == task.id, col(TaskAssistingUnit.unit_id).in_(gone)
            )
        )
    session.add_all(TaskAssistingUnit(task_id=task.id, unit_id=unit_id) for unit_id in wanted - present)
    await session.flush()


def _shown(fields: dict[str, Any]) -> dict[str, Any]:
    """Field values as JSON for the audit."""
    return {
        name: value if value is None or isinstance(value, int | str) else str(value)
        for name, value in fields.items()
    }
