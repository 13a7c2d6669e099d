"""Buttons under the card of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from handlers.binding import Binding, acts, ending_question, replaces, says
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.progress import filing, progress_dialogue, report_card_buttons, zero_reports
from services.views import say


async def _zero(work: Work, actor: Actor, *, task_id: int | None = None) -> None:
    """A short answer to the press; a card or a list is a message of its own."""
    turn = work.turn(actor)
    view = await (zero_reports.of_unit(turn) if task_id is None else zero_reports.of_task(turn, task_id))
    work.flash(view.lines[0]) if len(view.lines) == 1 and not view.rows else work.say(view)


async def _drop_zero(work: Work, actor: Actor) -> None:
    work.replace(say("progress.zero.dropped"))


async def _edit(work: Work, actor: Actor, *, revision: int) -> None:
    view = await report_card_buttons.ask_text_again(work.turn(actor), revision)
    # In a group only a reply reaches us.
    work.say(view if work.private else replace(view, lines=[*view.lines, Text("groups.reply_here")]))


async def _cancel(work: Work, actor: Actor, *, revision: int) -> None:
    await report_card_buttons.require(work.turn(actor), revision)
    work.replace(await progress_dialogue.cancel(work.turn(actor)))


_ACTIONS: Final[Mapping[str, Binding]] = {
    "report.start": says(progress_dialogue.begin),
    "report.zero": acts(_zero),
    "zero.confirm": replaces(zero_reports.confirm),
    "zero.drop": acts(_drop_zero),
    "report.pick": replaces(progress_dialogue.pick_task),
    "report.mode": replaces(report_card_buttons.change_figure),
    "report.metric": replaces(report_card_buttons.change_figure),
    "report.choice": replaces(report_card_buttons.change_figure),
    "report.adjust": replaces(report_card_buttons.adjust),
    "report.file": replaces(report_card_buttons.offer_metrics),
    "report.show": replaces(report_card_buttons.show_draft_card),
    "report.other_task": replaces(report_card_buttons.other_task),
    "report.unsplit": replaces(report_card_buttons.unsplit),
    "report.move": replaces(report_card_buttons.move),
    "report.files": replaces(report_card_buttons.give_files),
    "report.count_again": replaces(progress_dialogue.count_again),
    "report.another": replaces(progress_dialogue.answer_another),
    "report.percent": replaces(report_card_buttons.drop_percent),
    "report.day": replaces(report_card_buttons.choose_day),
    "report.edit": acts(_edit),
    "report.keep_words": replaces(report_card_buttons.keep_words),
    "report.cancel": acts(_cancel),
    "report.confirm": replaces(filing.confirm),
}
# The person's next words belong to the report.
ACTIONS: Final = ending_question(_ACTIONS)
