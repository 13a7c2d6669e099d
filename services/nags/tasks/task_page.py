"""How the tasks of a merged message read: first what its reader has to do, then what they must know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from locales import Text
from models.tasks import Task
from reports.formats import day_text, days_text, moment_text, short
from reports.missed_reports import window_text
from rules.duties.frequencies import Frequency
from rules.nags.ladder import Obligation
from rules.nags.policy import DutyKind
from rules.tasks.lamps import Lamp
from rules.tasks.task_lifecycle import TaskState
from services.duties.task_duties import OwedKey, ReminderKind, TaskDuty, Tone
from services.duties.unreported_streaks import MISSED, OF_THE_LAST, is_window
from services.message_subjects import MessageSubjects
from services.nags.signing import sign_button
from services.nags.subject import ItemKey, LinesPage, MessageItem, MessagePart, NagReader, PartRank
from services.nags.tasks import extension_part
from services.task_wording import lamp_text, list_button, report_name, reports_text
from services.views import ButtonSpec, button


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What the lines need to know.

    It holds the duties' tasks and what they owe, by id, the units' names, and who else of the reader's unit
    has not signed, with how many tasks. ``explained``: why tasks are late, in their people's words.
    ``not_joined``: tasks whose responsible person has not joined. ``uninvited``: one of them for each person,
    to have them invited. ``invites``: the reader invites them.
    """

    tasks: Mapping[int, Task]
    owed: Mapping[int, Mapping[OwedKey, Obligation]]
    units: Mapping[int, str]
    unsigned: Sequence[tuple[str, int]] = ()
    explained: Mapping[int, str] = field(default_factory=dict)
    not_joined: Collection[int] = ()
    uninvited: Collection[int] = ()
    invites: bool = False


def task_page(lines: Sequence[TaskDuty], known: TaskFacts, reading: NagReader) -> LinesPage:
    """The tasks in one person's message."""
    ordered = sorted(lines, key=lambda duty: _urgency(duty, known, reading))
    asked = [duty for duty in ordered if extension_part.waits(duty)]
    nags = [duty for duty in ordered if duty.tone is Tone.NAG]
    hints = [duty for duty in ordered if duty.tone is Tone.HINT and duty not in asked]
    summary = partial(_summary, known=known, reading=reading)
    own_key = "nags.own" if reading.asked is None else f"nags.asked.{reading.asked.value}"
    relayed = [duty for duty in hints if duty.instead_of is not None and not duty.deputy]
    made = [
        (PartRank.OWN, partial(_counted, own_key), [d for d in nags if d.own and not d.deputy]),
        (PartRank.OWN, partial(_counted, "nags.deputised"), [d for d in nags if d.own and d.deputy]),
        (PartRank.OWN, partial(_counted, "nags.for_others"), [d for d in nags if not d.own]),
        (PartRank.HINT, partial(summary, "nags.hint"), [d for d in hints if d.instead_of is None]),
        (PartRank.HINT, partial(summary, "nags.hint_deputised"), [d for d in hints if d.deputy]),
        (PartRank.HINT, partial(summary, "nags.hint_relayed"), relayed),
    ]
    parts = [
        MessagePart(rank, heading(part), [_item(duty, known, reading) for duty in part])
        for rank, heading, part in made
        if part
    ]
    if asked:
        waiting = [known.tasks[duty.task_id] for duty in asked]
        named = [(task, known.units[task.lead_unit_id]) for task in waiting]
        parts.insert(0, extension_part.extension_part(named, reading))
    ends, last = _others(lines, known), [list_button(reading.reader_id)]
    first = partial(_for_several, lines, reading)
    return LinesPage("task", lines, parts, "", first, ends, last)


def _for_several(
    lines: Sequence[TaskDuty], reading: NagReader, shown: Collection[ItemKey]
) -> list[list[ButtonSpec]]:
    """The buttons for several lines at once. What nobody sees in the message is not passed on with it."""
    seen = [duty for duty in lines if _key(duty) in shown]
    return [*_sign_all(lines, reading), *_relay_all(seen, reading)]


def _key(duty: TaskDuty) -> ItemKey:
    return "task", duty.task_id, duty.instead_of or ""


def _item(duty: TaskDuty, known: TaskFacts, reading: NagReader) -> MessageItem:
    buttons = partial(_buttons, duty=duty, known=known, reading=reading)
    return MessageItem(("task", duty.task_id), _line(duty, known, reading), buttons, duty.instead_of or "")


def _others(lines: Sequence[TaskDuty], known: TaskFacts) -> list[Text]:
    """Who else of the unit has not signed."""
    shown = {duty.instead_of for duty in lines}
    others = [(name, count) for name, count in known.unsigned if name not in shown]
    if not others or not any(kind == DutyKind.UNSIGNED for duty in lines for kind, _ in duty.owed):
        return []
    names = [Text("nags.unsigned_person", name=name, count=count) for name, count in others]
    return [Text("nags.unsigned_too", names=names)]


def _counted(key: str, part: Sequence[TaskDuty]) -> Text:
    return Text(key, count=len(part))


def _urgency(duty: TaskDuty, known: TaskFacts, reading: NagReader) -> tuple[bool, date, int]:
    """The sort key: the longest overdue first; other tasks by the day of what they owe."""
    deadline = known.tasks[duty.task_id].deadline
    if deadline is not None and deadline < reading.day:
        return False, deadline, duty.task_id
    owed = _obligations(duty, known)
    days = [one.day for one in owed]
    return not _missed(owed, reading), min([*days, deadline or date.max]), duty.task_id


def _obligations(duty: TaskDuty, known: TaskFacts) -> list[Obligation]:
    owed = known.owed.get(duty.task_id, {})
    return [owed[one] for one in duty.owed if one in owed]


def _missed(owed: Sequence[Obligation], reading: NagReader) -> bool:
    """Whether a window of a recurring report has closed without a report."""
    return any(one.kind == DutyKind.REPORT and one.limit < reading.now for one in owed)


def _summary(key: str, hints: Sequence[TaskDuty], known: TaskFacts, reading: NagReader) -> Text:
    """What a leader reads in a second: how many are late, due, unsigned, unreported."""
    counts = {"late": 0, "due": 0, "unsigned": 0, "unreported": 0}
    for duty in hints:
        kinds = {kind for kind, _ in duty.owed} or {DutyKind.TASK}
        deadline = known.tasks[duty.task_id].deadline
        if deadline is not None and (DutyKind.TASK in kinds or deadline < reading.day):
            counts["late" if deadline < reading.day else "due"] += 1
        counts["unsigned"] += DutyKind.UNSIGNED in kinds
        counts["unreported"] += DutyKind.REPORT in kinds
    parts = [Text(f"nags.counted.{name}", count=count) for name, count in counts.items() if count]
    return Text(key, count=len(hints), parts=parts)


def _line(duty: TaskDuty, known: TaskFacts, reading: NagReader) -> Text:
    task = known.tasks[duty.task_id]
    values: dict[str, Any] = {
        "lamp": _lamp(duty, task, known, reading),
        "objective": short(task.objective, 60),
        "days": _what(duty, task, known, reading),
        "unit": known.units[task.lead_unit_id],
        "person": task.responsible_person,
    }
    if duty.task_id in known.not_joined:
        values["person"] = Text("nags.not_joined", name=task.responsible_person)
    key = "nags.line" if duty.tone is Tone.NAG else "nags.line_hint"
    if duty.instead_of is not None:
        key = "nags.line_deputy" if duty.deputy else "nags.line_instead"
        values["name"] = duty.instead_of
    return Text(key, **values)


def _lamp(duty: TaskDuty, task: Task, known: TaskFacts, reading: NagReader) -> Text:
    """The task's lamp; for an owed report, red if its window has closed."""
    owed = _obligations(duty, known)
    if task.deadline is not None or all(one.kind != DutyKind.REPORT for one in owed):
        return lamp_text(task, reading.now, reading.campaign)
    return Text(f"common.lamp.{(Lamp.RED if _missed(owed, reading) else Lamp.YELLOW).value}")


def _what(duty: TaskDuty, task: Task, known: TaskFacts, reading: NagReader) -> Text:
    """Everything that the task owes, such as 已逾期2天、未签收."""
    parts = []
    if task.deadline is not None:
        parts.append(days_text((task.deadline - reading.day).days))
    if not duty.owed and (task.deadline is None or task.frequency is not None):
        parts.append(reports_text(task))
    for one in _obligations(duty, known):
        if one.kind == DutyKind.UNSIGNED:
            parts.append(Text("nags.what.unsigned", day=day_text(one.day)))
        if one.kind == DutyKind.REPORT:
            parts.append(_unreported(one, duty, task, reading))
        if one.kind == DutyKind.BELOW_DONE:
            parts.append(Text("nags.what.below_done"))
    if task.extension_until is not None:
        parts.append(Text("nags.what.extension_asked"))
    if not duty.own and (reason := known.explained.get(duty.task_id)):
        parts.append(Text("nags.what.explained", reason=short(reason, 40)))
    return Text("nags.reason.all", reasons=parts)


def _unreported(one: Obligation, duty: TaskDuty, task: Task, reading: NagReader) -> Text:
    frequency = report_name(task.frequency)
    if one.above:
        first, _, share = one.cycle.partition("~")
        values = {"frequency": frequency, "since": window_text(first)}
        if share:
            return Text("nags.what.often", **values, missed=MISSED, last=OF_THE_LAST)
        return Text("nags.what.silent", **values)
    key = "report" if one.limit >= reading.now else "missed" if duty.own else "missed_hint"
    closes = moment_text(one.limit, reading.campaign.zone)
    return Text(f"nags.what.{key}", frequency=frequency, closes=closes)


def _buttons(number: int, duty: TaskDuty, known: TaskFacts, reading: NagReader) -> list[ButtonSpec]:
    """What the reader can do about it at once: sign, report, say 无新增, ask for 办结, or look."""
    task, subject = known.tasks[duty.task_id], {"task_id": duty.task_id}
    reader, values = reading.reader_id, {"number": number, "objective": short(task.objective, 16)}
    if duty.urges and duty.relayed_for is not None and reading.outbox_id is not None:
        return _relay_buttons(number, duty, known, reading)
    if not duty.own:
        return [button(Text("nags.card_button", **values), "task.card", reader, **subject)]
    kinds = {kind for kind, _ in duty.owed}
    reports = DutyKind.REPORT in kinds
    window = _first_window(duty, known)
    about = subject if window is None else {**subject, "window": window}
    late = task.deadline is not None and task.deadline < reading.day
    due = task.deadline is not None and task.deadline <= reading.day
    # A report signs, too.
    signs = task.state is TaskState.ASSIGNED and not reports
    offer = _offer(duty)
    several = reports or due or offer is not None
    row = []
    if signs:
        label = Text("nags.sign_short" if several else "nags.sign_button", **values)
        row.append(sign_button(label, reading, MessageSubjects([duty.task_id])))
    else:
        label = Text("nags.report_short" if several else "nags.report_button", **values)
        row.append(button(label, "report.start", reader, **about))
    if reports and reading.outbox_id is not None:
        word = Text(f"progress.zero_button.{(task.frequency or Frequency.DAILY).value}")
        label = Text("nags.zero_button", number=number, word=word)
        row.append(button(label, "nag.zero", reader, outbox_id=reading.outbox_id, **about))
    if due or offer is not None:
        about_offer = subject if offer is None else {**subject, "offer": offer}
        row.append(button(Text("nags.submit_button", **values), "nag.submit", reader, **about_offer))
    if late:
        row.append(button(Text("nags.explain_button", **values), "nag.explain", reader, **subject))
    return row


def _offer(duty: TaskDuty) -> str | None:
    """The key of 下级全部办结 among what the line is about: its button then sends 申请办结 by one tap."""
    return next((cycle for kind, cycle in duty.owed if kind == DutyKind.BELOW_DONE), None)


def _first_window(duty: TaskDuty, known: TaskFacts) -> str | None:
    """The key of the window that the line's buttons are about: of those still owed, the first to close."""
    there = known.owed.get(duty.task_id, {})
    keys = [key for kind, key in duty.owed if kind == DutyKind.REPORT and is_window(key)]
    owed = [there[DutyKind.REPORT, key] for key in keys if (DutyKind.REPORT, key) in there]
    first = min(owed, key=lambda one: one.limit, default=None)
    return next(iter(keys), None) if first is None else first.cycle


def _relay_buttons(number: int, duty: TaskDuty, known: TaskFacts, reading: NagReader) -> list[ButtonSpec]:
    """What who only passes it on can do: say that they have, look, and have the person invited."""
    reader, subject = reading.reader_id, {"task_id": duty.task_id}
    said = {"outbox_id": reading.outbox_id, "wanted": MessageSubjects([duty.task_id])}
    row = [
        button(Text("nags.relayed_button", number=number), "nag.relayed", reader, **said),
        button(Text("nags.card_short", number=number), "task.card", reader, **subject),
    ]
    if duty.task_id in known.uninvited:
        label = Text("nags.invite_office_button" if known.invites else "nags.invite_button", number=number)
        row.append(button(label, "nag.invite", reader, outbox_id=reading.outbox_id, **subject))
    return row


def _sign_all(duties: Sequence[TaskDuty], reading: NagReader) -> list[list[ButtonSpec]]:
    """One button to sign for everything."""
    signing = {DutyKind.UNSIGNED}
    own = [
        duty.task_id
        for duty in duties
        if duty.own and (reading.asked is ReminderKind.UNSIGNED or signing & {kind for kind, _ in duty.owed})
    ]
    if len(own) < 2:
        return []
    label = Text("tasks.acknowledge_all_button", count=len(own))
    return [[sign_button(label, reading, MessageSubjects(own))]]


def _relay_all(duties: Sequence[TaskDuty], reading: NagReader) -> list[list[ButtonSpec]]:
    """One button to say that all of these were passed on."""
    ids = [duty.task_id for duty in duties if duty.urges and duty.relayed_for is not None]
    if len(ids) < 2 or reading.outbox_id is None:
        return []
    said = {"outbox_id": reading.outbox_id, "wanted": MessageSubjects(ids)}
    label = Text("nags.relayed_all_button", count=len(ids))
    return [[button(label, "nag.relayed", reading.reader_id, **said)]]
