"""The changes that the buttons of a report's card make, each at the revision of the card that was pressed."""

from __future__ import annotations

from dataclasses import replace

from locales import Text
from models import tasks
from models.db import ident
from models.drafts import Draft
from models.tasks import Metric
from rules.progress.quantities import Doubt, metric_name
from services.drafts import draft_changes, draft_figures, task_split
from services.drafts.draft_figures import NO_TOTAL, DraftFigure
from services.drafts.draft_kinds import draft_button
from services.drafts.task_metrics import Filing
from services.errors import DomainError, OldCardError
from services.progress import card_rows, filing, late_reports, report_card
from services.turn import Turn
from services.views import View


async def other_task(turn: Turn, revision: int) -> View:
    """换任务: the draft keeps its words and asks again which task it is about."""
    draft = await draft_changes.current(turn, revision)
    task_split.settle(draft, [])
    draft_changes.store(draft, draft_changes.figures_of(draft), turn.now)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def unsplit(turn: Turn, revision: int, task_id: int) -> View:
    """不拆分: all of the draft is about one of its tasks."""
    draft = await draft_changes.current(turn, revision)
    if task_id not in task_split.tasks_of(draft):
        raise OldCardError
    task_split.settle(draft, [task_id])
    task_split.note_picked(draft)
    draft.content = {**draft.content, "figures": []}
    await draft_changes.reread(turn, draft)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def move(turn: Turn, revision: int, index: int, task_id: int) -> View:
    """归【n】: the number belongs to another of the draft's tasks."""
    draft = await draft_changes.current(turn, revision)
    if task_id not in task_split.tasks_of(draft):
        raise OldCardError
    figures = draft_changes.figures_of(draft)
    figures[index] = await draft_changes.moved(turn, draft, figures[index], task_id)
    draft_changes.store(draft, figures, turn.now)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def give_files(turn: Turn, revision: int, task_id: int | None = None) -> View:
    """佐证: the files go to the report about one of the tasks, or to all of them."""
    draft = await draft_changes.current(turn, revision)
    if task_id is not None and task_id not in task_split.tasks_of(draft):
        raise OldCardError
    task_split.give_files(draft, task_id)
    draft_changes.store(draft, draft_changes.figures_of(draft), turn.now)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def change_figure(
    turn: Turn,
    revision: int,
    index: int,
    *,
    mode: str | None = None,
    metric_id: int | None = None,
    choice: str | None = None,
) -> View:
    """Apply a button under one number: its ``mode``, its metric, or ``choice`` new, drop or keep."""
    draft = await draft_changes.current(turn, revision)
    figures = draft_changes.figures_of(draft)
    figure = replace(figures[index], touched=True)
    if mode is not None:
        if figure.lacks_unit:
            raise DomainError("progress.add_unit_first", number=index + 1)
        figure = replace(figure, mode=mode, chosen=True, recalled=False, dropped=False)
    if metric_id is not None or choice == "new":
        figure = await _filed_under(turn, draft, figure, metric_id)
    elif choice in {"drop", "keep"}:
        figure = replace(figure, dropped=choice == "drop")
    figures[index] = figure
    await filing.refuse_falling_total(turn.session, turn.actor, draft, figure)
    draft_changes.store(draft, figures, turn.now)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def _filed_under(turn: Turn, draft: Draft, figure: DraftFigure, metric_id: int | None) -> DraftFigure:
    """The figure under another metric (None: a new one). Its mode is asked again if it is now in doubt."""
    if metric_id is None:
        name = metric_name(figure.read_item, figure.read_unit)
        new = replace(figure, metric_id=None, item=name, unit=figure.read_unit, value=f"{figure.stated:f}")
        new = replace(new, dropped=False, filed_as=Filing.CHOSEN.value, likely_id=None, named_id=None)
        return draft_figures.with_mode(new, NO_TOTAL)
    metric = await turn.session.get(Metric, metric_id)
    if (
        metric is None
        or metric.task_id != (figure.task_id or draft.task_id)
        or not draft_figures.fits(figure, metric)
    ):
        raise OldCardError
    metric = await tasks.standing_metric(turn.session, metric)
    # The metric says what a number without a unit counts.
    doubt = None if figure.doubt == Doubt.UNIT.value else figure.doubt
    filed = replace(
        draft_figures.under(figure, metric), dropped=False, doubt=doubt, filed_as=Filing.CHOSEN.value
    )
    totals = await draft_changes.unit_totals(turn.session, turn.actor, draft, [ident(metric)])
    (known,) = await draft_changes.recalled(
        turn, draft, [draft_figures.with_mode(filed, totals.get(ident(metric), NO_TOTAL))]
    )
    return known


async def drop_percent(turn: Turn, revision: int) -> View:
    """Discard the percentage that was read as the task's progress, but is none."""
    draft = await draft_changes.current(turn, revision)
    draft_changes.drop_percent(draft, turn.now)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def choose_day(turn: Turn, revision: int, late: bool) -> View:
    """Count the report in the past tally that its words are about (``late``), or in today's."""
    draft = await draft_changes.current(turn, revision)
    late_reports.choose(draft, late)
    draft_changes.store(draft, draft_changes.figures_of(draft), turn.now)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def ask_text_again(turn: Turn, revision: int) -> View:
    """修改: the next message replaces the words; photos stay. The question takes the place of the card."""
    draft = await draft_changes.current(turn, revision)
    draft.awaiting_text = True
    draft.revision += 1
    draft.updated_at = turn.now
    row = [
        draft_button("progress.back_button", "report.keep_words", turn.actor.id, draft),
        draft_button("progress.cancel_button", "report.cancel", turn.actor.id, draft),
    ]
    line = Text("progress.ask_text_again")
    return View([line], [row], task_split.tasks_of(draft), draft_id=draft.id)


async def keep_words(turn: Turn, revision: int) -> View:
    """返回 from 修改: the card as it stood. Words for a correction still replace those that were filed."""
    draft = await draft_changes.current(turn, revision)
    draft.awaiting_text = draft.report_id is not None
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def require(turn: Turn, revision: int) -> None:
    """Raise ``DomainError`` unless the contact's draft in this chat is still at this revision."""
    await draft_changes.current(turn, revision)


async def show_draft_card(turn: Turn, revision: int) -> View:
    """The card again, as it stands."""
    return await report_card.draft_view(turn.session, turn.actor, await draft_changes.current(turn, revision))


async def adjust(turn: Turn, revision: int) -> View:
    """调整: the choices of every number, on the same message."""
    return await report_card.adjusting(turn.session, turn.actor, await draft_changes.current(turn, revision))


async def offer_metrics(turn: Turn, revision: int, index: int) -> View:
    """归入…: the metrics under which one number of the draft may be filed."""
    draft = await draft_changes.current(turn, revision)
    return await card_rows.file_under(turn.session, turn.actor, draft, index)
