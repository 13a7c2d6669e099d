"""The preview of 分解到下级: what becomes of each chosen unit, and whether the targets add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from locales import Text
from models.db import ident
from models.people import Contact, ContactState
from models.progress import child_counts
from models.tasks import Task
from models.tasks.breakdowns import TaskBreakdown
from reports.formats import full_day_text, quantity_text, short
from rules.tasks.task_lifecycle import TaskState
from services.breakdown import breakdown_plan
from services.breakdown.begun_breakdowns import begun, keep, leave_button
from services.breakdown.breakdown_plan import BreakdownPlan, UnitFate, UnitProposal
from services.task_wording import differing_targets, due_text, report_name
from services.tasks import deciders, extension_card
from services.turn import Turn
from services.views import ButtonSpec, View, button, paging

PAGE: Final = 15
MADE: Final = frozenset({UnitFate.NEW, UnitFate.ATTACHED})
_OPEN_SHOWN: Final = 5
"""So many units have a button of their own at once: those of which a person is to be chosen, or invited."""


async def preview(turn: Turn, breakdown_id: int, *, offset: int = 0) -> View:
    """What would be made, page by page, with the button that makes it as soon as nothing is open."""
    row, task, plan = await begun(turn, breakdown_id)
    found = await breakdown_plan.proposals(turn, task, plan)
    return await shown(turn, row, task, plan, found, offset)


async def shown(
    turn: Turn,
    row: TaskBreakdown,
    task: Task,
    plan: BreakdownPlan,
    found: Sequence[UnitProposal],
    offset: int = 0,
) -> View:
    """The preview of these proposals."""
    offset = offset if offset < len(found) else 0
    there = await child_counts.child_sums(turn.session, ident(task), turn.today)
    page = enumerate(found[offset : offset + PAGE], offset + 1)
    lines = [
        Text("breakdowns.title", objective=short(task.objective, 80)),
        Text("tasks.card.deadline", value=due_text(task, turn.now, turn.campaign)),
        _summary(found),
        *(_line(number, one, task) for number, one in page),
        *_people_lines(found),
        *differing_targets(task, breakdown_plan.target_total(task, found, there.target)),
    ]
    rows = _rows(turn, row, task, plan, found, offset)
    if task.state is TaskState.SUBMITTED:
        lines.append(Text("breakdowns.submitted_already"))
    elif task.deadline is not None and task.deadline < turn.today:
        lines.append(Text("breakdowns.overdue_already", who=await deciders.name_of(turn, task)))
        rows += (await extension_card.on_card(turn, task)).rows
    if task.frequency is not None:
        key = "breakdowns.own_reports" if plan.own_reports else "breakdowns.no_own_reports"
        lines.append(Text(key, reports=report_name(task.frequency)))
    if any(one.fate is UnitFate.WHO for one in found):
        lines.append(Text("breakdowns.choose_people"))
    return View(lines, rows, [ident(task)])


def _summary(found: Sequence[UnitProposal]) -> Text:
    counts = {fate: sum(one.fate is fate for one in found) for fate in UnitFate}
    new = counts[UnitFate.NEW] + counts[UnitFate.WHO]
    parts = [Text("breakdowns.count.new", count=new)] if new else []
    parts += [
        Text(f"breakdowns.count.{fate.value}", count=counts[fate])
        for fate in (UnitFate.ATTACHED, UnitFate.NOBODY, UnitFate.ELSEWHERE, UnitFate.LATER)
        if counts[fate]
    ]
    return Text("breakdowns.summary", count=len(found), parts=parts)


def _line(number: int, one: UnitProposal, task: Task) -> Text:
    """A unit with its person, and what was changed for it."""
    if not one.is_new:
        said = {"number": number, "unit": one.unit.name}
        if one.fate is UnitFate.ATTACHED and one.same and task.frequency not in {None, one.same.frequency}:
            return Text("breakdowns.line.attached_anew", **said, reports=report_name(task.frequency))
        return Text(f"breakdowns.line.{one.fate.value}", **said)
    parts: list[Text] = []
    if one.person is None:
        parts.append(Text("breakdowns.who_open", count=len(one.able)))
    else:
        parts.append(_person(one.person, one.deputy))
    deadline = breakdown_plan.deadline_of(task, one.choice)
    if deadline is not None and deadline != task.deadline:
        parts.append(Text("breakdowns.own_deadline", day=full_day_text(deadline)))
    if one.choice.target is not None:
        target = quantity_text(one.choice.target, breakdown_plan.measure_of(task, one.choice))
        parts.append(Text("breakdowns.own_target", target=target))
    return Text("breakdowns.line.new", number=number, unit=one.unit.name, parts=parts)


def _person(person: Contact, deputy: Contact | None) -> Text:
    if deputy is not None:
        return Text("breakdowns.stood_in_for", name=person.name, deputy=deputy.name)
    joined = person.state is not ContactState.NOT_ENROLLED
    return Text("common.as_is" if joined else "breakdowns.not_joined", text=person.name)


def _people_lines(found: Sequence[UnitProposal]) -> list[Text]:
    """Who would not hear, for they have not joined and nobody stands in for them, and where nobody is."""
    people = [one.person for one in found if one.is_new and one.person is not None and one.deputy is None]
    waiting = sum(person.state is ContactState.NOT_ENROLLED for person in people)
    lines = [Text("breakdowns.not_joined_count", count=waiting)] if waiting else []
    names = [one.unit.name for one in found if one.fate is UnitFate.NOBODY]
    return [*lines, Text("breakdowns.nobody", units=names)] if names else lines


def _rows(
    turn: Turn,
    row: TaskBreakdown,
    task: Task,
    plan: BreakdownPlan,
    found: Sequence[UnitProposal],
    offset: int,
) -> list[list[ButtonSpec]]:
    about = {"breakdown_id": row.id}
    actor_id = turn.actor.id
    waits = [one for one in found if one.fate is UnitFate.WHO]
    rows = []
    if not waits and any(one.fate in MADE for one in found):
        count = sum(one.fate in MADE for one in found)
        mark = breakdown_plan.mark_of(task, found, plan)
        label = Text("breakdowns.confirm_button", count=count)
        rows.append([button(label, "breakdown.confirm", actor_id, **about, shown=mark)])
    for one in waits[:_OPEN_SHOWN]:
        label = Text("breakdowns.who_button", unit=one.unit.name)
        rows.append([button(label, "breakdown.unit", actor_id, **about, unit_id=one.unit.id)])
    for one in [one for one in found if one.fate is UnitFate.NOBODY][:_OPEN_SHOWN]:
        label = Text("breakdowns.invite_button", unit=one.unit.name)
        rows.append([button(label, "breakdown.invite", actor_id, **about, unit_id=one.unit.id)])
    rows += paging("breakdown.preview", actor_id, offset, len(found), page=PAGE, breakdown_id=row.id)
    row_below = [button("breakdowns.units_button", "breakdown.units", actor_id, **about)]
    if any(one.is_new for one in found):
        row_below.append(button("breakdowns.details_button", "breakdown.details", actor_id, **about))
    rows.append(row_below)
    if task.frequency is not None:
        label = Text("breakdowns.own_off_button" if plan.own_reports else "breakdowns.own_on_button")
        rows.append([button(label, "breakdown.own", actor_id, **about, on=not plan.own_reports)])
    return [*rows, [leave_button(turn, row)]]


async def report_itself(turn: Turn, breakdown_id: int, on: bool) -> View:
    """本级另报: whether the lead unit goes on reporting beside the others."""
    row, task, plan = await begun(turn, breakdown_id)
    plan = replace(plan, own_reports=on)
    await keep(turn, row, plan)
    return await shown(turn, row, task, plan, await breakdown_plan.proposals(turn, task, plan))
