"""Buttons about tasks: lists, cards, 签收, the 销号清单 and histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from handlers.binding import Binding, acts, opens, replaces, says, shows
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.tallies import tally_sources
from services.tasks import completion, strike_off_list, task_card, task_history, task_lists, task_steps


async def _acknowledge_all(work: Work, actor: Actor, *, task_ids: Sequence[int]) -> None:
    new = await task_steps.acknowledge(work.turn(actor), task_ids)
    work.flash(Text("tasks.acknowledged_count", count=new) if new else Text("tasks.nothing_to_sign"))
    work.replace(await task_lists.list_view(work.turn(actor)))


ACTIONS: Final[Mapping[str, Binding]] = {
    "task.list": opens(task_lists.list_view),
    "task.card": says(task_card.card),
    "task.acknowledge": shows(completion.sign),
    "task.acknowledge_all": acts(_acknowledge_all),
    "task.sources": says(tally_sources.task_sources),
    "done.list": replaces(strike_off_list.list_view),
    "done.export": says(strike_off_list.export),
    "task.history": opens(task_history.view, again="until"),
    "history.export": says(task_history.export),
}
