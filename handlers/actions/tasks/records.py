"""Buttons of the 销号清单 and of a task's history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, Arguments, Work
from services.access import Actor
from services.tasks import strike_off_list, task_history


async def _done(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await strike_off_list.list_view(work.turn(actor), offset=arguments["offset"]))


async def _export_done(work: Work, actor: Actor, _arguments: Arguments) -> None:
    work.say(await strike_off_list.export(work.turn(actor)))


async def _history(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Show the history: a turned page takes the place of the last one, 办理记录 leaves its card in place."""
    until = arguments.get("until")
    view = await task_history.view(work.turn(actor), arguments["task_id"], until=until)
    if until is None:
        work.say(view)
    else:
        work.replace(view)


async def _export_history(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await task_history.export(work.turn(actor), arguments["task_id"]))


ACTIONS: Final[Mapping[str, Action]] = {
    "done.list": _done,
    "done.export": _export_done,
    "task.history": _history,
    "history.export": _export_history,
}
