"""零报告: 今日无新增 stands for the writer's own windows that it names, and never for another person's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import col

from locales import Text
from models import progress, tasks
from models.db import ident
from models.people import Unit
from models.progress import ProgressReport, ReportKind, zero_covers
from models.tasks import Task
from reports.formats import short
from reports.missed_reports import window_text
from rules.duties.frequencies import Frequency
from rules.duties.report_windows import Window
from rules.duties.zero_reports import spans_of
from rules.slots import local_slot
from rules.tasks.task_lifecycle import NAGGED_STATES
from services import access, questions
from services.duties import report_windows
from services.progress import filing, late_reports, report_wordings, reportable_tasks
from services.recipients import own_tasks
from services.task_wording import reports_text, zero_button
from services.tasks import covered
from services.tasks.task_steps import note_report
from services.turn import Turn
from services.views import View, button, say


@dataclass(frozen=True, slots=True)
class ZeroWords:
    """What was said: the words ("" for a button), the message that says them, and the day they are about."""

    text: str
    message_id: int | None
    stated: date | None
    about: date | None
    named: Sequence[str] = ()
    """The keys of the windows that a button is about."""

    @classmethod
    def read(cls, turn: Turn, text: str, message_id: int | None) -> ZeroWords:
        return cls(text, message_id, *late_reports.said_of(text, turn.today))

    @property
    def spans(self) -> frozenset[Frequency]:
        return spans_of(self.text, past=self.about is not None)


async def of_task(turn: Turn, task_id: int, text: str = "", message_id: int | None = None) -> View:
    """File 无新增 for one task at once; a button without words speaks of the task's own window."""
    task = await filing.locked_task(turn.session, turn.actor, task_id, above=False)
    if not task.own_reports:
        return say("progress.zero.below_reports", objective=short(task.objective, 60))
    words = ZeroWords.read(turn, text, message_id)
    if text and task.frequency is not None and task.frequency not in words.spans and words.about is None:
        line = Text(
            "progress.zero.other_span",
            objective=short(task.objective, 60),
            frequency=reports_text(task),
        )
        await questions.ask_for_paper(turn)
        return View([line], [[zero_button(turn.actor, task)]], [task_id])
    # Two members of a unit may press at the same moment, so the unit is locked.
    unit_id = await _lock_unit(turn, task_id)
    named = _named(turn, [task], words)
    one = report_windows.rhythm(task, turn.campaign)
    if one is not None and named:
        refused = await _told(turn, task, one.taking(turn.now, None, named))
    else:
        refused = await _said_already(turn, unit_id, task_id, _since(turn, [task], words), words)
    return refused or await _file(turn, task, [], words)


async def of_window(turn: Turn, task_id: int, key: str) -> View:
    """File 无新增 for one window of a task: that of the line under which the button stands."""
    task = await filing.locked_task(turn.session, turn.actor, task_id, above=False)
    window = report_windows.of_key(task, key, turn.campaign)
    if window is None:
        return await of_task(turn, task_id)
    if not report_windows.was_owed(task, window, turn.campaign):
        return say("progress.zero.below_reports", objective=short(task.objective, 60))
    await _lock_unit(turn, task_id)
    day = None if window.takes(turn.now, None) else late_reports.day_in(window, turn)
    words = ZeroWords("", None, None, day, (key,))
    return await _told(turn, task, [window]) or await _file(turn, task, [], words)


async def _told(turn: Turn, task: Task, windows: Sequence[Window]) -> View | None:
    """The answer if each of these windows has a report; None: one has none."""
    found = [await report_windows.first_report(turn.session, task, window) for window in windows]
    first = next((report for report in found if report is not None), None)
    if first is None or None in found:
        return None
    names = [window_text(window.key) for window in windows]
    return say("progress.zero.period_told", windows=names, number=first.receipt_no)


async def of_unit(turn: Turn, text: str = "", message_id: int | None = None) -> View:
    """Show which windows 无新增 would stand for; if there are none, file it for the unit at once."""
    if not turn.actor.reports:
        raise reportable_tasks.nothing_to_report(turn.actor)
    words = ZeroWords.read(turn, text, message_id)
    found = await _recurring(turn, words)
    mine, others = await _windows(turn, found, words)
    if mine:
        return await _card(turn, words, mine, others)
    if found and not any(task.own_reports for task in found):
        return say("progress.zero.below_reports", objective=short(found[0].objective, 60))
    unit_id = await _lock_unit(turn, None)
    since = _since(turn, found, words)
    refused = await _said_already(turn, unit_id, None, since, words)
    if refused is not None:
        return refused
    if others:
        return View([Text("progress.zero.none_yours"), *_lines(others, "progress.zero.of_other")])
    return await _file(turn, None, [], words)


async def confirm(turn: Turn, task_ids: Sequence[int], said: str = "", message_id: int | None = None) -> View:
    """File what the card has shown; if other windows are left by now, show the card anew."""
    # Every filing locks its tasks first, in this order, and then the unit.
    for task_id in sorted(task_ids):
        await tasks.lock(turn.session, task_id)
    unit_id = await _lock_unit(turn, None)
    words = ZeroWords.read(turn, said, message_id)
    mine, others = await _windows(turn, await _recurring(turn, words), words)
    if [ident(task) for task in mine] == list(task_ids):
        return await _file(turn, None, mine, words)
    if mine:
        return await _card(turn, words, mine, others)
    since = _since(turn, list((await tasks.tasks_by_id(turn.session, task_ids)).values()), words)
    return await _said_already(turn, unit_id, None, since, words) or say("progress.zero.over")


async def _lock_unit(turn: Turn, task_id: int | None) -> int:
    unit_id = await access.counting_unit(turn.session, turn.actor, task_id)
    await turn.session.execute(sa.select(col(Unit.id)).where(col(Unit.id) == unit_id).with_for_update())
    return unit_id


async def _recurring(turn: Turn, words: ZeroWords) -> list[Task]:
    """The recurring tasks of the writer and of their units of which the words speak."""
    found = await tasks.open_tasks_of_contact(turn.session, turn.actor.duties, turn.actor.reporting_units)
    found = await covered.without_covered(turn.session, turn.actor, found)
    return [
        task
        for task in found
        if task.frequency in words.spans and task.state in NAGGED_STATES and access.may_sign(turn.actor, task)
    ]


async def _windows(turn: Turn, found: Sequence[Task], words: ZeroWords) -> tuple[list[Task], list[Task]]:
    """The tasks with a window that has no report yet: the writer's own, and those of others in the unit."""
    left = await report_windows.unreported(turn, found, words.about, words.text)
    owed = [task for task in found if ident(task) in left]
    own = {ident(task) for task in await own_tasks(turn.session, turn.actor, owed, turn.today)}
    return [task for task in owed if ident(task) in own], [task for task in owed if ident(task) not in own]


def _named(turn: Turn, found: Sequence[Task], words: ZeroWords) -> Sequence[str]:
    """The keys of the windows that the button or the words name."""
    said = report_windows.said_windows(found, words.text, words.about, turn.now, turn.campaign)
    return words.named or said


def _since(turn: Turn, found: Sequence[Task], words: ZeroWords) -> datetime:
    """The start of the time for which one such report is enough: the open windows, else the day."""
    if words.about is None:
        there = report_windows.rhythms(found, turn.campaign)
        opened = [window.opens for one in there for window in one.taking(turn.now, None)]
        if opened:
            return min(opened)
    return local_slot(turn.today, datetime.min.time(), turn.campaign.zone)


async def _said_already(
    turn: Turn, unit_id: int, task_id: int | None, since: datetime, words: ZeroWords
) -> View | None:
    """The answer if the unit has reported already, on the task or on any (None), or has said 无新增.

    Reports that name a window themselves are about that one alone.
    """
    where = (unit_id, task_id, since, words.about)
    reported = _standing(turn, await progress.own_since(turn.session, ReportKind.PROGRESS, *where), words)
    if reported:
        return say("progress.zero.after_reports", count=len(reported), number=reported[0].receipt_no)
    zero = _standing(turn, await progress.own_since(turn.session, ReportKind.ZERO, *where), words)
    return say("progress.zero_already", number=zero[0].receipt_no) if zero else None


def _standing(turn: Turn, reports: Sequence[ProgressReport], words: ZeroWords) -> Sequence[ProgressReport]:
    """Those of the reports that name no window themselves, or one that a report made now belongs to."""
    there = report_windows.all_rhythms(turn.campaign)
    now = {window.key for one in there for window in one.taking(turn.now, words.about)}
    return [report for report in reports if not report.windows or not now.isdisjoint(report.windows)]


async def _card(turn: Turn, words: ZeroWords, mine: Sequence[Task], others: Sequence[Task]) -> View:
    await questions.ask_for_paper(turn)
    kept = {"task_ids": [ident(task) for task in mine], "said": words.text, "message_id": words.message_id}
    lines = [Text("progress.zero.title"), *_lines(mine, "progress.zero.of_yours")]
    if named := _named(turn, mine, words):
        lines.append(Text("windows.goes_to", windows=[window_text(key) for key in named]))
    if others:
        lines += [Text("progress.zero.not_others"), *_lines(others, "progress.zero.of_other")]
    row = [
        button("progress.confirm_button", "zero.confirm", turn.actor.id, **kept),
        button("progress.cancel_button", "zero.drop", turn.actor.id),
    ]
    return View(lines, [row], [ident(task) for task in mine])


def _lines(found: Sequence[Task], key: str) -> list[Text]:
    return [
        Text(
            key,
            objective=short(task.objective, 40),
            frequency=reports_text(task),
            person=task.responsible_person,
        )
        for task in found
    ]


async def _file(turn: Turn, task: Task | None, covered: Sequence[Task], words: ZeroWords) -> View:
    """File it for the task or, without one, for each unit whose tasks are ``covered``."""
    day = await late_reports.past_tally(turn, words.stated)
    named = _named(turn, covered if task is None else [task], words)
    filed: list[tuple[ProgressReport, Task | None]] = []
    for unit_id, mine in (await _by_unit(turn, task, covered)).items():
        report = await filing.new_report(
            turn,
            task,
            ReportKind.ZERO,
            day=day,
            about=words.about,
            named=named,
            text=words.text,
            unit_id=unit_id,
        )
        await _note(turn, report, task, mine, words)
        filed.append((report, task))
    await filing.promise_receipt(turn, filed)
    if named:
        return say("progress.zero.taken_for", windows=[window_text(key) for key in named])
    return say("progress.zero_taken")


async def _by_unit(turn: Turn, task: Task | None, covered: Sequence[Task]) -> dict[int, list[Task]]:
    """The tasks by the unit for which the report counts: a deputy may say it for two units at once."""
    found: dict[int, list[Task]] = {}
    for one in covered:
        unit_id = await access.counting_unit(turn.session, turn.actor, ident(one))
        found.setdefault(unit_id, []).append(one)
    about = None if task is None else ident(task)
    return found or {await access.counting_unit(turn.session, turn.actor, about): []}


async def _note(
    turn: Turn, report: ProgressReport, task: Task | None, covered: Sequence[Task], words: ZeroWords
) -> None:
    """Note the message that said it and the tasks that it stands for."""
    if words.message_id is not None:
        await report_wordings.note_message(turn.session, report, turn.chat, words.message_id)
    await zero_covers.cover(turn.session, ident(report), [ident(one) for one in covered])
    for one in covered if task is None else [task]:
        await note_report(turn, one)
