"""分解到下级: who answers in a unit, until when, and for how much."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from locales import Text
from models.db import ident
from models.tasks import Task
from reports.formats import full_day_text, quantity_text, short
from rules.amounts import REPORTED_LIMIT
from rules.people.office_subjects import OfficeSubject
from rules.progress.measures import are_same
from rules.progress.quantities import Quantity, read_quantities
from rules.said_days import read_said_day
from rules.tasks.deadlines import read_deadline
from services import office_notices, questions
from services.breakdown import breakdown_plan, breakdown_preview
from services.breakdown.begun_breakdowns import begun, keep
from services.breakdown.breakdown_plan import UnitChoice, UnitFate, UnitProposal
from services.errors import DomainError
from services.recipients import OfficeShare
from services.task_wording import due_text
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, paging

_PEOPLE: Final = 12
_NEAR: Final = timedelta(days=180)
_NUMBERS: Final = re.compile(r"\d+(?:[,，]\d{3})*(?:\.\d+)?")
_NEGATIVE: Final = re.compile(r"[-−－负]\s*\d")


class ChoicePart(StrEnum):
    """What was set for a unit and can be taken back."""

    DEADLINE = "deadline"
    TARGET = "target"


_CLEARING: Final = {
    ChoicePart.DEADLINE: "breakdowns.clear_deadline_button",
    ChoicePart.TARGET: "breakdowns.clear_target_button",
}


async def choose(turn: Turn, breakdown_id: int, *, offset: int = 0) -> View:
    """逐个修改: the chosen units of which something can be changed, each with a button."""
    _, task, plan = await begun(turn, breakdown_id)
    found = [one for one in await breakdown_plan.proposals(turn, task, plan) if one.is_new]
    offset = offset if offset < len(found) else 0
    rows = [
        [
            button(
                Text("common.as_is", text=one.unit.name),
                "breakdown.unit",
                turn.actor.id,
                breakdown_id=breakdown_id,
                unit_id=one.unit.id,
            )
        ]
        for one in found[offset : offset + LISTED]
    ]
    rows += paging("breakdown.details", turn.actor.id, offset, len(found), breakdown_id=breakdown_id)
    return View([Text("breakdowns.choose_unit")], [*rows, [_back(turn, breakdown_id)]], [ident(task)])


def _back(turn: Turn, breakdown_id: int) -> ButtonSpec:
    return button("breakdowns.back_button", "breakdown.preview", turn.actor.id, breakdown_id=breakdown_id)


async def of_unit(turn: Turn, breakdown_id: int, unit_id: int) -> View:
    """What holds for one unit, with a button for each thing that can be changed."""
    task, one = await _unit(turn, breakdown_id, unit_id)
    return _shown(turn, breakdown_id, task, one)


async def _unit(turn: Turn, breakdown_id: int, unit_id: int) -> tuple[Task, UnitProposal]:
    """``DomainError``: nothing new is made in the unit any more."""
    _, task, plan = await begun(turn, breakdown_id)
    for one in await breakdown_plan.proposals(turn, task, plan):
        if one.unit.id == unit_id and one.is_new:
            return task, one
    raise DomainError("breakdowns.unit_gone")


def _shown(turn: Turn, breakdown_id: int, task: Task, one: UnitProposal) -> View:
    about = {"breakdown_id": breakdown_id, "unit_id": one.unit.id}
    who = Text("breakdowns.who_open", count=len(one.able)) if one.person is None else one.person.name
    lines = [
        Text("breakdowns.unit_title", unit=one.unit.name, objective=short(task.objective, 60)),
        Text("breakdowns.unit_person", person=who),
    ]
    deadline = breakdown_plan.deadline_of(task, one.choice)
    day = due_text(task, turn.now, turn.campaign) if deadline is None else full_day_text(deadline)
    lines.append(Text("breakdowns.unit_deadline", day=day))
    target = Text("breakdowns.none")
    if one.choice.target is not None:
        target = quantity_text(one.choice.target, breakdown_plan.measure_of(task, one.choice))
    lines.append(Text("breakdowns.unit_target", target=target))
    rows = [*_people_rows(turn, about, one), *_choice_rows(turn, about, task, one.choice)]
    return View(lines, [*rows, [_back(turn, breakdown_id)]], [ident(task)])


def _choice_rows(
    turn: Turn, about: Mapping[str, int | None], task: Task, choice: UnitChoice
) -> list[list[ButtonSpec]]:
    """What can be set for the unit, and what was set and can be taken back."""
    setting = [button("breakdowns.target_button", "breakdown.ask_target", turn.actor.id, **about)]
    if task.deadline is None or task.deadline >= turn.today:  # else no day is left
        ask = button("breakdowns.deadline_button", "breakdown.ask_day", turn.actor.id, **about)
        setting.insert(0, ask)
    clearing = [
        button(label, "breakdown.clear", turn.actor.id, **about, what=what)
        for what, label in _CLEARING.items()
        if getattr(choice, what) is not None
    ]
    return [setting, clearing] if clearing else [setting]


async def clear(turn: Turn, breakdown_id: int, unit_id: int, what: ChoicePart) -> View:
    """Let the unit have the deadline of the task again, or no target."""
    await _unit(turn, breakdown_id, unit_id)
    await _change(turn, breakdown_id, unit_id, lambda one: replace(one, **{what.value: None}))
    return await of_unit(turn, breakdown_id, unit_id)


def _people_rows(turn: Turn, about: Mapping[str, int | None], one: UnitProposal) -> list[list[ButtonSpec]]:
    if len(one.able) < 2:
        return []
    rows = []
    for contact in one.able[:_PEOPLE]:
        key = "breakdowns.unit_chosen" if contact is one.person else "breakdowns.unit_open"
        label = Text(key, unit=contact.name)
        rows.append([button(label, "breakdown.person", turn.actor.id, **about, contact_id=contact.id)])
    return rows


async def choose_person(turn: Turn, breakdown_id: int, unit_id: int, contact_id: int) -> View:
    """Let that person answer in the unit; the preview shows what is still open."""
    await _unit(turn, breakdown_id, unit_id)
    await _change(turn, breakdown_id, unit_id, lambda one: replace(one, person_id=contact_id))
    return await breakdown_preview.preview(turn, breakdown_id)


async def _change(
    turn: Turn, breakdown_id: int, unit_id: int, change: Callable[[UnitChoice], UnitChoice]
) -> None:
    row, _, plan = await begun(turn, breakdown_id)
    await keep(turn, row, plan.with_choice(unit_id, change(plan.units.get(unit_id, UnitChoice()))))


async def ask_day(turn: Turn, breakdown_id: int, unit_id: int) -> View:
    """Ask for the unit's deadline in words."""
    task, one = await _unit(turn, breakdown_id, unit_id)
    await questions.ask_here(turn, "breakdown.day", {"breakdown_id": breakdown_id, "unit_id": unit_id})
    line = Text("breakdowns.ask_any_day", unit=one.unit.name)
    if task.deadline is not None:
        line = Text("breakdowns.ask_day", unit=one.unit.name, latest=full_day_text(task.deadline))
    return View([line], [[_to_unit(turn, breakdown_id, unit_id)]], [ident(task)])


def _to_unit(turn: Turn, breakdown_id: int, unit_id: int) -> ButtonSpec:
    about = {"breakdown_id": breakdown_id, "unit_id": unit_id}
    return button("breakdowns.back_button", "breakdown.unit", turn.actor.id, **about)


async def day_in_words(turn: Turn, breakdown_id: int, unit_id: int, words: str) -> View:
    """Take the written deadline. ``DomainError``: it is no day, is over, or comes after the parent's."""
    task, _ = await _unit(turn, breakdown_id, unit_id)
    day = read_said_day(words, turn.today)
    if day is None:
        raise DomainError("breakdowns.no_day")
    if (past := _past_day(words, day, turn.today)) is not None:
        raise DomainError("breakdowns.past_day", day=full_day_text(past))
    if task.deadline is not None and day > task.deadline:
        raise DomainError("breakdowns.after_parent", day=full_day_text(task.deadline))
    chosen = None if day == task.deadline else day
    await _change(turn, breakdown_id, unit_id, lambda one: replace(one, deadline=chosen))
    return await of_unit(turn, breakdown_id, unit_id)


def _past_day(words: str, day: date, today: date) -> date | None:
    """The day that is over; a day without its year is this year's, unless next year's is near."""
    this_year = read_deadline(words, title_year=today.year, today=today).day
    if this_year is not None and this_year < today and (day < today or day - today > _NEAR):
        return this_year
    return day if day < today else None


async def ask_target(turn: Turn, breakdown_id: int, unit_id: int) -> View:
    """Ask for the unit's target in words."""
    task, one = await _unit(turn, breakdown_id, unit_id)
    await questions.ask_here(turn, "breakdown.target", {"breakdown_id": breakdown_id, "unit_id": unit_id})
    line = Text("breakdowns.ask_any_target", unit=one.unit.name)
    if task.target_unit:
        line = Text("breakdowns.ask_target", unit=one.unit.name, measure=task.target_unit)
    return View([line], [[_to_unit(turn, breakdown_id, unit_id)]], [ident(task)])


async def target_in_words(turn: Turn, breakdown_id: int, unit_id: int, words: str) -> View:
    """Take the written target. ``DomainError``: it is no number, or of another unit of measure."""
    task, _ = await _unit(turn, breakdown_id, unit_id)
    target = _target_in(words, task.target_unit)
    measure = task.target_unit or target.unit
    await _change(turn, breakdown_id, unit_id, lambda one: replace(one, target=target.value, measure=measure))
    return await of_unit(turn, breakdown_id, unit_id)


def _target_in(words: str, measure: str | None) -> Quantity:
    """The one number in the words. ``measure``: that of the task; without one the words have to name it."""
    found = read_quantities(words) or read_quantities(f"{words.strip()}{measure or ''}")
    one = found[0] if len(found) == 1 == len(_NUMBERS.findall(words) or found) else None
    possible = one is not None and not _NEGATIVE.search(words) and 0 < one.value < REPORTED_LIMIT
    if one is None or not possible or not (measure or one.unit):
        if measure is None:
            raise DomainError("breakdowns.no_any_target")
        raise DomainError("breakdowns.no_target", measure=measure)
    if measure and one.unit and not are_same(one.unit, measure):
        raise DomainError("breakdowns.other_measure", measure=measure)
    return one


async def invite(turn: Turn, breakdown_id: int, unit_id: int) -> Text:
    """请创城办邀请: tell the office, once a day and unit, that a unit has nobody who could take a task."""
    _, task, plan = await begun(turn, breakdown_id)
    found = {one.unit.id: one for one in await breakdown_plan.proposals(turn, task, plan)}
    one = found.get(unit_id)
    if one is None or one.fate is not UnitFate.NOBODY:
        raise DomainError("breakdowns.unit_gone")
    asker = Text("common.contact", unit=turn.actor.unit.name, name=turn.actor.contact.name)
    line = Text("breakdowns.invite", who=asker, unit=one.unit.name, objective=short(task.objective, 60))
    view = View([line], [[button("nags.who_button", "who.front")]])
    key = f"breakdown-invite:{unit_id}:{turn.today.isoformat()}"
    share = OfficeShare(OfficeSubject.PEOPLE, turn.today)
    told = await office_notices.tell(turn.session, key, view, now=turn.now, share=share)
    return Text("breakdowns.invited", unit=one.unit.name) if told else Text("enrolment.asking.nobody")
