"""What a reporter sees before filing: the choice of the task, the card with what was understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain

from locales import Text
from models import tasks
from models.cases import categories
from models.db import Session
from models.drafts import Draft
from models.progress import FigureMode, ProgressReport
from models.tasks import Metric, Task
from reports.formats import quantity_text
from rules.progress.report_words import corrects
from services import absences, access
from services.access import Actor
from services.drafts import (
    draft_changes,
    draft_parts,
    figure_changes,
    repeated_words,
    task_split,
    unusual_figures,
)
from services.drafts.draft_changes import Location
from services.drafts.draft_figures import NO_TOTAL, DraftFigure
from services.drafts.draft_kinds import draft_button
from services.drafts.unusual_figures import UnusualFigure
from services.errors import DomainError
from services.progress import (
    another_report,
    card_rows,
    late_reports,
    parent_choice,
    reading_lines,
    split_card,
)
from services.tasks import breakdown_rights
from services.turn import Turn
from services.views import ButtonSpec, View


async def choose_task(session: Session, draft: Draft, candidates: Sequence[Task], actor: Actor) -> View:
    """Buttons that ask which task the draft is about. Parts of one task have its name: units are named."""
    shown = candidates[: card_rows.OFFERED]
    units = await breakdown_rights.units_of_parts(session, actor, shown)
    rows = []
    for task in shown:
        label = breakdown_rights.named_in(task, units, 30)
        rows.append([draft_button(label, "report.pick", actor.id, draft, task_id=task.id)])
    rows.append([draft_button("progress.cancel_button", "report.cancel", actor.id, draft)])
    lines = [Text("progress.which_task")]
    if len(candidates) > card_rows.OFFERED:
        lines.append(Text("progress.more_tasks"))
    lines += [*repeated_words.lines(draft), *_left_out(draft)]
    return View(lines, rows, [task.id for task in candidates if task.id is not None], draft_id=draft.id)


async def draft_view(session: Session, actor: Actor, draft: Draft) -> View:
    """The card of a draft, or the question that has to be answered first."""
    if repeated_words.asks(draft):
        return repeated_words.question(actor, draft)
    if draft.task_id is None:
        candidates = draft_changes.candidates_of(draft)
        found = await tasks.tasks_by_id(session, candidates)
        question = await choose_task(session, draft, [found[task_id] for task_id in candidates], actor)
        return replace(question, rows=[*question.rows, *await _as_issue(session, actor, draft)])
    if another_report.waits(draft):
        return await another_report.question(session, actor, draft)
    stored = [await tasks.task_by_id(session, task_id) for task_id in task_split.tasks_of(draft)]
    about = [task for task in stored if task is not None]
    if len(about) < len(stored):
        raise DomainError("tasks.not_yours")
    figures = draft_changes.figures_of(draft)
    likely = await card_rows.likely_metrics(session, figures)
    place = await parent_choice.place_of(session, actor, draft)
    by_figure = await _lines_of_figures(session, actor, draft, likely, above=place in parent_choice.ABOVE)
    lines = [await _title(session, draft)]
    if len(about) > 1:
        lines += [*_contents(draft), *split_card.sections(about, figures, by_figure)]
    else:
        units = await breakdown_rights.units_of_parts(session, actor, about)
        named = breakdown_rights.named_in(about[0], units, 80)
        lines += [Text("progress.card.task", objective=named)]
        lines += await parent_choice.lines(session, about[0], place)
        if (person := await access.place_in(session, actor, about[0])) is not None:
            who = absences.in_place(actor.contact.name, person.name)
            lines.append(Text("progress.receipt.reporter", who=who))
        lines += [*_contents(draft), *chain.from_iterable(by_figure)]
    lines += _closing_lines(draft, figures)
    splitting = split_card.rows(actor, draft, about)
    above = await parent_choice.rows(session, actor, draft, about[0]) if len(about) == 1 else []
    rows = [
        *card_rows.rows(actor, draft, likely),
        *above,
        *splitting,
        *await _as_issue(session, actor, draft),
    ]
    return View(lines, rows, task_split.tasks_of(draft), draft_id=draft.id)


async def _lines_of_figures(
    session: Session, actor: Actor, draft: Draft, likely: Mapping[int, Metric], *, above: bool
) -> list[list[Text]]:
    """For each number its line, and what is asked or told about it. ``above``: as in ``_figure_line``."""
    totals = await _totals(session, actor, draft)
    strange = await unusual_figures.find(session, actor, draft, totals)
    found = []
    sooner: dict[object, Decimal] = {}
    for place, figure in enumerate(draft_changes.figures_of(draft)):
        name = figure.metric_id or (figure.task_id, figure.item, figure.unit)
        adds = figure.mode == FigureMode.INCREMENT.value and not figure.dropped
        before = sooner.get(name, NO_TOTAL) if adds else NO_TOTAL
        lines = [_figure_line(place + 1, figure, totals, before, above=above)]
        if adds:
            sooner[name] = sooner.get(name, NO_TOTAL) + figure.amount
        if place in likely:
            metric = likely[place]
            lines.append(Text("progress.card.likely", item=metric.item, unit=metric.unit))
        lines += reading_lines.doubt_lines(figure)
        if place in strange:
            lines.append(_unusual_line(figure, strange[place]))
        found.append(lines)
    return found


def _closing_lines(draft: Draft, figures: Sequence[DraftFigure]) -> list[Text]:
    """What does not count, the tally in which the rest does, and what the person is to do."""
    asides = draft_changes.asides_of(draft)
    lines = reading_lines.aside_lines(asides)
    if not (figures or asides) and draft.text and draft_changes.percent_of(draft) is None:
        lines.append(Text("progress.card.no_figures"))
    if draft.report_id is None and corrects(draft.text):
        lines.append(Text("progress.card.corrects"))
    lines += late_reports.card_lines(draft)
    lines += _left_out(draft)
    if any(figure.lacks_unit for figure in figures):
        return [*lines, Text("progress.card.ask_unit")]
    open_question = any(figure.mode is None and not figure.dropped for figure in figures)
    return [*lines, Text("progress.card.ask_mode" if open_question else "progress.card.ask_confirm")]


async def _as_issue(session: Session, actor: Actor, draft: Draft) -> list[list[ButtonSpec]]:
    """📌 上报问题 under a draft that may be meant as an issue: a photo or a place without numbers."""
    shows = bool(draft_changes.files_of(draft)) or draft_changes.location_of(draft) is not None
    if not shows or draft_changes.figures_of(draft) or draft.report_id is not None or draft.chat_id < 0:
        return []
    if not await categories.active_categories(session):
        return []
    return [[draft_button("issues.from_report_button", "issue.from_report", actor.id, draft)]]


async def _title(session: Session, draft: Draft) -> Text:
    """The card's title; for a correction, it says what is corrected."""
    report = None if draft.report_id is None else await session.get(ProgressReport, draft.report_id)
    if report is None:
        count = len(task_split.tasks_of(draft))
        return Text("progress.card.split_title", count=count) if count > 1 else Text("progress.card.title")
    return Text("corrections.card_title", number=report.receipt_no)


def _contents(draft: Draft) -> list[Text]:
    """What the person sent, apart from its numbers, and what the last words changed about these."""
    lines = [Text("progress.card.text", text=draft.text)] if draft.text else []
    if sources := draft_parts.sources_of(draft):
        lines.append(Text("progress.card.forwarded", sources=sources))
    if draft_changes.files_of(draft):
        lines.append(split_card.files_line(draft))
    if location := draft_changes.location_of(draft):
        lines.append(Text("progress.card.location", place=place_text(location)))
    if (percent := draft_changes.percent_of(draft)) is not None:
        lines.append(Text("progress.card.percent", percent=percent))
    if (over := draft.content.get("percent_over")) is not None:
        lines.append(Text("progress.card.percent_over", percent=over))
    return [*lines, *repeated_words.lines(draft), *figure_changes.lines(draft)]


def place_text(location: Location) -> str:
    """The place's name, else its coordinates, such as 31.2304, 121.4737."""
    latitude, longitude, place = location
    return place or f"{latitude:.4f}, {longitude:.4f}"


def _left_out(draft: Draft) -> list[Text]:
    """What did not fit into the report."""
    lines = []
    if count := draft_parts.left_out_of(draft):
        lines.append(Text("progress.card.files_left_out", limit=draft_changes.EVIDENCE_LIMIT, count=count))
    if count := draft_changes.numbers_left_out_of(draft):
        lines.append(Text("progress.card.numbers_left_out", limit=draft_changes.NUMBERS_LIMIT, count=count))
    if draft_parts.lost_words(draft):
        lines.append(Text("progress.card.words_left_out", limit=draft_changes.TEXT_LIMIT))
    return lines


def _unusual_line(figure: DraftFigure, strange: UnusualFigure) -> Text:
    usual = quantity_text(strange.usual, figure.unit)
    return Text("progress.card.unusual", usual=usual, times=strange.times)


async def adjusting(session: Session, actor: Actor, draft: Draft) -> View:
    """调整: the card with the choices of every number, and the way back."""
    card = await draft_view(session, actor, draft)
    likely = await card_rows.likely_metrics(session, draft_changes.figures_of(draft))
    return replace(card, rows=card_rows.choices(actor, draft, likely))


async def ask_about_unusual(turn: Turn, draft: Draft) -> View | None:
    """Ask once more whether numbers far from the usual are right; None: there are none, or it was asked.

    The answer is another 确认. Its button belongs to another revision, so a double tap does not answer.
    """
    figures = draft_changes.figures_of(draft)
    strange = await unusual_figures.find(turn.session, turn.actor, draft)
    if not strange or draft_changes.is_checked(draft):
        return None
    draft_changes.note_checked(draft, turn.now)
    totals = await _totals(turn.session, turn.actor, draft)
    above = await parent_choice.place_of(turn.session, turn.actor, draft) in parent_choice.ABOVE
    lines = [Text("progress.unusual.title")]
    for place, found in strange.items():
        figure = figures[place]
        lines += [_figure_line(place + 1, figure, totals, above=above), _unusual_line(figure, found)]
    row = [
        draft_button("progress.unusual.right_button", "report.confirm", turn.actor.id, draft),
        draft_button("progress.edit_button", "report.edit", turn.actor.id, draft),
    ]
    back = [draft_button("progress.back_button", "report.show", turn.actor.id, draft)]
    return View(lines, [row, back], task_split.tasks_of(draft), draft_id=draft.id)


async def _totals(session: Session, actor: Actor, draft: Draft) -> dict[int, Decimal]:
    ids = [figure.metric_id for figure in draft_changes.figures_of(draft) if figure.metric_id is not None]
    return await draft_changes.unit_totals(session, actor, draft, ids)


def _figure_line(
    number: int,
    figure: DraftFigure,
    totals: Mapping[int, Decimal],
    sooner: Decimal = NO_TOTAL,
    *,
    above: bool,
) -> Text:
    """The number's line; ``sooner``: what the numbers before it add under its metric.

    ``above``: the report is about the task above the unit's part.
    """
    total = NO_TOTAL if figure.metric_id is None else totals.get(figure.metric_id, NO_TOTAL)
    return reading_lines.figure_line(number, figure, total + sooner, above=above)
