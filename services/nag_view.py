"""How a merged nag reads. Rendered when it is sent: what was finished meanwhile is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from locales import Text
from models import lookup, people, tasks
from models.db import Session
from models.messages import Outbox
from models.people import Contact
from models.tasks import Task
from reports.formats import day_text, days_text, short
from rules.task_lifecycle import NAGGED_STATES, TaskState
from services import access
from services.campaign import Campaign
from services.tasks import due_text, lamp_text
from services.views import ButtonSpec, View

BUTTONS = 5


class Tone(StrEnum):
    """催办 goes downwards only; leaders get a 提示."""

    NAG = "nag"
    HINT = "hint"


class Asked(StrEnum):
    """What the office asks for by ``/remind``; a nag of the ladder asks for nothing in particular."""

    UNSIGNED = "unsigned"
    SILENT = "silent"
    OVERDUE = "overdue"
    UNIT = "unit"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Duty:
    """One task in one person's message. ``instead_of``: for whom the reader stands in."""

    task_id: int
    tone: Tone
    instead_of: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"task_id": self.task_id, "tone": self.tone.value, "instead_of": self.instead_of}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Duty:
        return cls(data["task_id"], Tone(data["tone"]), data["instead_of"])


async def render(session: Session, row: Outbox, campaign: Campaign, now: datetime) -> View | None:
    """The view of an outbox row; None when nothing of it is open and the reader's any more."""
    duties = [Duty.from_json(duty) for duty in row.content["duties"]]
    day = date.fromisoformat(row.content["day"])
    found = await tasks.tasks_by_id(session, [duty.task_id for duty in duties])
    names = {unit.id: unit.name for unit in await people.all_units(session) if unit.id is not None}
    asked = Asked(row.content["asked"]) if "asked" in row.content else None
    still = await still_asked(session, asked, found, row.created_at)
    # A task that is not there is a fault, not one that is done.
    open_duties = [duty for duty in duties if found[duty.task_id].id in still]
    open_duties = await _still_his(session, open_duties, found, row.contact_id)
    if not open_duties:
        return None
    return build(open_duties, found, names, day, row.contact_id, campaign=campaign, now=now, asked=asked)


async def still_asked(
    session: Session, asked: Asked | None, found: Mapping[int, Task], since: datetime
) -> set[int]:
    """Ids of the tasks for which it is not done yet, what was asked for at ``since``."""
    if asked is Asked.UNSIGNED:
        return {task_id for task_id, task in found.items() if task.state is TaskState.ASSIGNED}
    waiting = {task_id for task_id, task in found.items() if task.state in NAGGED_STATES}
    if asked is not Asked.SILENT:
        return waiting
    last = await lookup.last_reported(session)
    spoke = {unit_id for unit_id, at in last.items() if at > since}
    return {task_id for task_id in waiting if found[task_id].lead_unit_id not in spoke}


async def _still_his(
    session: Session, duties: list[Duty], found: Mapping[int, Task], reader_id: int | None
) -> list[Duty]:
    """Without tasks that are others' by now, or that the reader may not see any more; the rest of his message
    still counts."""
    contact = await session.get(Contact, reader_id)
    if contact is None:
        return []
    actor = await access.actor_of(session, contact)
    assisting = await tasks.assisting_units(session, [duty.task_id for duty in duties])
    return [
        duty
        for duty in duties
        if _is_meant(duty, found[duty.task_id], reader_id)
        and access.may_see(actor, found[duty.task_id], assisting[duty.task_id])
    ]


def _is_meant(duty: Duty, task: Task, reader_id: int | None) -> bool:
    """Whether a 催办 still goes to whom it was meant for: the task may have gone to a colleague since, who
    hears of it by the order."""
    if duty.tone is Tone.HINT:
        return True
    if duty.instead_of is None:
        return task.responsible_id == reader_id
    return task.responsible_person == duty.instead_of


def build(
    duties: Sequence[Duty],
    found: Mapping[int, Task],
    names: Mapping[int, str],
    day: date,
    reader_id: int | None,
    *,
    campaign: Campaign,
    now: datetime,
    asked: Asked | None = None,
) -> View:
    """The message of one person's slot: own duties first, then those he stands in for, then hints.

    ``found``: the duties' tasks by id; ``names``: of units by id; ``asked``: what the office asks for.
    """
    title = "nags.title" if any(duty.tone is Tone.NAG for duty in duties) else "nags.title_hint"
    if asked is not None:
        title = "nags.title_asked"
    task_ids = list(dict.fromkeys(duty.task_id for duty in duties))
    lines: list[Text] = [Text(title, day=day_text(day), count=len(task_ids))]
    for heading, part in _parts(duties, asked):
        lines.append(Text(heading, count=len(part)))
        ordered = sorted(part, key=lambda duty: (found[duty.task_id].deadline or date.max, duty.task_id))
        lines += [_line(duty, found[duty.task_id], names, day, now, campaign) for duty in ordered]
    if campaign.calendar.is_fallback(day):
        lines.append(Text("common.calendar_fallback", year=day.year))
    return View(lines, _buttons(duties, found, reader_id, asked), task_ids)


def _parts(duties: Sequence[Duty], asked: Asked | None) -> list[tuple[str, list[Duty]]]:
    own = [d for d in duties if d.tone is Tone.NAG and d.instead_of is None]
    for_others = [d for d in duties if d.tone is Tone.NAG and d.instead_of is not None]
    hints = [d for d in duties if d.tone is Tone.HINT and d.instead_of is None]
    relayed = [d for d in duties if d.tone is Tone.HINT and d.instead_of is not None]
    titled = [
        ("nags.own" if asked is None else f"nags.asked.{asked.value}", own),
        ("nags.for_others", for_others),
        ("nags.hint", hints),
        ("nags.hint_relayed", relayed),
    ]
    return [(title, part) for title, part in titled if part]


def _line(
    duty: Duty, task: Task, names: Mapping[int, str], day: date, now: datetime, campaign: Campaign
) -> Text:
    left = (task.deadline - day).days if task.deadline else 0
    values: dict[str, Any] = {
        "lamp": lamp_text(task, now, campaign),
        "objective": short(task.objective, 60),
        "days": days_text(left) if task.deadline else due_text(task, now, campaign),
        "unit": names[task.lead_unit_id],
        "person": task.responsible_person,
    }
    if duty.instead_of is not None:
        return Text("nags.line_instead", name=duty.instead_of, **values)
    return Text("nags.line" if duty.tone is Tone.NAG else "nags.line_hint", **values)


def _buttons(
    duties: Sequence[Duty], found: Mapping[int, Task], reader_id: int | None, asked: Asked | None
) -> list[list[ButtonSpec]]:
    own = [duty for duty in duties if duty.tone is Tone.NAG and duty.instead_of is None]
    rows = []
    if asked is Asked.UNSIGNED and own:
        label = Text("tasks.acknowledge_all_button", count=len(own))
        ids = [duty.task_id for duty in own]
        rows.append([ButtonSpec(label, "task.acknowledge_all", {"task_ids": ids}, reader_id)])
    for duty in own[:BUTTONS]:
        label = Text("nags.report_button", objective=short(found[duty.task_id].objective, 16))
        rows.append([ButtonSpec(label, "report.start", {"task_id": duty.task_id}, reader_id)])
    rows.append([ButtonSpec(Text("nags.list_button"), "task.list", {}, reader_id)])
    return rows
