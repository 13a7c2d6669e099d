"""确认分解: all children are made and all are told in one transaction, or nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from locales import Text
from models import people
from models.db import ident
from models.tasks import Task, breakdowns, child_duties, children
from models.tasks.breakdowns import TaskBreakdown
from rules.duties.frequencies import Frequency
from rules.tasks.task_lifecycle import OPEN_STATES, TaskState
from services import access, audit
from services.breakdown import breakdown_notices, breakdown_plan, breakdown_preview
from services.breakdown.begun_breakdowns import begun
from services.breakdown.breakdown_plan import BreakdownPlan, UnitFate, UnitProposal, deadline_of
from services.recipients import Directory
from services.tasks import task_card
from services.tasks.breakdown_rights import ATTACH, PART
from services.tasks.reassign import identity_in
from services.tasks.task_steps import AuditValues, acknowledge, schedule_nags, set_frequency
from services.turn import Turn
from services.unit_use import require_in_use
from services.views import TurnOutcome

BREAK_DOWN: Final = "break_down"
FOLLOW: Final = "follow"


async def confirm(turn: Turn, breakdown_id: int, shown: str) -> TurnOutcome:
    """Make the children that the preview has ``shown`` (its mark), once; the card of the task follows.

    If anything would be otherwise by now, nothing is made, and the preview is shown anew.
    """
    if (before := await _made_before(turn, breakdown_id)) is not None:
        return before
    _, task, plan = await begun(turn, breakdown_id)
    there = await breakdown_plan.proposals(turn, task, plan)
    above = [ident(one) for one in await children.ancestors(turn.session, task)]
    same = [ident(one.same) for one in there if one.same]
    lower = await children.child_ids(turn.session, same)
    await children.locked(turn.session, [ident(task), *above, *same, *lower])
    await people.hold(turn.session, [ident(one.person) for one in there if one.person])
    row, task, plan = await begun(turn, breakdown_id)
    found = await breakdown_plan.proposals(turn, task, plan)
    if shown != breakdown_plan.mark_of(task, found, plan):
        return await _changed(turn, row, task, plan, found)
    row.plan = replace(plan, own_before=task.own_reports).to_json()
    made, attached = await _write(turn, task, plan, found)
    row.made, row.attached, row.confirmed_at = made, attached, turn.now
    turn.session.add(row)
    await turn.session.flush()
    await breakdown_notices.promise(turn, row)
    card = await task_card.card(turn, ident(task))
    numbers = {"breakdowns.count.new": len(made), "breakdowns.count.attached": len(attached)}
    parts = [Text(key, count=count) for key, count in numbers.items() if count]
    return TurnOutcome(card, Text("breakdowns.made", parts=parts))


async def _changed(
    turn: Turn, row: TaskBreakdown, task: Task, plan: BreakdownPlan, found: Sequence[UnitProposal]
) -> TurnOutcome:
    """Nothing was made. If somebody else has made it all, the card shows it; else the preview stands anew."""
    last = await breakdowns.last_of(turn.session, ident(task))
    there = await children.units_below(turn.session, ident(task))
    left = any(one.fate is not UnitFate.NOBODY for one in found)
    if last is not None and last.contact_id != turn.actor.id and there & plan.units.keys() and not left:
        who = await audit.name_of(turn.session, last.contact_id)
        card = await task_card.card(turn, ident(task))
        return TurnOutcome(card, Text("breakdowns.made_by_another", who=who), done=False)
    view = await breakdown_preview.shown(turn, row, task, plan, found)
    return TurnOutcome(view, Text("breakdowns.changed"), done=False)


async def _made_before(turn: Turn, breakdown_id: int) -> TurnOutcome | None:
    """The answer to a second press; None: it is the first. The row is locked."""
    row = await breakdowns.locked(turn.session, breakdown_id)
    if row is None or row.confirmed_at is None or row.contact_id != turn.actor.id:
        return None
    card = await task_card.card(turn, row.task_id)
    return TurnOutcome(card, Text("breakdowns.made_before"), done=False)


async def _write(
    turn: Turn, task: Task, plan: BreakdownPlan, found: Sequence[UnitProposal]
) -> tuple[list[int], list[int]]:
    """Write the children; returns the ids of the new ones, and of those that were there."""
    new = [one for one in found if one.fate is UnitFate.NEW]
    old = [one for one in found if one.fate is UnitFate.ATTACHED]
    await require_in_use(turn.session, {one.unit.id for one in new})
    if task.state is TaskState.ASSIGNED and access.may_sign(turn.actor, task):
        await acknowledge(turn, [ident(task)])  # who breaks it down has seen it
    made = await _make(turn, task, new)
    lower = await children.children_of_each(turn.session, [ident(one.same) for one in old if one.same])
    for one in old:
        if one.same is not None:
            _attach(turn, task, one.same, lower[ident(one.same)])
    reporting = new or any(one.same is not None and one.same.state in OPEN_STATES for one in old)
    if task.frequency is not None and reporting:
        child_duties.set_own_reports(task, own=plan.own_reports, now=turn.now)
        turn.session.add(task)
    after = {
        **({"below_units": [one.unit.id for one in new]} if new else {}),
        **({"attached_units": [one.unit.id for one in old]} if old else {}),
        **({"own_reports": plan.own_reports} if task.frequency is not None else {}),
    }
    audit.note(turn, BREAK_DOWN, ("task", task.id), after=after)
    await turn.session.flush()
    await child_duties.settle_above(turn.session, ident(task), turn.now)
    return made, [ident(one.same) for one in old if one.same is not None]


async def _make(turn: Turn, task: Task, new: Sequence[UnitProposal]) -> list[int]:
    directory = await Directory.around(turn.session, {ident(one.unit) for one in new}, turn.today)
    for one in new:
        if one.same is not None:  # it was cancelled, and the unit gets the task anew
            await children.let_go_of_identity(turn.session, one.same)
    rows = [_child(turn, task, one, directory) for one in new]
    turn.session.add_all(rows)
    await turn.session.flush()
    for child in rows:
        audit.note(turn, PART, ("task", child.id), after={"parent_id": task.id})
    return [ident(child) for child in rows]


def _child(turn: Turn, task: Task, one: UnitProposal, directory: Directory) -> Task:
    if one.person is None:
        raise ValueError(f"nobody answers in {one.unit.name}")
    child = Task(
        identity=identity_in(task, one.unit.name),
        parent_id=task.id,
        action=task.action,
        focus=task.focus,
        objective=task.objective,
        standard=task.standard,
        deadline=deadline_of(task, one.choice),
        frequency=task.frequency,
        rhythm_from=child_duties.rhythm_below(task),
        lead_unit_id=ident(one.unit),
        leader_in_charge=directory.leader_cell(ident(one.unit)),
        handling_section=one.person.section,
        responsible_person=one.person.name,
        responsible_id=one.person.id,
        target_value=one.choice.target,
        target_unit=None
        if one.choice.target is None
        else breakdown_plan.measure_of(task, one.choice) or None,
        assigned_at=turn.now,
        nagged_until=turn.now,
        created_at=turn.now,
        updated_at=turn.now,
    )
    schedule_nags(child, turn.now)
    return child


def _attach(turn: Turn, task: Task, child: Task, lower: Sequence[Task]) -> None:
    """The task becomes a part, with the frequency of the whole: the reports of its parts are its reports.

    ``lower``: its own parts; those that were reported as it was go on being so.
    """
    old = child.frequency
    before: AuditValues = {}
    after: AuditValues = {}
    if child.frequency is not task.frequency and task.frequency is not None:
        before, after = set_frequency(child, task.frequency, turn.now)
        for one in lower:
            if one.state in OPEN_STATES and one.frequency is old:
                follow(turn, one, task.frequency)
    if child.rhythm_from is not None:
        before["rhythm_from"] = child.rhythm_from.isoformat()
    child.parent_id, child.updated_at = task.id, turn.now
    child.rhythm_from = child_duties.rhythm_below(task)
    if child.state in OPEN_STATES:
        schedule_nags(child, turn.now)
    turn.session.add(child)
    audit.note(turn, ATTACH, ("task", child.id), before=before or None, after={"parent_id": task.id, **after})


def follow(turn: Turn, part: Task, frequency: Frequency | None) -> None:
    """Let a part be reported as often as what it is a part of."""
    before, after = set_frequency(part, frequency, turn.now)
    turn.session.add(part)
    audit.note(turn, FOLLOW, ("task", part.id), before=before, after=after)
