"""From a parsed breakdown to a plan of its import. ``task_writing`` carries it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from locales import Text
from models import people, tasks
from models.db import Session, ident
from models.people import ContactState, Unit
from services.importing.plans.families import Families
from services.importing.plans.family_remarks import child_targets, following_children, later_children
from services.importing.plans.line_planning import LinePlanner, StoredBreakdown
from services.importing.plans.parent_checks import refused_text
from services.importing.plans.parent_lines import FileParents, StoredTasks, find_parents
from services.importing.plans.past_deadlines import past_deadlines
from services.importing.plans.planned_tasks import PlannedTask, TaskPlan
from services.importing.plans.stated_before import answered_before
from services.importing.plans.stored_lines import MovedLines
from services.importing.plans.unit_aliases import known_aliases
from services.importing.rows.line_refs import LineRef
from services.importing.rows.name_matching import ResponsiblePeople
from services.importing.rows.questions import NO_ANSWERS, Answers
from services.importing.rows.task_lines import ParsedTasks, RefusedRow, TaskRow
from services.importing.rows.task_units import Roster, resolve_tasks, say_units, without_doubles

__all__ = ["PlannedTask", "TaskPlan", "plan_tasks"]


async def plan_tasks(
    session: Session, parsed: ParsedTasks, answers: Answers = NO_ANSWERS, *, today: date | None = None
) -> TaskPlan:
    """Match the rows with the roster and with the tasks that are stored already.

    ``today``: a new deadline before it is asked about; None: nobody can be asked.
    """
    units = await people.all_units(session, retired=True)
    contacts = [one for one in await people.all_contacts(session) if one.state is not ContactState.LEFT]
    stored = await _stored(session, units, ResponsiblePeople(contacts))
    roster = Roster(
        {unit.name: unit.tier for unit in units if unit.retired_at is None},
        frozenset((stored.names[contact.unit_id], contact.name) for contact in contacts),
        await known_aliases(session, answers),
    )
    resolved, parents = _with_parents(resolve_tasks(parsed, roster, answers), roster, stored)
    drafts = {refused.line: refused.draft for refused in resolved.refused if refused.draft is not None}
    # A refused line still counts as part of the file.
    in_file = {row.identity for row in (*resolved.rows, *drafts.values())}
    revived, still = answered_before(
        resolved.refused,
        lambda row: stored.moved.task_of(row.identity, stored.known, in_file),
        lambda task: [stored.names[unit_id] for unit_id in stored.assisting[ident(task)]],
    )
    say_units(revived, roster, resolved.meanings)
    rows = sorted([*resolved.rows, *revived], key=lambda row: row.line)
    found = (stored.moved.task_of(row.identity, stored.known, in_file) for row in rows)
    there = in_file | {task.identity for task in found if task is not None}
    planner = LinePlanner(
        stored,
        Families.of(stored.known.values(), parents, units),
        in_file,
        {one.line: one.draft for one in still if one.draft is not None},
        [task for task in stored.known.values() if task.identity not in there],
        None if today is None else answers,
        resolved.meanings,
    )
    planner.plan(rows)
    planned = [planner.planned[row.line] for row in rows if row.line in planner.planned]
    new_days = [one.row for one in planned if one.new_deadline]
    past = [] if today is None else past_deadlines(new_days, today, answers, resolved.meanings)
    refused = {one.line: one for one in (*still, *planner.refused.values(), *past)}
    kept = _without(planned, refused)
    return TaskPlan(
        later_children(following_children(kept, planner.families), planner.families),
        [refused[line] for line in sorted(refused)],
        _missing(planner, parsed),
        [*resolved.notices, *child_targets(kept, planner.families)],
        roster,
        _names_above(refused, planner),
    )


async def _stored(
    session: Session, units: Sequence[Unit], responsibles: ResponsiblePeople
) -> StoredBreakdown:
    known = await tasks.tasks_by_identity(session)
    return StoredBreakdown(
        known,
        await MovedLines.load(session, known),
        await tasks.assisting_units(session, [ident(task) for task in known.values()]),
        {ident(unit): unit.name for unit in units},
        {unit.name: ident(unit) for unit in units if unit.retired_at is None},
        responsibles,
    )


def _with_parents(
    resolved: ParsedTasks, roster: Roster, stored: StoredBreakdown
) -> tuple[ParsedTasks, FileParents]:
    """The lines with the names that they have from the tasks above them, and what these are.

    Refused are those whose cell names no one task, and those that then are equal to an earlier line.
    """
    lines = [*resolved.rows, *(one.draft for one in resolved.refused if one.draft is not None)]
    in_file = {row.identity for row in lines}
    by_id = {ident(task): task for task in stored.known.values()}
    parents = find_parents(
        lines,
        roster,
        StoredTasks(
            by_id,
            stored.names,
            lambda row: stored.moved.task_of(row.identity, stored.known, in_file),
            stored.moved.by_identity.get,
        ),
    )
    if not parents.rows:
        return resolved, parents
    kept: list[TaskRow] = []
    refused = [_named(one, parents) for one in resolved.refused]
    for row in (parents.rows[row.line] for row in resolved.rows):
        if (reason := parents.reasons.get(row.line)) is not None:
            refused.append(RefusedRow(row.line, row.objective, (reason,), row))
        elif not row.objective and (above := parents.found[row.line].line) is not None:
            refused.append(_with_above(row, above))  # that line has none either, and is refused for it
        else:
            kept.append(row)
    rows, doubles = without_doubles(kept, named=True)
    refused = sorted([*refused, *doubles], key=lambda one: one.line)
    return replace(resolved, rows=rows, refused=refused), parents


def _named(refused: RefusedRow, parents: FileParents) -> RefusedRow:
    """A refused line with what its cell under 上级任务 adds: a name, or one more reason."""
    if refused.draft is None:
        return refused
    reason = parents.reasons.get(refused.line)
    reasons = refused.reasons if reason is None else (*refused.reasons, reason)
    return replace(refused, draft=parents.rows[refused.line], reasons=reasons)


def _with_above(row: TaskRow, line: LineRef) -> RefusedRow:
    """A line that goes back because the one above it does."""
    return RefusedRow(row.line, row.objective, (refused_text(line),), row, because=line)


def _without(planned: Sequence[PlannedTask], refused: dict[LineRef, RefusedRow]) -> list[PlannedTask]:
    """The lines that are not refused; those whose new parent is refused are so, too."""
    for one in sorted(planned, key=lambda one: one.place):
        above = None if one.parent is None or not one.joins else one.parent.line
        if one.row.line not in refused and above is not None and above in refused:
            refused[one.row.line] = _with_above(one.row, above)
    return [one for one in planned if one.row.line not in refused]


def _missing(planner: LinePlanner, parsed: ParsedTasks) -> list[tuple[str, str, str]]:
    """The tasks that the file lacks. One without the column 上级任务 says nothing about children."""
    return [
        (task.action, task.objective, planner.stored.names[task.lead_unit_id])
        for task in planner.lacking
        if task.identity not in planner.moved_on and (task.parent_id is None or parsed.name_parents)
    ]


def _names_above(refused: Mapping[LineRef, RefusedRow], planner: LinePlanner) -> dict[LineRef, Text]:
    """How a returned line names the task above it, where that one's line does not go back with it."""
    found = planner.families.file.found
    return {
        line: planner.above(found[line]).parent.name
        for line in refused
        if line in found and found[line].line not in refused
    }
