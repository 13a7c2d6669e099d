"""Filing: a confirmed draft becomes a report, with its figures, evidence and receipt, all at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import col

from models import progress, tasks
from models.db import Session
from models.drafts import Draft
from models.people import Unit
from models.progress import FigureMode, ProgressReport, ReportKind
from models.tasks import Task
from reports.formats import quantity_text, short
from rules.delivery.delivery import MessageKind
from rules.duties.frequencies import Frequency
from rules.slots import local_slot
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access, audit, outbox
from services.access import Actor
from services.campaign import Campaign
from services.drafts import draft_changes
from services.drafts.draft_changes import DraftFigure
from services.duties import report_windows
from services.errors import DomainError
from services.groups import past_tallies
from services.progress import late_reports, report_card, report_corrections, report_wordings
from services.tasks.task_steps import note_report
from services.views import View, say


async def open_task(session: Session, actor: Actor, task_id: int) -> Task:
    task = await access.reportable_task(session, actor, task_id)
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
            stated=quantity_text(figure.amount, figure.unit),
            total=quantity_text(total, figure.unit),
        )


async def confirm(
    session: Session, actor: Actor, chat_id: int, revision: int, *, now: datetime, campaign: Campaign
) -> View:
    """确认: write the report, its figures and evidence, the task's state, the audit and the receipt at once.

    If the draft corrects a filed report, the correction is filed instead.
    """
    draft = await draft_changes.current(session, actor, chat_id, revision)
    if draft.task_id is None:
        raise DomainError("progress.choose_task_first")
    if draft.report_id is not None:
        found = await report_corrections.mine(session, actor, draft.report_id)
        question = await _take(session, actor, draft, now)
        return question or await report_corrections.confirm(session, actor, draft, found, now=now)
    task = await _locked_task(session, actor, draft.task_id)
    question = await _take(session, actor, draft, now)
    return question or await _file_new(session, actor, task, draft, now, campaign)


async def _take(session: Session, actor: Actor, draft: Draft, now: datetime) -> View | None:
    """Consume the draft, or return the question that is still open about it."""
    if any(figure.mode is None and not figure.dropped for figure in draft_changes.figures_of(draft)):
        raise DomainError("progress.choose_mode_first")
    if (question := await report_card.ask_about_unusual(session, actor, draft, now=now)) is not None:
        return question
    await draft_changes.take(session, draft)
    return None


async def _file_new(
    session: Session, actor: Actor, task: Task, draft: Draft, now: datetime, campaign: Campaign
) -> View:
    day = late_reports.for_day(draft)
    about = late_reports.about_day(draft)
    report = await _file(session, actor, task, ReportKind.PROGRESS, now, campaign, day=day, about=about)
    await report_wordings.write(session, report, task, draft)
    await note_report(session, actor, task, now=now)
    await _promise_receipt(session, actor, report, task, now, campaign)
    return say("progress.confirmed", number=report.receipt_no)


async def _locked_task(session: Session, actor: Actor, task_id: int) -> Task:
    """The open task, locked until the commit.

    Without the lock, two totals read side by side would both add the same difference, and the office might
    close the task at this moment. Every filing locks the task first, so there is no deadlock.
    """
    await tasks.lock(session, task_id)
    return await open_task(session, actor, task_id)


async def _file(
    session: Session,
    actor: Actor,
    task: Task | None,
    kind: ReportKind,
    now: datetime,
    campaign: Campaign,
    *,
    day: date | None = None,
    about: date | None = None,
    text: str = "",
) -> ProgressReport:
    """The report without its contents.

    ``day``: the day of the past tally in which it counts; ``about``: an earlier day that its words are about.
    """
    today = campaign.today(now)
    counted_at = await late_reports.counted_at(session, day, now=now, campaign=campaign)
    number = await progress.next_number(session, f"receipt/{today:%Y%m%d}")
    report = ProgressReport(
        receipt_no=f"{today:%Y%m%d}-{number:04d}",
        kind=kind,
        task_id=task.id if task else None,
        unit_id=await access.counting_unit(session, actor, None if task is None else task.id),
        contact_id=actor.id,
        text=text,
        late=bool(task and task.deadline and today > task.deadline),
        reported_at=now,
        counted_at=counted_at,
        about_day=about,
    )
    session.add(report)
    await session.flush()
    said = {"receipt_no": report.receipt_no, "task_id": report.task_id, "kind": kind.value}
    person = await access.place_in(session, actor, task)
    audit.record(
        session,
        "report",
        ("report", report.id),
        now=now,
        actor_id=actor.id,
        after=said if person is None else {**said, "in_place_of": person.contact_id},
    )
    return report


async def _promise_receipt(
    session: Session,
    actor: Actor,
    report: ProgressReport,
    task: Task | None,
    now: datetime,
    campaign: Campaign,
) -> None:
    """Promise the receipt, and the correction of the tallies that were sent without this report."""
    view = await report_card.receipt(session, actor, report, task)
    late_for = await report_windows.late_for(session, report, task, campaign)
    report.window_closed_at = min((window.closes for window in late_for), default=None)
    session.add(report)
    await session.flush()
    tallies = await past_tallies.correct(session, [report], now=now)
    late = late_reports.receipt_lines(report, tallies, late_for, campaign)
    view = replace(view, lines=[*view.lines, *late])
    await outbox.enqueue(
        session, MessageKind.RECEIPT, f"receipt:{report.id}", view, now=now, contact=actor.contact
    )


async def file_zero(
    session: Session,
    actor: Actor,
    task_id: int | None,
    *,
    now: datetime,
    campaign: Campaign,
    text: str = "",
    message: tuple[int, int] | None = None,
) -> View:
    """零报告: file the contact's own "无情况" for one task or the whole unit; one a day or shift is enough.

    ``message``: chat and id of the message that says it.
    """
    if task_id is None and not actor.reports:
        raise DomainError("progress.no_open_task")
    task = None if task_id is None else await _locked_task(session, actor, task_id)
    # Two members of a unit may press at the same moment, so the unit is locked.
    unit_id = await access.counting_unit(session, actor, task_id)
    await session.execute(sa.select(col(Unit.id)).where(col(Unit.id) == unit_id).with_for_update())
    stated, about = late_reports.said_of(text, now, campaign)
    since = _zero_counts_from(task, now, campaign)
    earlier = await progress.zero_report_since(session, unit_id, task_id, since, about)
    if earlier is not None:
        return say("progress.zero_already", number=earlier.receipt_no)
    day = await late_reports.past_tally(session, stated, now=now, campaign=campaign)
    report = await _file(
        session, actor, task, ReportKind.ZERO, now, campaign, day=day, about=about, text=text
    )
    if message is not None:
        await report_wordings.note_message(session, report, *message)
    if task is not None:
        await note_report(session, actor, task, now=now)
    await _promise_receipt(session, actor, report, task, now, campaign)
    return say("progress.zero_taken")


def _zero_counts_from(task: Task | None, now: datetime, campaign: Campaign) -> datetime:
    """The start of the time for which one zero report is enough: the shift, else the day."""
    if task is not None and task.frequency is Frequency.SHIFT:
        return min(window.opens for window in report_windows.rhythm(task.frequency, campaign).current(now))
    return local_slot(campaign.today(now), datetime.min.time(), campaign.zone)
