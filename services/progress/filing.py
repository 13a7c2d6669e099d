"""Filing: a confirmed draft becomes a report, with its figures, evidence and receipt, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from locales import Text
from models import numbers, tasks
from models.db import Session, ident
from models.drafts import Draft
from models.progress import FigureMode, ProgressReport, ReportKind, report_totals
from models.tasks import Task
from reports.formats import quantity_text, short, stated_text
from rules.delivery.delivery import MessageKind
from rules.progress.completion_words import says_all_done
from rules.tasks.task_lifecycle import NAGGED_STATES, OPEN_STATES
from services import access, audit, number_gaps, outbox
from services.access import Actor
from services.drafts import draft_changes, repeated_words, task_split
from services.drafts.draft_figures import DraftFigure
from services.duties import report_windows
from services.errors import DomainError, OldCardError
from services.groups import past_tallies
from services.progress import (
    late_reports,
    receipts,
    report_card,
    report_corrections,
    report_figures,
    report_wordings,
)
from services.tasks.task_steps import note_report
from services.turn import Turn
from services.views import ButtonSpec, View, button, say


async def open_task(session: Session, actor: Actor, task_id: int, *, above: bool = True) -> Task:
    """The open task to report on. ``above``: also for units that have a part of it (归入上级任务)."""
    find = access.task_for_progress if above else access.reportable_task
    task = await find(session, actor, task_id)
    if task.state not in OPEN_STATES:
        raise DomainError("progress.task_finished", objective=short(task.objective, 60))
    return task


async def refuse_falling_total(session: Session, actor: Actor, draft: Draft, figure: DraftFigure) -> None:
    """Refuse a 累计 below the last total: it adds the difference, and a negative one is asked about again."""
    if figure.dropped or figure.mode != FigureMode.CUMULATIVE.value or figure.metric_id is None:
        return
    total = (await draft_changes.unit_totals(session, actor, draft, [figure.metric_id])).get(
        figure.metric_id, Decimal(0)
    )
    if figure.amount < total:
        raise DomainError(
            "progress.falling_total",
            item=figure.item,
            stated=stated_text(figure.amount, figure.unit),
            total=quantity_text(total, figure.unit),
        )


async def confirm(turn: Turn, revision: int) -> View:
    """确认: write the report, its figures and evidence, the task's state, the audit and the receipt at once.

    If the draft corrects a filed report, the correction is filed instead.
    """
    draft = await draft_changes.current(turn, revision)
    if draft.task_id is None:
        raise DomainError("progress.choose_task_first")
    if draft.report_id is not None:
        found = await report_corrections.mine(turn, draft.report_id)
        question = await _take(turn, draft)
        return question or await report_corrections.confirm(turn, draft, found)
    # All who file several reports lock their tasks in this order.
    locked = [
        await locked_task(turn.session, turn.actor, task_id) for task_id in sorted(task_split.tasks_of(draft))
    ]
    question = await _take(turn, draft)
    return question or await _file_new(turn, {ident(task): task for task in locked}, draft)


async def _take(turn: Turn, draft: Draft) -> View | None:
    """Consume the draft, or return the question that is still open about it.

    A card of an earlier day says first that it counts for that day: nobody expects it to count today.
    """
    if repeated_words.asks(draft):
        raise OldCardError
    for place, figure in enumerate(draft_changes.figures_of(draft)):
        if figure.lacks_unit:
            raise DomainError("progress.add_unit_first", number=place + 1)
        if figure.mode is None and not figure.dropped:
            raise DomainError("progress.choose_mode_first")
    if await late_reports.has_aged(turn, draft):
        draft_changes.end_buttons(draft, turn.now)
        return await report_card.draft_view(turn.session, turn.actor, draft)
    if (question := await report_card.ask_about_unusual(turn, draft)) is not None:
        return question
    await draft_changes.take(turn.session, draft)
    return None


async def _file_new(turn: Turn, found: Mapping[int, Task], draft: Draft) -> View:
    """A report about each of the draft's tasks; one receipt tells of all."""
    day, about = late_reports.for_day(draft), late_reports.about_day(draft)
    named = late_reports.named_windows(draft)
    figures = draft_changes.figures_of(draft)
    filed: list[tuple[ProgressReport, Task | None]] = []
    for task_id in task_split.tasks_of(draft):
        task = found[task_id]
        with_id = filed[0][0].id if filed else None
        report = await new_report(
            turn,
            task,
            ReportKind.PROGRESS,
            day=day,
            about=about,
            named=named,
            filed_with=with_id,
            draft=draft,
        )
        await report_wordings.write(turn.session, report, draft)
        mine = [figure for figure in figures if len(found) == 1 or figure.task_id == task_id]
        await report_figures.write(turn.session, report, task, mine)
        await note_report(turn, task)
        filed.append((report, task))
    await promise_receipt(turn, filed, figures)
    if len(filed) == 1:
        return say("progress.confirmed", number=filed[0][0].receipt_no)
    given = [report.receipt_no for report, _ in filed]
    return say("progress.confirmed_all", count=len(filed), numbers=given)


async def locked_task(session: Session, actor: Actor, task_id: int, *, above: bool = True) -> Task:
    """As ``open_task``, locked until the commit.

    Without the lock, two totals read side by side would both add the same difference, and the office might
    close the task at this moment. Every filing locks the task first, so there is no deadlock.
    """
    await tasks.lock(session, task_id)
    return await open_task(session, actor, task_id, above=above)


async def new_report(
    turn: Turn,
    task: Task | None,
    kind: ReportKind,
    *,
    day: date | None = None,
    about: date | None = None,
    named: Sequence[str] = (),
    text: str = "",
    filed_with: int | None = None,
    unit_id: int | None = None,
    draft: Draft | None = None,
) -> ProgressReport:
    """The report without its figures and files.

    ``day``: the day of the past tally in which it counts; ``about``: an earlier day that its words are about;
    ``named``: the keys of the windows that it names.
    ``unit_id``: the unit for which it counts; None: the one for which the actor makes it. ``draft``: what it
    is made from.
    """
    if unit_id is None:
        unit_id = await access.counting_unit(turn.session, turn.actor, None if task is None else task.id)
    today = turn.today
    counted_at = await late_reports.counted_at(turn, day)
    number = await numbers.next_number(turn.session, numbers.receipts_of(today))
    report = ProgressReport(
        receipt_no=f"{today:%Y%m%d}-{number:04d}",
        kind=kind,
        task_id=task.id if task else None,
        unit_id=unit_id,
        contact_id=turn.actor.id,
        text=text,
        late=bool(task and task.deadline and today > task.deadline),
        reported_at=turn.now,
        counted_at=counted_at,
        about_day=about,
        named_windows=",".join(named) or None,
        filed_with=filed_with,
    )
    if draft is not None:
        report_wordings.fill(report, draft)
    turn.session.add(report)
    await turn.session.flush()
    await report_totals.add(turn.session, report)
    said = {"receipt_no": report.receipt_no, "task_id": report.task_id, "kind": kind.value}
    person = await access.place_in(turn.session, turn.actor, task)
    audit.note(
        turn,
        "report",
        ("report", report.id),
        after=said if person is None else {**said, "in_place_of": person.contact_id},
    )
    return report


async def promise_receipt(
    turn: Turn, filed: Sequence[tuple[ProgressReport, Task | None]], figures: Sequence[DraftFigure] = ()
) -> None:
    """Promise one receipt of these reports, and correct the tallies that were sent without them."""
    parts = []
    for report, task in filed:
        mine = [figure for figure in figures if figure.task_id in {None, report.task_id}]
        parts.append(await _receipt(turn, report, task, mine))
    view = View(
        [line for part in parts for line in part.lines],
        _next_rows(turn, filed),
        [task_id for part in parts for task_id in part.task_ids],
    )
    await outbox.enqueue(
        turn.session,
        MessageKind.RECEIPT,
        f"receipt:{filed[0][0].id}",
        view,
        now=turn.now,
        contact=turn.actor.contact,
    )


def _next_rows(turn: Turn, filed: Sequence[tuple[ProgressReport, Task | None]]) -> list[list[ButtonSpec]]:
    """申请办结 where a report says that all is done and its writer may ask for it."""
    rows = []
    for report, task in filed:
        done = report.percent == 100 or says_all_done(report.text)
        open_ = task is not None and task.deadline is not None and task.state in NAGGED_STATES
        if task is not None and done and open_ and access.may_sign(turn.actor, task):
            label = Text("progress.receipt.submit_button", objective=short(task.objective, 16))
            rows.append([button(label, "nag.submit", turn.actor.id, task_id=task.id)])
    return rows


async def _receipt(
    turn: Turn, report: ProgressReport, task: Task | None, figures: Sequence[DraftFigure]
) -> View:
    """The receipt of one report, with the tally in which it counts and the windows that it missed."""
    view = await receipts.receipt(turn.session, turn.actor, report, task, figures)
    late_for = await report_windows.late_for(turn.session, report, task, turn.campaign)
    report.window_closed_at = min((window.closes for window in late_for), default=None)
    turn.session.add(report)
    await turn.session.flush()
    tallies = await past_tallies.correct(turn.session, [report], now=turn.now)
    late = late_reports.receipt_lines(report, tallies, late_for, turn.campaign)
    serial = number_gaps.serial_of(report.receipt_no)
    gap = await number_gaps.lines(turn.session, numbers.receipts_of(turn.today), serial)
    return replace(view, lines=[*view.lines, *late, *gap])
