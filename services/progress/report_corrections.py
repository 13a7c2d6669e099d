"""Correcting and withdrawing one's own reports: who may do it, what prevails, and the receipt."""

from __future__ import annotations

from dataclasses import dataclass

from locales import Text
from models import tasks
from models.db import Session, ident
from models.drafts import Draft
from models.progress import Figure, FigureMode, ProgressReport, report_revisions, reported_figures
from models.tasks import Metric, Task
from reports import formats
from reports.formats import short
from rules.delivery.delivery import MessageKind
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access, outbox
from services.errors import DomainError
from services.progress import receipts, report_wordings
from services.progress.report_wordings import CorrectionEffect, FiledFigures
from services.tasks import deciders
from services.turn import Turn
from services.views import View, say


@dataclass(frozen=True, slots=True)
class OwnReport:
    """The actor's own report with its task, both locked; a zero report of the whole unit has no task.

    ``on_duty``: the actor still reports for the unit under which it counts, or is responsible for the task.
    ``sees_task``: whether the actor sees the task now. ``decider``: who can reopen it; None: it is open.
    """

    report: ProgressReport
    task: Task | None
    on_duty: bool
    sees_task: bool
    decider: Text | None

    @property
    def hindrance(self) -> Text | None:
        """Why the report cannot be changed; None: it can.

        It is withdrawn, it is no longer the actor's business, or the task is over and has to be reopened
        first.
        """
        if self.report.withdrawn:
            return Text("corrections.withdrawn_already", number=self.report.receipt_no)
        if not self.on_duty:
            return Text("corrections.not_on_duty", number=self.report.receipt_no)
        if self.task is not None and self.decider is not None:
            objective = short(self.task.objective, 60)
            return Text("corrections.task_closed", who=self.decider, objective=objective)
        return None

    @property
    def task_ids(self) -> list[int]:
        """The task that a message about the report is about.

        A task that the actor no longer sees is left out, or the receipt would be kept from them.
        """
        return [self.report.task_id] if self.sees_task and self.report.task_id is not None else []


async def mine(turn: Turn, report_id: int) -> OwnReport:
    """The actor's report as it stands, locked until the commit; ``DomainError``: it is not theirs.

    The task is locked first, as in every filing.
    """
    session, actor = turn.session, turn.actor
    report = await session.get(ProgressReport, report_id)
    if report is None or report.contact_id != actor.id:
        raise DomainError("corrections.not_yours")
    task = None
    if report.task_id is not None:
        await tasks.lock(session, report.task_id)
        task = await tasks.task_by_id(session, report.task_id)
    await report_revisions.lock(session, report_id)
    # After 转派 the figures stay with the unit that made them, so correcting them is that unit's business.
    on_duty = report.unit_id in actor.reporting_units
    sees_task, decider = False, None
    if task is not None:
        on_duty = on_duty or task.responsible_id in actor.duties
        sees_task = await access.sees_all_of(session, actor, [ident(task)])
        decider = None if task.state in OPEN_STATES else await deciders.name_of(turn, task)
    return OwnReport(report, task, on_duty, sees_task, decider)


def refuse_unchangeable(found: OwnReport) -> None:
    """Raise a ``DomainError`` that says why the report cannot be changed."""
    if (why := found.hindrance) is not None:
        raise DomainError(why.key, **why.values)


async def confirm(turn: Turn, draft: Draft, found: OwnReport) -> View:
    """File a correction that was confirmed on its card. ``DomainError``: the report was changed meanwhile."""
    refuse_unchangeable(found)
    if found.report.revision != draft.content.get("base"):
        raise DomainError("corrections.changed_meanwhile", number=found.report.receipt_no)
    await file(turn, draft, found)
    return say("corrections.confirmed", number=found.report.receipt_no)


async def file(turn: Turn, draft: Draft, found: OwnReport) -> None:
    """Make the draft the report's wording; the receipt says what changed."""
    if found.task is None:
        raise DomainError("corrections.zero_stays")
    outcome = await report_wordings.revise(turn, found.report, found.task, draft)
    title = Text(
        "corrections.receipt.corrected", number=found.report.receipt_no, times=times_corrected(found.report)
    )
    await _promise_receipt(turn, found, title, outcome)


async def withdraw(turn: Turn, found: OwnReport) -> None:
    """Stop counting the report; the receipt says so."""
    refuse_unchangeable(found)
    outcome = await report_wordings.withdraw(turn, found.report)
    title = Text("corrections.receipt.withdrawn", number=found.report.receipt_no)
    await _promise_receipt(turn, found, title, outcome)


def times_corrected(report: ProgressReport) -> int:
    """第几次修订: how often the report was corrected. Neither its first wording nor its withdrawal counts."""
    return report.revision - 1 - report.withdrawn


async def _promise_receipt(turn: Turn, found: OwnReport, title: Text, outcome: CorrectionEffect) -> None:
    lines = [title]
    if found.task is not None:
        lines += await receipts.task_lines(turn.session, found.report, found.task)
    lines += await _figure_lines(turn.session, found, outcome.before, outcome.after)
    if outcome.tallies:
        lines.append(Text("corrections.receipt.tallies"))
    key = f"receipt:{found.report.id}:{found.report.revision}"
    view = View(lines, (), found.task_ids)
    await outbox.enqueue(
        turn.session, MessageKind.RECEIPT, key, view, now=turn.now, contact=turn.actor.contact
    )


async def _figure_lines(
    session: Session, found: OwnReport, before: FiledFigures, after: FiledFigures
) -> list[Text]:
    """The changes metric by metric, such as 12处 → 21处, with the totals that the first receipt names."""
    metrics = {metric.id: metric for _, metric in (*before, *after) if metric.id is not None}
    if found.task is None or not metrics:
        return [Text("corrections.receipt.no_figures")]
    known = await reported_figures.totals_with_parts(session, list(metrics))
    totals = await receipts.totals(session, found.report, found.task, known, sees=found.sees_task)
    old, new = _stated(before), _stated(after)
    lines = []
    for metric_id, metric in metrics.items():
        values = {"item": metric.item, "total": totals[metric_id]}
        if metric_id not in new:
            lines.append(Text("corrections.receipt.gone", before=old[metric_id], **values))
        elif metric_id not in old:
            lines.append(Text("corrections.receipt.added", after=new[metric_id], **values))
        elif old[metric_id] == new[metric_id]:
            lines.append(Text("corrections.receipt.same", after=new[metric_id], **values))
        else:
            both = {"before": old[metric_id], "after": new[metric_id]}
            lines.append(Text("corrections.receipt.changed", **both, **values))
    return lines


def _stated(found: FiledFigures) -> dict[int | None, Text | list[Text]]:
    """What was stated under each metric; several numbers, where metrics were merged since."""
    stated: dict[int | None, list[Text]] = {}
    for figure, metric in found:
        stated.setdefault(metric.id, []).append(stated_text(figure, metric))
    return {metric_id: texts[0] if len(texts) == 1 else texts for metric_id, texts in stated.items()}


def stated_text(figure: Figure, metric: Metric) -> Text:
    """A stated quantity, such as 12处 or 累计 576处."""
    quantity = formats.stated_text(figure.stated, metric.unit, approx=figure.approx)
    return quantity if figure.mode is FigureMode.INCREMENT else Text("corrections.total", quantity=quantity)
