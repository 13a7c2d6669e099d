"""The text of a merged message: first what its reader has to do, then what they must know, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from locales import Text
from models.tasks import Task
from reports.formats import day_text, days_text, moment_text, short
from rules.nags.ladder import Obligation
from rules.nags.policy import DutyKind
from rules.tasks.lamps import Lamp
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.duties.task_duties import OwedKey, ReminderKind, TaskDuty, Tone
from services.nags.orders import case_colour_view
from services.task_wording import due_text, lamp_text, list_button, sign_all_button
from services.views import ButtonSpec, View, button, paging

PAGE: Final = 8
"""So many duties are on a page, each with its button."""


@dataclass(frozen=True, slots=True)
class NagFacts:
    """What the lines need to know.

    It holds the duties' tasks and what they owe, by id, the units' names, and who else of the reader's unit
    has not signed, with how many tasks.
    """

    tasks: Mapping[int, Task]
    owed: Mapping[int, Mapping[OwedKey, Obligation]]
    units: Mapping[int, str]
    unsigned: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class NagReader:
    """Who reads the message and when.

    ``asked``: what the office asks for by hand. ``outbox_id``: the message's id, by which its pages are
    turned; None: it is only shown to others.
    """

    reader_id: int | None
    day: date
    now: datetime
    campaign: Campaign
    asked: ReminderKind | None = None
    outbox_id: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class _MessagePart:
    """A heading and the items under it."""

    heading: Text
    duties: Sequence[TaskDuty] = ()
    cases: Sequence[case_colour_view.CaseDuty] = ()

    @property
    def items(self) -> Sequence[TaskDuty | case_colour_view.CaseDuty]:
        return [*self.duties, *self.cases]


@dataclass(slots=True)
class _MessagePage:
    reading: NagReader
    known: NagFacts
    lines: list[Text] = field(default_factory=list)
    rows: list[list[ButtonSpec]] = field(default_factory=list)

    def add(
        self, part: _MessagePart, numbered: Sequence[tuple[int, TaskDuty | case_colour_view.CaseDuty]]
    ) -> None:
        self.lines.append(part.heading)
        for number, item in numbered:
            if isinstance(item, TaskDuty):
                self.lines.append(_line(number, item, self.known, self.reading))
                self.rows.append([_button(number, item, self.known, self.reading)])
            else:
                case = case_colour_view.line(item, self.reading.now, self.reading.campaign)
                self.lines.append(Text("nags.numbered", number=number, line=case))
                self.rows.append(case_colour_view.buttons(item, self.reading.reader_id))


def build(
    duties: Sequence[TaskDuty],
    cases: Sequence[case_colour_view.CaseDuty],
    known: NagFacts,
    reading: NagReader,
) -> View:
    """One page of the message for one person's slot."""
    parts = _parts(duties, cases, known, reading)
    items = [(part, item) for part in parts for item in part.items]
    first = reading.offset if reading.offset < len(items) else 0
    shown = list(enumerate(items, 1))[first : first + PAGE]
    page = _MessagePage(reading, known)
    page.lines.append(_title(duties, cases, reading))
    for part in parts:
        numbered = [(number, item) for number, (whose, item) in shown if whose is part]
        if numbered:
            page.add(part, numbered)
    page.lines += _ends(duties, known, reading)
    page.rows = [*_sign_all(duties, reading), *page.rows, *_turning(first, len(items), reading)]
    page.rows += _last_rows(duties, cases, reading)
    return View(
        page.lines,
        page.rows,
        list(dict.fromkeys(duty.task_id for duty in duties)),
        case_ids=[duty.entry.case_id for duty in cases],
    )


def _title(
    duties: Sequence[TaskDuty], cases: Sequence[case_colour_view.CaseDuty], reading: NagReader
) -> Text:
    count = len({duty.task_id for duty in duties}) + len(cases)
    urged = any(duty.tone is Tone.NAG for duty in duties) or any(duty.nag for duty in cases)
    key = "nags.title" if urged else "nags.title_hint"
    if reading.asked is not None:
        key = "nags.title_asked"
    elif cases and not duties:
        key = case_colour_view.title(cases)
    return Text(key, day=day_text(reading.day), count=count)


def _parts(
    duties: Sequence[TaskDuty],
    cases: Sequence[case_colour_view.CaseDuty],
    known: NagFacts,
    reading: NagReader,
) -> list[_MessagePart]:
    ordered = sorted(duties, key=lambda duty: _urgency(duty, known, reading))
    own = [d for d in ordered if d.his and not d.deputy]
    deputised = [d for d in ordered if d.his and d.deputy]
    for_others = [d for d in ordered if d.tone is Tone.NAG and not d.his]
    hints = [d for d in ordered if d.tone is Tone.HINT and d.instead_of is None]
    read_for = [d for d in ordered if d.tone is Tone.HINT and d.deputy]
    relayed = [d for d in ordered if d.tone is Tone.HINT and d.instead_of is not None and not d.deputy]
    own_key = "nags.own" if reading.asked is None else f"nags.asked.{reading.asked.value}"
    by_heading = case_colour_view.parts(cases)
    parts = [
        # Orders run by the hour, so they must not slip to the second page behind tasks that run by the day.
        *(_MessagePart(head, cases=part) for head, part, mine in by_heading if mine),
        _MessagePart(Text(own_key, count=len(own)), own),
        _MessagePart(Text("nags.deputised", count=len(deputised)), deputised),
        _MessagePart(Text("nags.for_others", count=len(for_others)), for_others),
        *(_MessagePart(head, cases=part) for head, part, mine in by_heading if not mine),
        _MessagePart(_summary("nags.hint", hints, known, reading), hints),
        _MessagePart(_summary("nags.hint_deputised", read_for, known, reading), read_for),
        _MessagePart(_summary("nags.hint_relayed", relayed, known, reading), relayed),
    ]
    return [part for part in parts if part.items]


def _urgency(duty: TaskDuty, known: NagFacts, reading: NagReader) -> tuple[bool, date, int]:
    """The sort key: the longest overdue first; other tasks by the day of what they owe."""
    deadline = known.tasks[duty.task_id].deadline
    if deadline is not None and deadline < reading.day:
        return False, deadline, duty.task_id
    owed = _obligations(duty, known)
    days = [one.day for one in owed]
    return not _missed(owed, reading), min([*days, deadline or date.max]), duty.task_id


def _obligations(duty: TaskDuty, known: NagFacts) -> list[Obligation]:
    owed = known.owed.get(duty.task_id, {})
    return [owed[one] for one in duty.owed if one in owed]


def _missed(owed: Sequence[Obligation], reading: NagReader) -> bool:
    """Whether a window of a recurring report has closed without a report."""
    return any(one.kind is DutyKind.REPORT and one.limit < reading.now for one in owed)


def _summary(key: str, hints: Sequence[TaskDuty], known: NagFacts, reading: NagReader) -> Text:
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


def _line(number: int, duty: TaskDuty, known: NagFacts, reading: NagReader) -> Text:
    task = known.tasks[duty.task_id]
    values: dict[str, Any] = {
        "lamp": _lamp(duty, task, known, reading),
        "objective": short(task.objective, 60),
        "days": _what(duty, task, known, reading),
        "unit": known.units[task.lead_unit_id],
        "person": task.responsible_person,
    }
    key = "nags.line" if duty.tone is Tone.NAG else "nags.line_hint"
    if duty.instead_of is not None:
        key = "nags.line_deputy" if duty.deputy else "nags.line_instead"
        values["name"] = duty.instead_of
    return Text("nags.numbered", number=number, line=Text(key, **values))


def _lamp(duty: TaskDuty, task: Task, known: NagFacts, reading: NagReader) -> Text:
    """The task's lamp; for an owed report, red if its window has closed."""
    owed = _obligations(duty, known)
    if task.deadline is not None or all(one.kind is not DutyKind.REPORT for one in owed):
        return lamp_text(task, reading.now, reading.campaign)
    return Text(f"common.lamp.{(Lamp.RED if _missed(owed, reading) else Lamp.YELLOW).value}")


def _what(duty: TaskDuty, task: Task, known: NagFacts, reading: NagReader) -> Text:
    """Everything that the task owes, such as 已逾期2天、未签收."""
    parts = []
    if task.deadline is not None:
        parts.append(days_text((task.deadline - reading.day).days))
    elif not duty.owed:
        parts.append(due_text(task, reading.now, reading.campaign))
    for one in _obligations(duty, known):
        if one.kind is DutyKind.UNSIGNED:
            parts.append(Text("nags.what.unsigned", day=day_text(one.day)))
        if one.kind is DutyKind.REPORT:
            parts.append(_unreported(one, duty, task, reading))
    return Text("nags.reason.all", reasons=parts)


def _unreported(one: Obligation, duty: TaskDuty, task: Task, reading: NagReader) -> Text:
    frequency = Text(f"nags.report.{task.frequency.value if task.frequency else 'none'}")
    if one.above:
        return Text("nags.what.silent", frequency=frequency, day=day_text(one.day))
    key = "report" if one.limit >= reading.now else "missed" if duty.his else "missed_hint"
    closes = moment_text(one.limit, reading.campaign.zone)
    return Text(f"nags.what.{key}", frequency=frequency, closes=closes)


def _button(number: int, duty: TaskDuty, known: NagFacts, reading: NagReader) -> ButtonSpec:
    """The one thing that the reader can do about it at once: sign, report, or look."""
    task, subject = known.tasks[duty.task_id], {"task_id": duty.task_id}
    values = {"number": number, "objective": short(task.objective, 16)}
    if not duty.his:
        return button(Text("nags.card_button", **values), "task.card", reading.reader_id, **subject)
    kinds = {kind for kind, _ in duty.owed}
    if task.state is TaskState.ASSIGNED and (DutyKind.UNSIGNED in kinds or DutyKind.REPORT not in kinds):
        # A person who owes only a report gets the report button, for the report signs, too.
        label = Text("nags.sign_button", **values)
        return button(label, "task.acknowledge", reading.reader_id, **subject)
    return button(Text("nags.report_button", **values), "report.start", reading.reader_id, **subject)


def _sign_all(duties: Sequence[TaskDuty], reading: NagReader) -> list[list[ButtonSpec]]:
    """One button to sign for everything."""
    signing = {DutyKind.UNSIGNED}
    own = [
        duty.task_id
        for duty in duties
        if duty.his and (reading.asked is ReminderKind.UNSIGNED or signing & {kind for kind, _ in duty.owed})
    ]
    if len(own) < 2:
        return []
    return [[sign_all_button(own, reading.reader_id)]]


def _turning(first: int, count: int, reading: NagReader) -> list[list[ButtonSpec]]:
    if reading.outbox_id is None:
        return []
    return paging("nag.page", reading.reader_id, first, count, page=PAGE, outbox_id=reading.outbox_id)


def _ends(duties: Sequence[TaskDuty], known: NagFacts, reading: NagReader) -> list[Text]:
    """The last lines: who else has not signed, and that the calendar is a guess."""
    lines = []
    shown = {duty.instead_of for duty in duties}
    others = [(name, count) for name, count in known.unsigned if name not in shown]
    if others and any(kind is DutyKind.UNSIGNED for duty in duties for kind, _ in duty.owed):
        names = [Text("nags.unsigned_person", name=name, count=count) for name, count in others]
        lines.append(Text("nags.unsigned_too", names=names))
    if reading.campaign.calendar.is_fallback(reading.day):
        lines.append(Text("common.calendar_fallback", year=reading.day.year))
    return lines


def _last_rows(
    duties: Sequence[TaskDuty], cases: Sequence[case_colour_view.CaseDuty], reading: NagReader
) -> list[list[ButtonSpec]]:
    row = []
    urged = any(duty.tone is Tone.NAG for duty in duties) or any(duty.nag for duty in cases)
    if urged and reading.outbox_id is not None:
        snooze = button("nags.snooze_button", "snooze.choose", reading.reader_id, outbox_id=reading.outbox_id)
        row.append(snooze)
    if duties:
        row.append(list_button(reading.reader_id))
    return [row] if row else []
