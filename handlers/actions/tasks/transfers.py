"""Buttons and written answers of 转办."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, answers, ending_question, replaces, says
from handlers.work import Work
from services.access import Actor
from services.tasks import task_card, transfers
from services.views import say


async def _drop(work: Work, actor: Actor) -> None:
    await work.end_question()
    work.replace(say("transfers.dropped"))


async def _accept(work: Work, actor: Actor, *, offer_id: int) -> None:
    await work.end_question()
    task_id, told = await transfers.accept(work.turn(actor), offer_id)
    work.flash(told)
    await _card(work, actor, task_id)


async def _withdraw(work: Work, actor: Actor, *, offer_id: int) -> None:
    task_id, told = await transfers.withdraw(work.turn(actor), offer_id)
    work.flash(told)
    await _card(work, actor, task_id)


async def _card(work: Work, actor: Actor, task_id: int) -> None:
    work.replace(await task_card.card(work.turn(actor), task_id))


ACTIONS: Final[Mapping[str, Binding]] = {
    # A message of its own: the card stays, to be read while choosing.
    "transfers.start": says(transfers.choose),
    "transfers.page": replaces(transfers.choose),
    "transfers.to": replaces(transfers.preview),
    "transfers.drop": acts(_drop),
    "transfers.accept": acts(_accept),
    "transfers.refuse": says(transfers.ask_why),
    "transfers.withdraw": acts(_withdraw),
    **ending_question(
        {
            "transfers.confirm": replaces(transfers.offer),
            "transfers.decline": replaces(transfers.decline, reason=None),
        }
    ),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "offer.reason": answers(transfers.preview, words="reason"),
    "offer.declined": answers(transfers.decline, words="reason"),
}
