"""Buttons and written answers of 转派."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, AnswerAction, Arguments, Work
from services.access import Actor
from services.tasks import reassign_choice
from services.views import say


async def _start(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Begin 转派 in a message of its own: the card stays, to be read while choosing."""
    work.say(await reassign_choice.start(work.turn(actor), arguments["task_id"]))


async def _unit(work: Work, actor: Actor, arguments: Arguments) -> None:
    task_id, unit_id = arguments["task_id"], arguments["unit_id"]
    work.replace(await reassign_choice.of_unit(work.turn(actor), task_id, unit_id))


async def _name(work: Work, text: str, arguments: Arguments) -> None:
    actor = work.require_actor()
    task_id = arguments["task_id"]
    work.say(await reassign_choice.choose_by_name(work.turn(actor), task_id, text))


async def _to(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await reassign_choice.preview(
            work.turn(actor), arguments["task_id"], arguments["contact_id"], arguments["seen"]
        )
    )


async def _reason(work: Work, text: str, arguments: Arguments) -> None:
    work.say(
        await reassign_choice.preview(
            work.turn(work.require_actor()),
            arguments["task_id"],
            arguments["contact_id"],
            arguments["seen"],
            reason=text,
        )
    )


async def _confirm(work: Work, actor: Actor, arguments: Arguments) -> None:
    await work.end_question()
    work.show(
        await reassign_choice.confirm(
            work.turn(actor),
            arguments["task_id"],
            arguments["contact_id"],
            arguments["seen"],
            arguments["reason"],
        )
    )


async def _leave(work: Work, actor: Actor, arguments: Arguments) -> None:
    await work.end_question()
    work.replace(say("reassign.left"))


ACTIONS: Final[Mapping[str, Action]] = {
    "reassign.start": _start,
    "reassign.unit": _unit,
    "reassign.to": _to,
    "reassign.confirm": _confirm,
    "reassign.leave": _leave,
}
ANSWERS: Final[Mapping[str, AnswerAction]] = {
    "transfer.name": _name,
    "transfer.reason": _reason,
}
