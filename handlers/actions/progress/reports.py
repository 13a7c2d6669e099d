"""Buttons under the card of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from handlers.work import Action, Arguments, Work, ending_question
from locales import Text
from services.access import Actor
from services.progress import filing, progress_dialogue, report_card_buttons


async def _begin(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await progress_dialogue.begin(work.turn(actor), arguments["task_id"]))


async def _zero(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await filing.file_zero(work.turn(actor), arguments.get("task_id"))
    work.flash(view.lines[0])


async def _pick(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await progress_dialogue.pick_task(work.turn(actor), arguments["revision"], arguments["task_id"])
    )


async def _change(work: Work, actor: Actor, arguments: Arguments) -> None:
    changes = dict(arguments)
    revision, index = changes.pop("revision"), changes.pop("index")
    work.replace(await report_card_buttons.change_figure(work.turn(actor), revision, index, **changes))


async def _file_under(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await report_card_buttons.offer_metrics(work.turn(actor), arguments["revision"], arguments["index"])
    )


async def _show(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await report_card_buttons.show_draft_card(work.turn(actor), arguments["revision"]))


async def _other_task(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await report_card_buttons.other_task(work.turn(actor), arguments["revision"]))


async def _drop_percent(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await report_card_buttons.drop_percent(work.turn(actor), arguments["revision"]))


async def _choose_day(work: Work, actor: Actor, arguments: Arguments) -> None:
    revision, late = arguments["revision"], arguments["late"]
    work.replace(await report_card_buttons.choose_day(work.turn(actor), revision, late))


async def _edit(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await report_card_buttons.ask_text_again(work.turn(actor), arguments["revision"])
    # In a group only a reply reaches us.
    work.say(view if work.private else replace(view, lines=[*view.lines, Text("groups.reply_here")]))


async def _cancel(work: Work, actor: Actor, arguments: Arguments) -> None:
    await report_card_buttons.require(work.turn(actor), arguments["revision"])
    work.replace(await progress_dialogue.cancel(work.turn(actor)))


async def _confirm(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await filing.confirm(work.turn(actor), arguments["revision"])
    work.replace(view)


_ACTIONS: Final[Mapping[str, Action]] = {
    "report.start": _begin,
    "report.zero": _zero,
    "report.pick": _pick,
    "report.mode": _change,
    "report.metric": _change,
    "report.choice": _change,
    "report.file": _file_under,
    "report.show": _show,
    "report.other_task": _other_task,
    "report.percent": _drop_percent,
    "report.day": _choose_day,
    "report.edit": _edit,
    "report.cancel": _cancel,
    "report.confirm": _confirm,
}
# The person's next words belong to the report.
ACTIONS: Final = ending_question(_ACTIONS)
