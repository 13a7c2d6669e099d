"""Buttons and written answers of 转派."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, replaces, says
from handlers.work import Work
from services.access import Actor
from services.tasks import reassign_choice
from services.views import say


async def _name(work: Work, text: str, *, task_id: int) -> None:
    actor = work.require_actor()
    work.say(await reassign_choice.choose_by_name(work.turn(actor), task_id, text))


async def _reason(work: Work, text: str, *, task_id: int, contact_id: int, seen: int) -> None:
    work.say(
        await reassign_choice.preview(
            work.turn(work.require_actor()),
            task_id,
            contact_id,
            seen,
            reason=text,
        )
    )


async def _confirm(
    work: Work, actor: Actor, *, task_id: int, contact_id: int, seen: int, reason: str | None
) -> None:
    await work.end_question()
    work.show(
        await reassign_choice.confirm(
            work.turn(actor),
            task_id,
            contact_id,
            seen,
            reason,
        )
    )


async def _leave(work: Work, actor: Actor) -> None:
    await work.end_question()
    work.replace(say("reassign.left"))


ACTIONS: Final[Mapping[str, Binding]] = {
    # A message of its own: the card stays, to be read while choosing.
    "reassign.start": says(reassign_choice.start),
    "reassign.unit": replaces(reassign_choice.of_unit),
    "reassign.to": replaces(reassign_choice.preview),
    "reassign.confirm": acts(_confirm),
    "reassign.leave": acts(_leave),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "transfer.name": acts(_name),
    "transfer.reason": acts(_reason),
}
