"""The receipt of a report: its task, what was counted, and which total is named beside a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from locales import Text
from models import people, progress, tasks
from models.db import Session, ident
from models.people import Unit
from models.progress import ProgressReport, ReportKind, report_sums, reported_figures, zero_covers
from models.progress.reported_figures import MetricTotal
from models.tasks import Task
from reports.formats import files_text, quantity_text, short, stated_text
from reports.missed_reports import window_text
from rules.duties.frequencies import Frequency
from rules.duties.zero_reports import says_period, spans_of
from services import absences, access
from services.access import Actor
from services.drafts.draft_figures import NO_TOTAL, DraftFigure
from services.progress import reading_lines
from services.views import View

_OBJECTIVE: Final = 60


async def receipt(
    session: Session,
    actor: Actor,
    report: ProgressReport,
    task: Task | None,
    figures: Sequence[DraftFigure] = (),
) -> View:
    """The receipt, with what was counted and the new totals. ``figures``: the numbers as they were stated."""
    lines = [Text("progress.receipt.title", number=report.receipt_no)]
    if report.kind is ReportKind.ZERO:
        lines = [Text("progress.receipt.zero", number=report.receipt_no, what=_zero_words(report, task))]
    # Who counts a report for the task above their part (归入上级任务) may not look into that one.
    sees = task is None or access.may_see(actor, task, ())
    if task is None:
        unit = await session.get_one(Unit, report.unit_id)
        lines.append(Text("progress.receipt.unit", unit=unit.name))
        lines += await _covered_lines(session, report)
    else:
        sees = sees or await access.sees_all_of(session, actor, [ident(task)])
        lines += await task_lines(session, report, task)
        if (person := await access.place_in(session, actor, task)) is not None:
            who = absences.in_place(actor.contact.name, person.name)
            lines.append(Text("progress.receipt.reporter", who=who))
        lines += await _figure_lines(session, report, task, figures, sees=sees)
    if report.percent is not None:
        lines.append(Text("progress.card.percent", percent=report.percent))
    if files := files_text(one.kind for one in await progress.evidence_of(session, report)):
        lines.append(Text("progress.receipt.files", files=files))
    if report.late:
        lines.append(Text("progress.receipt.late"))
    return View(lines, (), [ident(task)] if task is not None and sees else [])


def _zero_words(report: ProgressReport, task: Task | None) -> Text:
    """今日无新增, or what else the zero report says."""
    if report.windows:
        return Text("progress.zero.says_of", windows=[window_text(key) for key in report.windows])
    if report.about_day is not None:
        return Text("progress.zero.says_past")
    if task is None and says_period(report.text):
        return Text("progress.zero.says_period")
    spans = spans_of(report.text)
    named = next(iter(spans)) if len(spans) == 1 else Frequency.DAILY
    span = named if task is None or task.frequency is None else task.frequency
    return Text(f"progress.zero.says.{span.value}")


async def _covered_lines(session: Session, report: ProgressReport) -> list[Text]:
    """The tasks for which a zero report stands."""
    found = await tasks.tasks_by_id(session, await zero_covers.covered_by(session, ident(report)))
    names = [short(task.objective, 40) for task in found.values()]
    return [Text("progress.receipt.covers", tasks=names)] if names else []


async def _figure_lines(
    session: Session, report: ProgressReport, task: Task, figures: Sequence[DraftFigure], *, sees: bool
) -> list[Text]:
    """What each number adds, with the total."""
    converted = reading_lines.converted_additions(figures)
    found = await reported_figures.figures_of_report(session, report)
    known = {one.metric_id: MetricTotal(one.measure, one.total, one.has_parts) for one in found}
    named = await totals(session, report, task, known, sees=sees)
    lines = []
    for one in found:
        stated = stated_text(one.added, one.measure, approx=one.approx)
        added = converted.get((one.item, one.measure)) or stated
        total = named[one.metric_id]
        lines.append(Text("progress.receipt.figure", item=one.item, added=added, total=total))
    return lines


async def counts_above(session: Session, report: ProgressReport, task: Task) -> bool:
    """Whether the report is about the task above a part of its unit (归入上级任务)."""
    return report.unit_id != task.lead_unit_id and await progress.counts_above(session, report)


async def task_lines(session: Session, report: ProgressReport, task: Task) -> list[Text]:
    """The task, and whose it is if it is the one above: the unit's part has the same name."""
    lines = [Text("progress.receipt.task", objective=short(task.objective, _OBJECTIVE))]
    if await counts_above(session, report, task):
        names = await people.unit_names(session, [task.lead_unit_id])
        lines.append(Text("progress.receipt.above", unit=names[task.lead_unit_id]))
    return lines


async def totals(
    session: Session, report: ProgressReport, task: Task, found: Mapping[int, MetricTotal], *, sees: bool
) -> dict[int, Text]:
    """The total to name under each metric, by its id. ``found``: what all units have there.

    Who does not see the task (not ``sees``) reads what their own unit has there, and nothing of others.
    """
    if not found:
        return {}
    if sees:
        return {metric_id: _total_of_all(task, one) for metric_id, one in found.items()}
    own = await report_sums.metric_totals(session, list(found), report.unit_id)
    above = await counts_above(session, report, task)
    key = "progress.receipt.total.own_above" if above else "progress.receipt.total.own"
    return {
        metric_id: Text(key, total=quantity_text(own.get(metric_id, NO_TOTAL), one.measure))
        for metric_id, one in found.items()
    }


def _total_of_all(task: Task, found: MetricTotal) -> Text:
    alone = task.parent_id is not None and not found.has_parts
    key = "progress.receipt.total.part" if alone else "progress.receipt.total.all"
    return Text(key, total=quantity_text(found.total, found.measure))
