"""The figures of a report: each belongs to a metric of its task and adds to the unit's total there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from models import tasks
from models.db import Session, ident, keep
from models.progress import (
    Figure,
    FigureMode,
    ProgressReport,
    metric_choices,
    metric_merges,
    metric_sums,
    mode_choices,
    report_revisions,
    report_sums,
)
from models.tasks import Metric, Task
from reports.formats import quantity_text, stated_text
from rules.amounts import REPORTED_LIMIT
from rules.progress.counted_periods import day_of
from rules.progress.running_totals import FallingTotalError, Statement, additions, joined
from services.drafts.draft_figures import DraftFigure
from services.drafts.task_metrics import Filing
from services.errors import DomainError


async def write(
    session: Session, report: ProgressReport, task: Task, stated: Sequence[DraftFigure]
) -> list[ProgressReport]:
    """Add the figures of the report's present wording.

    Returns the other reports whose 累计 now add a different amount. ``DomainError``: a 累计 would fall, the
    report's own or a later one, or a total gets too large.
    """
    # Held while each figure asks for its own.
    known = await tasks.metrics_of(session, ident(task)) if len(stated) > 1 else ()
    keep(session, known)
    rows: dict[int, tuple[Metric, Statement, bool, int]] = {}
    for figure in stated:
        if figure.dropped:
            continue
        metric = await _metric_for(session, task, figure)
        await _remember(session, report, metric, figure)
        said = Statement(figure.amount, figure.mode == FigureMode.CUMULATIVE.value)
        filed_under, approx = await _filed_under(session, metric, figure), figure.approx
        # Two numbers of one report under one metric make one figure; else the sum would be hard to trace.
        if (before := rows.get(ident(metric))) is not None:
            said, approx = joined(before[1], said), approx or before[2]
            filed_under = filed_under if filed_under == before[3] else ident(metric)
        rows[ident(metric)] = (metric, said, approx, filed_under)
    fresh = {
        metric_id: Figure(
            report_id=ident(report),
            revision=report.revision,
            metric_id=metric_id,
            filed_under=filed_under,
            mode=FigureMode.CUMULATIVE if said.cumulative else FigureMode.INCREMENT,
            stated=said.value,
            added=Decimal(0),
            approx=approx,
        )
        for metric_id, (_, said, approx, filed_under) in rows.items()
    }
    return await _renew_additions(session, report, [metric for metric, *_ in rows.values()], fresh)


async def _remember(session: Session, report: ProgressReport, metric: Metric, figure: DraftFigure) -> None:
    """Remember for the unit which mode and which metric the person chose or confirmed."""
    if figure.chosen and figure.mode is not None and figure.wording is not None and not figure.doubt:
        mode = FigureMode(figure.mode)
        await mode_choices.remember(session, report.unit_id, ident(metric), figure.wording, mode)
    if figure.filed_as in {Filing.CHOSEN, Filing.SHORTER}:
        await metric_choices.remember(session, report.unit_id, metric, figure.read_item, figure.read_unit)


async def _filed_under(session: Session, metric: Metric, figure: DraftFigure) -> int:
    """The metric to which a parting gives the figure back: that of its name, if it was merged into this one.

    A former name never had figures of its own, so it gets none.
    """
    named = figure.named_id
    merged = named is not None and await metric_merges.has_figures(session, named, ident(metric))
    return named if named is not None and merged else ident(metric)


async def renew_additions(session: Session, report: ProgressReport, metric: Metric) -> list[ProgressReport]:
    """Recalculate what the unit's figures add under a metric, starting from a report.

    Returns the other reports for which that changed. ``DomainError`` as for ``write``.
    """
    return await _renew_additions(session, report, [metric], {})


async def _renew_additions(
    session: Session, report: ProgressReport, metrics: Sequence[Metric], fresh: Mapping[int, Figure]
) -> list[ProgressReport]:
    """The same for several metrics; ``fresh``: the report's new figures by metric, which are written, too."""
    ids = [ident(metric) for metric in metrics]
    if not ids:
        return []
    # A report that is just filed is the last one: its task is locked.
    later: dict[int, list[tuple[Figure, ProgressReport]]] = {metric_id: [] for metric_id in ids}
    if report.revision > 1 or not fresh:
        later = await report_revisions.figures_from(session, ids, report.unit_id, ident(report))
    totals = await report_sums.totals_of_unit_and_all(session, ids, report.unit_id)
    counted = {
        metric_id: [*([(fresh[metric_id], report)] if metric_id in fresh else []), *found]
        for metric_id, found in later.items()
    }
    changed: list[ProgressReport] = []
    days: dict[int, set[date]] = {}
    for metric in metrics:
        (of_unit, of_all), found = totals[ident(metric)], counted[ident(metric)]
        known = sum((figure.added for figure, _ in later[ident(metric)]), Decimal(0))
        moved = _add_anew(report, metric, of_unit - known, found)
        _refuse_too_large(metric, of_all - known, found)
        days[ident(metric)] = {day_of(of.counted_at) for figure, of in moved if figure.id is not None}
        changed += [of for _, of in moved if of.id != report.id]
    session.add_all(figure for found in counted.values() for figure, _ in found)
    await session.flush()
    await metric_sums.add(session, report, fresh.values())
    await metric_sums.count_anew(session, report.unit_id, days)
    return changed


async def uncount(session: Session, report: ProgressReport, former: Iterable[Figure]) -> None:
    """Take the figures of the ``former`` wording out of the kept sums; the report has its next revision."""
    day = day_of(report.counted_at)
    await metric_sums.count_anew(session, report.unit_id, {figure.metric_id: {day} for figure in former})


def _add_anew(
    report: ProgressReport, metric: Metric, total: Decimal, found: Sequence[tuple[Figure, ProgressReport]]
) -> list[tuple[Figure, ProgressReport]]:
    """Set what each figure adds to the ``total`` before it. Returns those that this changed."""
    before = Statement(total, cumulative=False)
    try:
        _, *added = additions([before, *(_statement(figure) for figure, _ in found)])
    except FallingTotalError as fell:
        raise _falling(*found[fell.index - 1], metric, fell.total, report) from None
    changed = []
    for (figure, of), adds in zip(found, added, strict=True):
        if figure.added != adds:
            figure.added = adds
            changed.append((figure, of))
    return changed


def _statement(figure: Figure) -> Statement:
    return Statement(figure.stated, cumulative=figure.mode is FigureMode.CUMULATIVE)


def _falling(
    figure: Figure, of: ProgressReport, metric: Metric, total: Decimal, report: ProgressReport
) -> DomainError:
    stated, sum_before = stated_text(figure.stated, metric.unit), quantity_text(total, metric.unit)
    if of.id == report.id:
        return DomainError("progress.falling_total", item=metric.item, stated=stated, total=sum_before)
    return DomainError(
        "corrections.later_total", item=metric.item, number=of.receipt_no, stated=stated, total=sum_before
    )


def _refuse_too_large(
    metric: Metric, others: Decimal, found: Sequence[tuple[Figure, ProgressReport]]
) -> None:
    """Refuse a total beyond what the database can sum, or no tally could be counted any more.

    ``others``: the sum of all figures under the metric but those that were ``found``.
    """
    if found and sum((figure.added for figure, _ in found), others) >= REPORTED_LIMIT:
        shown = stated_text(found[0][0].stated, metric.unit)
        raise DomainError("progress.too_large", item=metric.item, stated=shown)


async def _metric_for(session: Session, task: Task, figure: DraftFigure) -> Metric:
    if figure.metric_id is not None:
        metric = await session.get(Metric, figure.metric_id)
        if metric is not None and metric.task_id == task.id:
            return await tasks.standing_metric(session, metric)
    item = figure.item or task.objective
    return await tasks.metric_named(session, ident(task), item[:200], figure.unit[:40])
