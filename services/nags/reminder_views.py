"""``/remind``: choose whom to urge, see exactly who would hear what, and only then send it."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Final

from locales import Text
from models.db import Session, known
from models.people import Unit
from models.tasks import Task, task_search
from reports.formats import short
from rules.tasks.task_lifecycle import NAGGED_STATES
from services.access import Actor, require_office
from services.duties.not_reported import silent_units
from services.duties.task_duties import ReminderKind, TaskDuty
from services.errors import DomainError
from services.nags import reminders
from services.nags.manual_reminders import Reminder, choices
from services.nags.messages.nag_message import build
from services.nags.reminders import ReminderPlan, ReminderTarget
from services.nags.subject import NagReader
from services.nags.tasks.task_page import TaskFacts, task_page
from services.people.name_search import CHOICES, units_named, words_of
from services.tasks import breakdown_rights
from services.turn import Turn
from services.views import ButtonSpec, View, arguments_of, button

PEOPLE: Final = 30
DUTIES: Final = 3
NAMES: Final = 20


async def menu(turn: Turn, words: str) -> View:
    """``/remind``: the kinds of reminders with their counts; ``/remind 名称``: units and tasks."""
    require_office(turn.actor)
    wanted = words_of(words)
    if wanted:
        return await _choose(turn.session, turn.actor, wanted)
    unsigned = reminders.audible(await task_search.unsigned_tasks(turn.session), turn)
    silent = await silent_units(turn, None)
    overdue = await reminders.overdue_tasks(turn)
    counts = {
        ReminderKind.UNSIGNED: len(unsigned),
        ReminderKind.SILENT: len(silent),
        ReminderKind.OVERDUE: len(overdue),
    }
    rows = []
    for asked, count in counts.items():
        label = Text("remind.what_button", what=Text(f"remind.what.{asked.value}"), count=count)
        rows.append([_preview_button(turn.actor, label, ReminderTarget(asked))])
    return View([Text("remind.menu")], rows)


async def _choose(session: Session, actor: Actor, wanted: list[str]) -> View:
    units = await units_named(session, wanted)
    spellings = [{word} for word in wanted]
    found, _ = await task_search.tasks_with_words(
        session, spellings, contact_ids=actor.duties, unit_ids=None, offset=0, limit=CHOICES
    )
    urgent = [task for task in found if task.state in NAGGED_STATES]
    if not units and not urgent:
        raise DomainError("remind.nothing_named", words=short(" ".join(wanted), 40))
    named = [
        (Text("remind.unit_button", unit=short(unit.name, 30)), ReminderTarget(ReminderKind.UNIT, unit.id))
        for unit in units[:CHOICES]
    ]
    named += [
        (Text("remind.task_button", objective=name), ReminderTarget(ReminderKind.TASK, task_id))
        for task_id, name in (await breakdown_rights.names_of(session, urgent, 30)).items()
    ]
    return View([Text("remind.choose")], [[_preview_button(actor, label, target)] for label, target in named])


def _preview_button(actor: Actor, label: Text, target: ReminderTarget, *, again: bool = False) -> ButtonSpec:
    arguments = arguments_of(target) | ({"again": True} if again else {})
    return button(label, "remind.preview", actor.id, **arguments)


async def preview(turn: Turn, target: ReminderTarget, *, again: bool = False) -> View:
    """Show who would get what, in which words; nothing is sent. ``again``: include people reminded today."""
    seen = max((await reminders.reminded_today(turn)).values(), default=0)
    until = seen if again else None
    planned = await reminders.plan(turn, target, again_until=until)
    lines = [Text("remind.title", what=await _what(turn.session, target))]
    lines += _people_lines(planned)
    if planned.messages:
        own = (m for m in planned.messages if all(duty.instead_of is None for duty in m.about))
        sample = next(own, planned.messages[0])
        name = planned.directory.name_of(sample.contact)
        key = "remind.text" if len(planned.messages) == 1 else "remind.sample"
        lines += [Text(key, name=name), *_view(turn, planned, sample, target).lines]
    return View(lines, _preview_rows(turn.actor, target, planned, until))


async def _what(session: Session, target: ReminderTarget) -> Text:
    if target.kind is ReminderKind.UNIT:
        unit = await session.get(Unit, known(target.subject))
        return Text("common.as_is", text=unit.name if unit else "")
    if target.kind in {ReminderKind.TASK, ReminderKind.BELOW}:
        task = await session.get_one(Task, known(target.subject))
        name = await breakdown_rights.name_of(session, task, 60)
        return name if target.kind is ReminderKind.TASK else Text("remind.what.below", objective=name)
    return Text(f"remind.what.{target.kind.value}")


def _people_lines(planned: ReminderPlan) -> list[Text]:
    count = len(planned.messages)
    lines = [Text("remind.people", count=count) if count else Text("remind.nobody")]
    lines += [_person_line(planned, message) for message in planned.messages[:PEOPLE]]
    if count > PEOPLE:
        lines.append(Text("remind.more_people", count=count - PEOPLE))
    if planned.lost:
        names = [Text("common.as_is", text=name) for name in planned.lost[:NAMES]]
        lines.append(Text("remind.lost", count=len(planned.lost), names=names))
    if planned.reminded:
        names = [_reminded(planned, reminder) for reminder in planned.reminded[:NAMES]]
        lines.append(Text("remind.reminded", count=len(planned.reminded), names=names))
    return lines


def _reminded(planned: ReminderPlan, reminder: Reminder[TaskDuty]) -> Text:
    """The person, and how many tasks are left out; who hears of others now reads that these are others."""
    hears = any(message.contact.id == reminder.contact.id for message in planned.messages)
    name, count = planned.directory.name_of(reminder.contact), len(reminder.about)
    return Text("remind.reminded_others" if hears else "remind.reminded_name", name=name, count=count)


def _person_line(planned: ReminderPlan, message: Reminder[TaskDuty]) -> Text:
    """The person's name and tasks; also to whom they pass some on, or for whom they stand in."""
    units = planned.directory.unit_names
    named = [
        breakdown_rights.named(planned.tasks[duty.task_id], units, 20) for duty in message.about[:DUTIES]
    ]
    if len(message.about) > DUTIES:
        named.append(Text("remind.and_more"))
    name = planned.directory.name_of(message.contact)
    values = {"name": name, "count": len(message.about), "tasks": named}
    instead = list(dict.fromkeys(duty.instead_of for duty in message.about if duty.instead_of is not None))
    if not instead:
        return Text("remind.person", **values)
    deputises = all(duty.deputy for duty in message.about if duty.instead_of is not None)
    key = "remind.person_deputy" if deputises else "remind.person_instead"
    return Text(key, whom=[short(one, 20) for one in instead[:DUTIES]], **values)


def _view(turn: Turn, planned: ReminderPlan, message: Reminder[TaskDuty], target: ReminderTarget) -> View:
    known = TaskFacts(planned.tasks, {}, planned.directory.unit_names)
    reading = NagReader(
        message.contact.id,
        turn.today,
        turn.now,
        turn.campaign,
        target.kind,
        asked_by=reminders.asked_by(turn),
    )
    return build([partial(task_page, message.about, known)], reading)


def _preview_rows(
    actor: Actor, target: ReminderTarget, planned: ReminderPlan, until: int | None
) -> list[list[ButtonSpec]]:
    # One preview sends only once, however often it is pressed, and never what it did not show.
    one = {"id": secrets.token_hex(8), "pairs": planned.pairs(), "until": until}
    label = Text("remind.send_button", count=len(planned.messages))
    send = button(label, "remind.send", actor.id, **arguments_of(target), **one)
    label = Text("remind.again_button", count=len(planned.reminded))
    again = _preview_button(actor, label, target, again=True)
    leave = button("remind.leave_button", "remind.leave", actor.id)
    return choices(send if planned.messages else None, again if planned.reminded else None, leave)
