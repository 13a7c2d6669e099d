"""Filing: what a contact confirmed becomes a report, with its figures, evidence and receipt, at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import col, select

from models import campaign as marks
from models import progress, tasks
from models.db import Session
from models.people import Unit
from models.progress import Evidence, Figure, FigureMode, ProgressReport, ReportKind
from models.tasks import Metric, Task
from reports.formats import quantity_text, short
from rules.amounts import REPORTED_LIMIT
from rules.delivery import MessageKind
from rules.slots import local_slot
from rules.task_lifecycle import OPEN_STATES
from services import access, audit, drafts, outbox, report_card
from services.access import Actor
from services.campaign import Campaign
from services.drafts import DraftFigure
from services.errors import DomainError
from services.tasks import note_report
from services.views import View, say


async def open_task(session: Session, actor: Actor, task_id: int) -> Task:
    task = await access.reportable_task(session, actor, task_id)
    if task.state not in OPEN_STATES:
        raise DomainError("progress.task_finished", objective=short(task.objective, 60))
    return task


async def refuse_falling_total(session: Session, actor: Actor, figure: DraftFigure) -> None:
    """累计 adds the difference to the last total: a negative difference is asked again."""
    if figure.dropped or figure.mode != FigureMode.CUMULATIVE.value or figure.metric_id is None:
        return
    total = await unit_total(session, actor, figure.metric_id)
    if figure.amount < total:
        raise DomainError(
            "progress.falling_total",
            item=figure.item,
            stated=quantity_text(figure.amount, figure.unit),
            total=quantity_text(total, figure.unit),
        )


async def unit_total(session: Session, actor: Actor, metric_id: int) -> Decimal:
    totals = await progress.metric_totals(session, [metric_id], actor.contact.unit_id)
    return totals.get(metric_id, Decimal(0))


async def confirm(
    session: Session, actor: Actor, chat_id: int, revision: int, *, now: datetime, campaign: Campaign
) -> View:
    """确认: the report, its figures and evidence, the task's state, the audit and the receipt at once."""
    draft = await drafts.current(session, actor, chat_id, revision)
    if draft.task_id is None:
        raise DomainError("progress.choose_task_first")
    task = await _locked_task(session, actor, draft.task_id)
    figures = [figure for figure in drafts.figures_of(draft) if not figure.dropped]
    if any(figure.mode is None for figure in figures):
        raise DomainError("progress.choose_mode_first")
    await drafts.take(session, draft)
    report = await _file(session, actor, task, draft.text, ReportKind.PROGRESS, now, campaign)
    for figure in figures:
        await _file_figure(session, actor, task, report, figure)
    for file in drafts.files_of(draft):
        session.add(
            Evidence(
                report_id=_id(report),
                kind=drafts.evidence_kind(file),
                file_id=file.file_id,
                file_unique_id=file.file_unique_id,
                file_name=file.file_name,
            )
        )
    await note_report(session, actor, task, now=now)
    await _promise_receipt(session, actor, report, task, now)
    return say("progress.confirmed", number=report.receipt_no)


async def _locked_task(session: Session, actor: Actor, task_id: int) -> Task:
    """The open task, kept from others until the commit: two totals read side by side would both add the
    same difference, and the office may close it at this moment. Locked first by all who file, so that
    nobody waits in a circle."""
    await session.execute(sa.select(col(Task.id)).where(col(Task.id) == task_id).with_for_update())
    await session.get(Task, task_id, populate_existing=True)
    return await open_task(session, actor, task_id)


async def _file(
    session: Session,
    actor: Actor,
    task: Task | None,
    text: str,
    kind: ReportKind,
    now: datetime,
    campaign: Campaign,
) -> ProgressReport:
    day = campaign.today(now)
    tallied = await marks.last_tick(session, "tally")
    # A report belongs to the tally that can see it: one that commits after the tally came after it.
    at = now if tallied is None else max(now, tallied + timedelta(microseconds=1))
    number = await progress.next_number(session, f"receipt/{day:%Y%m%d}")
    report = ProgressReport(
        receipt_no=f"{day:%Y%m%d}-{number:04d}",
        kind=kind,
        task_id=task.id if task else None,
        unit_id=actor.contact.unit_id,
        contact_id=actor.id,
        text=text,
        late=bool(task and task.deadline and campaign.today(now) > task.deadline),
        reported_at=at,
        counted_at=at,
    )
    session.add(report)
    await session.flush()
    audit.record(
        session,
        "report",
        ("report", report.id),
        now=now,
        actor_id=actor.id,
        after={"receipt_no": report.receipt_no, "task_id": report.task_id, "kind": kind.value},
    )
    return report


async def _file_figure(
    session: Session, actor: Actor, task: Task, report: ProgressReport, figure: DraftFigure
) -> None:
    metric = await _metric_for(session, task, figure)
    await refuse_falling_total(session, actor, replace(figure, metric_id=metric.id))
    await _refuse_too_large(session, metric, figure)
    added = figure.amount
    if figure.mode == FigureMode.CUMULATIVE.value:
        added -= await unit_total(session, actor, _id(metric))
    twin = await _figure_of(session, report, metric)
    if twin is not None:
        # Two numbers of one report under one metric are one figure, or the sum would be hard to trace.
        twin.stated += figure.amount
        twin.added += added
        twin.approx = twin.approx or figure.approx
        await session.flush()
        return
    session.add(
        Figure(
            report_id=_id(report),
            metric_id=_id(metric),
            mode=FigureMode(figure.mode or FigureMode.INCREMENT),
            stated=figure.amount,
            added=added,
            approx=figure.approx,
        )
    )
    await session.flush()


async def _refuse_too_large(session: Session, metric: Metric, figure: DraftFigure) -> None:
    """A total must stay within what the database can sum, or no tally could be counted any more."""
    total = (await progress.metric_totals(session, [_id(metric)])).get(_id(metric), Decimal(0))
    if total + figure.amount >= REPORTED_LIMIT:
        shown = quantity_text(figure.amount, figure.unit)
        raise DomainError("progress.too_large", item=metric.item, stated=shown)


async def _metric_for(session: Session, task: Task, figure: DraftFigure) -> Metric:
    if figure.metric_id is not None:
        metric = await session.get(Metric, figure.metric_id)
        if metric is not None and metric.task_id == task.id:
            return metric
    item = figure.item or task.objective
    return await tasks.metric_named(session, _id(task), item[:200], figure.unit[:40])


async def _figure_of(session: Session, report: ProgressReport, metric: Metric) -> Figure | None:
    query = select(Figure).where(Figure.report_id == report.id, Figure.metric_id == metric.id)
    return (await session.exec(query)).first()


async def _promise_receipt(
    session: Session, actor: Actor, report: ProgressReport, task: Task | None, now: datetime
) -> None:
    view = await report_card.receipt(session, actor, report, task)
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
) -> View:
    """零报告: the contact's own "无情况", for one task or for the whole unit; once a day is enough."""
    if task_id is None and not actor.reports:
        raise DomainError("progress.no_open_task")
    task = None if task_id is None else await _locked_task(session, actor, task_id)
    # Two members of a unit may press at the same moment.
    await session.execute(sa.select(col(Unit.id)).where(col(Unit.id) == actor.unit.id).with_for_update())
    day_start = local_slot(campaign.today(now), datetime.min.time(), campaign.zone)
    earlier = await progress.zero_report_since(session, actor.contact.unit_id, task_id, day_start)
    if earlier is not None:
        return say("progress.zero_already", number=earlier.receipt_no)
    report = await _file(session, actor, task, text, ReportKind.ZERO, now, campaign)
    if task is not None:
        await note_report(session, actor, task, now=now)
    await _promise_receipt(session, actor, report, task, now)
    return say("progress.zero_taken")


def _id(row: ProgressReport | Metric | Task) -> int:
    if row.id is None:
        raise ValueError("a row must be flushed before it is referred to")
    return row.id
