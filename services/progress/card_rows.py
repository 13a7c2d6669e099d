"""The buttons of a report's card: few on the card itself, all choices of its numbers behind 调整."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from locales import Text
from models import tasks
from models.db import Session
from models.drafts import Draft
from models.progress import FigureMode
from models.tasks import Metric
from reports.formats import day_text, short, stated_text
from rules.progress.quantities import Doubt, metric_name
from services.access import Actor
from services.drafts import draft_changes, draft_figures, repeated_words, task_split
from services.drafts.draft_figures import DraftFigure
from services.drafts.draft_kinds import draft_button
from services.progress import late_reports
from services.views import ButtonSpec, View

OFFERED: Final = 12
# Of a card on which no question is open.
MOST_BUTTONS: Final = 8
FIGURES_WITH_BUTTONS: Final = 24
LIKELY_BUTTONS: Final = 6


async def likely_metrics(session: Session, figures: Sequence[DraftFigure]) -> dict[int, Metric]:
    """The older metric that may be meant, by the place of each number that needs a new one; the first few."""
    found: dict[int, Metric] = {}
    for place, figure in enumerate(figures):
        if figure.likely_id is None or figure.metric_id is not None or figure.dropped:
            continue
        metric = await session.get(Metric, figure.likely_id)
        if metric is not None and metric.merged_into is None and len(found) < LIKELY_BUTTONS:
            found[place] = metric
    return found


def rows(actor: Actor, draft: Draft, likely: Mapping[int, Metric]) -> list[list[ButtonSpec]]:
    """The card's own buttons: its questions, what one tap may change, and what concerns all of it."""
    closing = _closing_rows(actor, draft)
    room = MOST_BUTTONS - sum(map(len, closing))
    found = []
    for index, figure in _with_buttons(draft_changes.figures_of(draft)):
        if figure.mode is None and not figure.dropped:
            row = [] if figure.lacks_unit else _modes(actor, draft, index, list(FigureMode))
            # A metric says what the number counts.
            if figure.lacks_unit or figure.doubt == Doubt.UNIT.value:
                row.append(_file_button(actor, draft, index))
            found.append(row)
        elif room > 0 and figure.recalled:
            others = [mode for mode in FigureMode if mode.value != figure.mode]
            found.append(_modes(actor, draft, index, others))
            room -= 1
        if room > 0 and index in likely:
            found.append([_likely_button(actor, draft, index, likely[index])])
            room -= 1
    return [*found, *closing]


def choices(actor: Actor, draft: Draft, likely: Mapping[int, Metric]) -> list[list[ButtonSpec]]:
    """All choices of each number, and 返回."""
    found = []
    for index, figure in _with_buttons(draft_changes.figures_of(draft)):
        modes = [] if figure.dropped or figure.lacks_unit else _modes(actor, draft, index, list(FigureMode))
        found.append([*modes, _file_button(actor, draft, index)])
        if index in likely:
            found.append([_likely_button(actor, draft, index, likely[index])])
    return [*found, [draft_button("progress.back_button", "report.show", actor.id, draft)]]


def _closing_rows(actor: Actor, draft: Draft) -> list[list[ButtonSpec]]:
    """The buttons that concern the whole report."""
    found = []
    if (percent := draft_changes.percent_of(draft)) is not None:
        label = Text("progress.drop_percent_button", percent=percent)
        found.append([draft_button(label, "report.percent", actor.id, draft)])
    if (late := late_reports.late_day(draft)) is not None:
        back = late_reports.for_day(draft) is None
        label = (
            Text("progress.for_day_button", day=day_text(late)) if back else Text("progress.for_today_button")
        )
        found.append([draft_button(label, "report.day", actor.id, draft, late=back)])
    found.append(
        [
            draft_button("progress.confirm_button", "report.confirm", actor.id, draft),
            draft_button("progress.edit_button", "report.edit", actor.id, draft),
            draft_button("progress.cancel_button", "report.cancel", actor.id, draft),
        ]
    )
    rest = []
    if repeated_words.kept_aside(draft):
        again = "progress.repeated.again_button"
        rest.append(draft_button(again, "report.count_again", actor.id, draft))
    if draft_changes.figures_of(draft):
        rest.append(draft_button("progress.adjust_button", "report.adjust", actor.id, draft))
    if len(draft_changes.candidates_of(draft)) > 1:
        rest.append(draft_button("progress.other_task_button", "report.other_task", actor.id, draft))
    return [*found, rest] if rest else found


def _modes(actor: Actor, draft: Draft, index: int, modes: Sequence[FigureMode]) -> list[ButtonSpec]:
    """新增 and 累计 for one number, the present one marked."""
    figure = draft_changes.figures_of(draft)[index]
    found = []
    for mode in modes:
        mark = "chosen" if figure.mode == mode.value else "open"
        label = Text(f"progress.mode_button.{mode.value}.{mark}", number=index + 1)
        found.append(draft_button(label, "report.mode", actor.id, draft, index=index, mode=mode.value))
    return found


def _file_button(actor: Actor, draft: Draft, index: int) -> ButtonSpec:
    label = Text("progress.file_under_button", number=index + 1)
    return draft_button(label, "report.file", actor.id, draft, index=index)


def _likely_button(actor: Actor, draft: Draft, index: int, metric: Metric) -> ButtonSpec:
    name = {"item": short(metric.item, 16), "unit": metric.unit}
    label = Text("progress.likely_button", number=index + 1, **name)
    return draft_button(label, "report.metric", actor.id, draft, index=index, metric_id=metric.id)


def _with_buttons(figures: Sequence[DraftFigure]) -> list[tuple[int, DraftFigure]]:
    """The figures that get buttons, open questions first, because Telegram takes 100 buttons in all."""
    answered = [figure.dropped or figure.mode is not None for figure in figures]
    in_turn = sorted(range(len(figures)), key=lambda index: (answered[index], index))
    return [(index, figures[index]) for index in sorted(in_turn[:FIGURES_WITH_BUTTONS])]


async def file_under(session: Session, actor: Actor, draft: Draft, index: int) -> View:
    """归入…: the task's metrics for one number, a new metric if it has no name yet, or not to count it."""
    figure = draft_changes.figures_of(draft)[index]
    task_id = figure.task_id or draft.task_id
    known = [] if task_id is None else await tasks.metrics_of(session, task_id)
    name = metric_name(figure.read_item, figure.read_unit)
    able = [metric for metric in known if metric.merged_into is None and draft_figures.fits(figure, metric)]
    able.sort(key=lambda metric: (metric.item, metric.unit) != (name, figure.read_unit))
    found = [
        [
            draft_button(
                Text("progress.metric_button", item=short(metric.item, 24), unit=metric.unit),
                "report.metric",
                actor.id,
                draft,
                index=index,
                metric_id=metric.id,
            )
        ]
        for metric in able[:OFFERED]
    ]
    # Under a name that a metric has, or had before it was merged, the number would count there.
    is_new = all((metric.item, metric.unit) != (name, figure.read_unit) for metric in known)
    if figure.read_unit and is_new:
        new = Text("progress.new_metric_button", item=short(name, 24), unit=figure.read_unit)
        found.append([draft_button(new, "report.choice", actor.id, draft, index=index, choice="new")])
    other = "keep" if figure.dropped else "drop"
    label = f"progress.{other}_button"
    found.append([draft_button(label, "report.choice", actor.id, draft, index=index, choice=other)])
    found.append([draft_button("progress.back_button", "report.show", actor.id, draft)])
    quantity = stated_text(figure.amount, figure.unit, approx=figure.approx)
    line = Text("progress.file_under", item=figure.item, quantity=quantity)
    return View([line], found, task_split.tasks_of(draft))
