"""Reporting progress: from the first words to the receipt. One confirmed report is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import col, select

from models import progress, tasks
from models.db import Session
from models.progress import Draft, Evidence, Figure, FigureMode, ProgressReport, ReportKind
from models.tasks import Metric, Task
from reports.formats import quantity_text, short
from rules.delivery import MessageKind
from rules.reporting import best_fit, is_zero_report
from rules.slots import local_slot
from rules.task_lifecycle import OPEN_STATES
from services import access, audit, drafts, outbox, report_card
from services.access import Actor
from services.campaign import Campaign
from services.drafts import Addition, DraftFigure
from services.errors import DomainError
from services.tasks import my_tasks, note_report
from services.views import View, say


async def begin(session: Session, actor: Actor, chat_id: int, task_id: int, *, now: datetime) -> View:
    """报进展 was pressed: the draft is open and waits for words or a photo."""
    task = await _open_task(session, actor, task_id)
    await drafts.open_draft(session, actor, chat_id, now=now, task_id=task_id)
    return say("progress.ask_text", objective=short(task.objective, 60))


async def begin_without_task(session: Session, actor: Actor, chat_id: int, *, now: datetime) -> View:
    """``/report``: one task is taken at once, several are offered."""
    candidates = await _reportable(session, actor)
    if len(candidates) == 1 and candidates[0].id is not None:
        return await begin(session, actor, chat_id, candidates[0].id, now=now)
    draft = await drafts.open_draft(session, actor, chat_id, now=now, task_id=None)
    draft.content = {"candidates": [task.id for task in candidates]}
    return report_card.choose_task(draft, candidates, actor)


async def receive(
    session: Session,
    actor: Actor,
    chat_id: int,
    addition: Addition,
    *,
    about: Sequence[int],
    now: datetime,
    campaign: Campaign,
) -> View | None:
    """A contact wrote or sent something that is no command.

    ``about``: the tasks of the message that it replies to. The answer is the card, a question which task,
    or nothing (a further photo of an album).
    """
    if not addition.files and is_zero_report(addition.text):
        return await file_zero(
            session,
            actor,
            about[0] if len(about) == 1 else None,
            now=now,
            campaign=campaign,
            text=addition.text,
        )
    draft = await progress.draft_of(session, actor.id, chat_id)
    if draft is None or (about and draft.task_id not in about):
        draft = await _draft_for(session, actor, chat_id, addition, about, now)
    if not await drafts.add(session, actor, draft, addition, now):
        return None
    return await report_card.show(session, actor, draft)


async def _draft_for(
    session: Session, actor: Actor, chat_id: int, addition: Addition, about: Sequence[int], now: datetime
) -> Draft:
    candidates = await _reportable(session, actor)
    named = [task for task in candidates if task.id in about]
    if about and not named:
        raise DomainError("tasks.not_yours_to_report")
    candidates = named or candidates
    draft = await drafts.open_draft(
        session, actor, chat_id, now=now, task_id=_the_one(candidates, addition.text)
    )
    draft.content = {**draft.content, "candidates": [task.id for task in candidates]}
    return draft


def _the_one(candidates: Sequence[Task], text: str) -> int | None:
    if len(candidates) == 1:
        return candidates[0].id
    told = {task.id: f"{task.objective} {task.standard}" for task in candidates if task.id is not None}
    return best_fit(text, told)


async def _reportable(session: Session, actor: Actor) -> list[Task]:
    mine = await my_tasks(session, actor) if actor.scope is not None else []
    own = await tasks.open_tasks_of_contact(
        session, actor.id, actor.contact.unit_id, whole_unit=actor.reports
    )
    assisting = await tasks.assisting_units(session, [t.id for t in (*mine, *own) if t.id is not None])
    found = {t.id: t for t in (*mine, *own) if t.id and access.may_report(actor, t, assisting[t.id])}
    if not found:
        raise DomainError("progress.no_open_task")
    return list(found.values())


async def _open_task(session: Session, actor: Actor, task_id: int) -> Task:
    task = await access.reportable_task(session, actor, task_id)
    if task.state not in OPEN_STATES:
        raise DomainError("progress.task_finished", objective=short(task.objective, 60))
    return task


async def pick_task(
    session: Session, actor: Actor, chat_id: int, revision: int, task_id: int, *, now: datetime
) -> View:
    """The contact said which task the draft is about."""
    draft = await drafts.current(session, actor, chat_id, revision)
    task = await _open_task(session, actor, task_id)
    draft.task_id = task_id
    await drafts.reread(session, actor, draft, now)
    if draft.awaiting_text:
        return say("progress.ask_text", objective=short(task.objective, 60))
    return await report_card.show(session, actor, draft)


async def other_task(session: Session, actor: Actor, chat_id: int, revision: int, *, now: datetime) -> View:
    """换任务: the draft keeps its words and asks again which task it is about."""
    draft = await drafts.current(session, actor, chat_id, revision)
    draft.task_id = None
    drafts.store(draft, drafts.figures_of(draft), now)
    return await report_card.show(session, actor, draft)


async def change_figure(
    session: Session,
    actor: Actor,
    chat_id: int,
    revision: int,
    index: int,
    *,
    now: datetime,
    mode: str | None = None,
    metric_id: int | None = None,
    choice: str | None = None,
) -> View:
    """A button under one number: its ``mode``, the metric it goes under, or ``choice`` new/drop/keep."""
    draft = await drafts.current(session, actor, chat_id, revision)
    figures = drafts.figures_of(draft)
    figure = figures[index]
    if mode is not None:
        figure = replace(figure, mode=mode, dropped=False)
    if metric_id is not None:
        metric = await _metric_of_task(session, draft, metric_id)
        figure = replace(figure, metric_id=metric_id, item=metric.item, unit=metric.unit, dropped=False)
    if choice == "new":
        figure = replace(figure, metric_id=None, dropped=False)
    elif choice in {"drop", "keep"}:
        figure = replace(figure, dropped=choice == "drop")
    figures[index] = figure
    await _refuse_falling_total(session, actor, figure)
    drafts.store(draft, figures, now)
    return await report_card.show(session, actor, draft)


async def _metric_of_task(session: Session, draft: Draft, metric_id: int) -> Metric:
    metric = await session.get(Metric, metric_id)
    if metric is None or metric.task_id != draft.task_id:
        raise DomainError("progress.old_card")
    return metric


async def _refuse_falling_total(session: Session, actor: Actor, figure: DraftFigure) -> None:
    """累计 adds the difference to the last total: a negative difference is asked again."""
    if figure.dropped or figure.mode != FigureMode.CUMULATIVE.value or figure.metric_id is None:
        return
    total = await _unit_total(session, actor, figure.metric_id)
    if figure.amount < total:
        raise DomainError(
            "progress.falling_total",
            item=figure.item,
            stated=quantity_text(figure.amount, figure.unit),
            total=quantity_text(total, figure.unit),
        )


async def _unit_total(session: Session, actor: Actor, metric_id: int) -> Decimal:
    totals = await progress.metric_totals(session, [metric_id], actor.contact.unit_id)
    return totals.get(metric_id, Decimal(0))


async def ask_text_again(
    session: Session, actor: Actor, chat_id: int, revision: int, *, now: datetime
) -> View:
    """修改: the next message replaces the words; photos stay."""
    draft = await drafts.current(session, actor, chat_id, revision)
    draft.awaiting_text = True
    draft.revision += 1
    draft.updated_at = now
    return say("progress.ask_text_again")


async def confirm(
    session: Session, actor: Actor, chat_id: int, revision: int, *, now: datetime, campaign: Campaign
) -> View:
    """确认: the report, its figures and evidence, the task's state, the audit and the receipt at once."""
    draft = await drafts.current(session, actor, chat_id, revision)
    if draft.task_id is None:
        raise DomainError("progress.choose_task_first")
    task = await _open_task(session, actor, draft.task_id)
    figures = [figure for figure in drafts.figures_of(draft) if not figure.dropped]
    if any(figure.mode is None for figure in figures):
        raise DomainError("progress.choose_mode_first")
    # One at a time per task: two totals read side by side would both add the same difference.
    await session.execute(sa.select(col(Task.id)).where(col(Task.id) == task.id).with_for_update())
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
    number = await progress.next_number(session, f"receipt/{day:%Y%m%d}")
    report = ProgressReport(
        receipt_no=f"{day:%Y%m%d}-{number:04d}",
        kind=kind,
        task_id=task.id if task else None,
        unit_id=actor.contact.unit_id,
        contact_id=actor.id,
        text=text,
        late=bool(task and task.deadline and campaign.today(now) > task.deadline),
        reported_at=now,
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
    await _refuse_falling_total(session, actor, replace(figure, metric_id=metric.id))
    added = figure.amount
    if figure.mode == FigureMode.CUMULATIVE.value:
        added -= await _unit_total(session, actor, _id(metric))
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
    if not actor.reports:
        raise DomainError("progress.no_open_task")
    task = None if task_id is None else await _open_task(session, actor, task_id)
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


async def cancel(session: Session, actor: Actor, chat_id: int) -> View:
    """``/cancel`` and 取消: whatever was half-made is gone."""
    gone = await drafts.discard(session, actor, chat_id)
    return say("progress.cancelled" if gone else "progress.nothing_to_cancel")


async def require(session: Session, actor: Actor, chat_id: int, revision: int) -> None:
    """``DomainError`` unless the contact's draft here is still at this revision."""
    await drafts.current(session, actor, chat_id, revision)


async def show(session: Session, actor: Actor, chat_id: int, revision: int) -> View:
    """The card again, as it stands."""
    return await report_card.show(session, actor, await drafts.current(session, actor, chat_id, revision))


async def offer_metrics(session: Session, actor: Actor, chat_id: int, revision: int, index: int) -> View:
    """归入…: where one number of the draft may be filed."""
    draft = await drafts.current(session, actor, chat_id, revision)
    return await report_card.file_under(session, actor, draft, index)
