"""Buttons about tasks: lists, cards, 签收, and the sources of figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from handlers.work import Action, Arguments, Work
from locales import Text
from services.access import Actor
from services.tallies import tally_sources
from services.tasks import completion, task_card, task_lists, task_steps
from services.views import View


async def _list(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await task_lists.list_view(
        work.turn(actor), offset=arguments.get("offset", 0), submitted=arguments.get("submitted", False)
    )
    # A turned page takes the place of the last one; 查看任务清单 under a nag leaves the nag in place.
    if "offset" in arguments:
        work.replace(view)
    else:
        work.say(view)


async def _card(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await _card_of(work, actor, arguments))


async def _card_of(work: Work, actor: Actor, arguments: Arguments) -> View:
    return await task_card.card(work.turn(actor), arguments["task_id"])


async def _acknowledge(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(await completion.sign(work.turn(actor), arguments["task_id"]))


async def _acknowledge_all(work: Work, actor: Actor, arguments: Arguments) -> None:
    new = await task_steps.acknowledge(work.turn(actor), arguments["task_ids"])
    work.flash(Text("tasks.acknowledged_count", count=new))
    work.replace(await task_lists.list_view(work.turn(actor)))


async def _task_sources(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await tally_sources.task_sources(work.turn(actor), arguments["task_id"]))


async def _sources(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Show the sources of figures; from a group they go to the private chat, by the reader's own rights."""
    until = datetime.fromisoformat(arguments["until"])
    view = await tally_sources.sources(work.turn(actor), until=until, units=arguments["units"])
    if work.private:
        work.say(view)
        return
    sent = await tally_sources.send_privately(work.turn(actor), view)
    work.flash(Text("sources.sent_privately" if sent else "sources.start_first"), alert=not sent)


ACTIONS: Final[Mapping[str, Action]] = {
    "task.list": _list,
    "task.card": _card,
    "task.acknowledge": _acknowledge,
    "task.acknowledge_all": _acknowledge_all,
    "task.sources": _task_sources,
    "figures.sources": _sources,
}
