"""A filed report reopened as a draft: its parts as sent, its numbers understood as filed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from models.db import Session, ident
from models.drafts import Draft
from models.progress import Figure, FigureMode, ProgressReport, report_lookup, report_revisions
from models.tasks import Metric
from rules.progress.measures import as_measured
from rules.progress.percent import read_percent
from rules.progress.quantities import Quantity
from rules.progress.running_totals import Statement, joined
from services.drafts import draft_changes, draft_figures, draft_parts, unusual_figures, words_read
from services.drafts.draft_figures import DraftFigure
from services.drafts.draft_parts import DraftPart, EvidenceFile
from services.drafts.task_metrics import TaskMetrics
from services.turn import Turn

FiledFigure = tuple[Figure, Metric]
# How the words name a number: its item and its unit of measure.
Name = tuple[str, str]
_COPIED: Final = ("task_id", "report_id", "text", "content", "awaiting_text", "thread_id")


@dataclass(frozen=True, slots=True)
class OpenedCorrection:
    """A draft that has not been saved. ``clear``: no question about it is left."""

    draft: Draft
    clear: bool


async def parts_of(session: Session, report: ProgressReport) -> list[DraftPart]:
    """The parts of the report's present wording.

    Files that belong to no known message stand in parts of their own.
    """
    rows = await report_revisions.parts_of(session, ident(report))
    files: dict[int | None, list[EvidenceFile]] = {}
    for row in await report_revisions.evidence(session, ident(report), report.revision):
        file = EvidenceFile(row.kind.value, row.file_id, row.file_unique_id, row.file_name)
        files.setdefault(row.message_id, []).append(file)
    parts = [
        DraftPart(
            row.message_id, row.text, tuple(files.pop(row.message_id, ())), row.album, chat_id=row.chat_id
        )
        for row in rows
    ]
    if report.filed_with is not None:
        # Some of its words came in messages that belong to the report with which it was filed.
        parts = [replace(part, text="") for part in parts if part.files]
    if report.text and not any(part.text for part in parts):
        parts.insert(0, DraftPart(None, report.text, ()))
    return [*parts, *(DraftPart(message_id, "", tuple(left)) for message_id, left in files.items())]


async def open_again(turn: Turn, report: ProgressReport, parts: Sequence[DraftPart]) -> OpenedCorrection:
    """The report with these parts as a draft, ready to be filed as its next wording."""
    filed = await report_revisions.figures(turn.session, ident(report), report.revision)
    read = await words_read.quantities(turn.session, turn.actor, report.text)
    inherited = _InheritedFigures.of(draft_changes.countable(read), filed)
    others = await report_lookup.filed_together(turn.session, report, withdrawn=True)
    content = _content(report, others)
    before = await _understood(turn, report, await parts_of(turn.session, report), content, inherited)
    draft = await _understood(turn, report, parts, content, inherited)
    figures = [figure for figure in draft_changes.figures_of(draft) if not figure.dropped]
    strange = await unusual_figures.find(turn.session, turn.actor, draft)
    known = {(figure.metric_id, figure.stated) for figure, _ in filed}
    asked = any(figure.has_to_be_seen for figure in figures) or any(
        (figure.metric_id, figure.amount) not in known
        for place, figure in enumerate(draft_changes.figures_of(draft))
        if place in strange
    )
    told = (
        draft.content.get("percent_over") is not None
        or draft_changes.numbers_left_out_of(draft) > 0
        or draft_changes.asides_of(draft) != draft_changes.asides_of(before)
    )
    return OpenedCorrection(draft, not asked and not told and _stated_by(before) == _stated(filed))


async def _understood(
    turn: Turn,
    report: ProgressReport,
    parts: Sequence[DraftPart],
    content: dict[str, object],
    inherited: _InheritedFigures,
) -> Draft:
    """Read the parts like any draft, then file each number as it was filed before."""
    draft = Draft(
        contact_id=turn.actor.id,
        chat_id=turn.chat,
        task_id=report.task_id,
        report_id=report.id,
        content=content,
        updated_at=turn.now,
    )
    draft_parts.put(draft, parts)
    await draft_changes.reread(turn, draft)
    metric_ids = [metric.id for _, metric in inherited.filed if metric.id is not None]
    totals = await draft_changes.unit_totals(turn.session, turn.actor, draft, metric_ids)
    draft_changes.store(
        draft, [inherited.apply(figure, totals) for figure in draft_changes.figures_of(draft)], turn.now
    )
    return draft


def _content(report: ProgressReport, others: Sequence[ProgressReport]) -> dict[str, object]:
    """What the draft of a correction holds from the start; ``others``: the reports filed with this one."""
    content: dict[str, object] = {"base": report.revision, "beside": [other.task_id for other in others]}
    if report.latitude is not None:
        place = {"latitude": report.latitude, "longitude": report.longitude, "place": report.place}
        content["location"] = place
    if report.percent is None:
        # The person discarded the percentage that was read from these words.
        content["percent_dropped"] = read_percent(report.text)
    return content


async def is_untouched(session: Session, draft: Draft) -> bool:
    """Whether a correction was opened but nothing was written for it: it holds only what is already filed."""
    report = None if draft.report_id is None else await session.get(ProgressReport, draft.report_id)
    return report is not None and await parts_of(session, report) == draft_parts.parts_of(draft)


def copy_into(draft: Draft, opened: OpenedCorrection) -> None:
    """Fill a saved draft with the content of the reopened one."""
    for name in _COPIED:
        setattr(draft, name, getattr(opened.draft, name))


def _stated(filed: Sequence[FiledFigure]) -> dict[int | None, Statement]:
    return _by_metric(
        (figure.metric_id, Statement(figure.stated, figure.mode is FigureMode.CUMULATIVE))
        for figure, _ in filed
    )


def _stated_by(draft: Draft) -> dict[int | None, Statement]:
    """What a draft would file, by metric."""
    return _by_metric(
        (figure.metric_id, Statement(figure.amount, figure.mode == FigureMode.CUMULATIVE.value))
        for figure in draft_changes.figures_of(draft)
        if not figure.dropped
    )


def _by_metric(statements: Iterable[tuple[int | None, Statement]]) -> dict[int | None, Statement]:
    found: dict[int | None, Statement] = {}
    for metric_id, said in statements:
        earlier = found.get(metric_id)
        found[metric_id] = said if earlier is None else joined(earlier, said)
    return found


@dataclass(frozen=True, slots=True)
class _InheritedFigures:
    """How each number of the earlier words was filed (None: it was not counted).

    ``exact`` finds it by its name and value, ``named`` by its name alone.
    """

    filed: Sequence[FiledFigure]
    exact: Mapping[tuple[Name, Decimal], FiledFigure | None]
    named: Mapping[Name, FiledFigure | None]

    @classmethod
    def of(cls, read: Sequence[Quantity], filed: Sequence[FiledFigure]) -> _InheritedFigures:
        exact: dict[tuple[Name, Decimal], FiledFigure | None] = {}
        named: dict[Name, FiledFigure | None] = {}
        metrics = TaskMetrics([metric for _, metric in filed], {})
        for quantity in read[: draft_changes.NUMBERS_LIMIT]:
            name, source = (quantity.item, quantity.unit), _source(quantity, metrics, filed)
            exact[name, quantity.value] = source
            named[name] = source or named.get(name)
        return cls(filed, exact, named)

    def apply(self, figure: DraftFigure, totals: Mapping[int, Decimal]) -> DraftFigure:
        """The figure under the metric and in the mode in which it was filed before.

        If the new words now state another mode, that one counts. A total that falls has to be asked about.
        """
        name = (figure.read_item, figure.read_unit)
        same = (name, figure.stated) in self.exact
        if figure.dropped or not (same or name in self.named or self._by_metric(figure)):
            return figure
        source = self.exact[name, figure.stated] if same else self.named.get(name, self._by_metric(figure))
        if source is None:
            return replace(figure, dropped=True, touched=True)
        filed, metric = source
        figure = replace(draft_figures.under(figure, metric), filed_as=None, named_id=filed.filed_under)
        mode = filed.mode.value if same or figure.cumulative is None else figure.mode
        if mode == FigureMode.CUMULATIVE.value and figure.amount < totals.get(filed.metric_id, Decimal(0)):
            mode = None
        return replace(figure, mode=mode, touched=True, chosen=mode is not None, recalled=False)

    def _by_metric(self, figure: DraftFigure) -> FiledFigure | None:
        """The filing of a figure that is worded differently, but belongs to a metric of the report."""
        return next((one for one in self.filed if one[0].metric_id == figure.metric_id), None)


def _source(quantity: Quantity, metrics: TaskMetrics, filed: Sequence[FiledFigure]) -> FiledFigure | None:
    """The filed figure that a number of the words became."""
    by_name = metrics.match(quantity)
    for figure, metric in filed:
        if by_name is not None and metric is by_name.metric:
            return figure, metric
    for figure, metric in filed:
        amount = as_measured(quantity.value, quantity.unit or metric.unit, metric.unit)
        if figure.stated == amount:
            return figure, metric
    return None
