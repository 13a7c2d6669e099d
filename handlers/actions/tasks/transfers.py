"""Buttons and written answers of 转办."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, replaces, says
from handlers.work import Work
from services.access import Actor
from services.tasks import task_card, transfers
from services.views import say


async def _reason(work: Work, text: str, *, task_id: int, contact_id: int) -> None:
    work.say(await transfers.preview(work.turn(work.require_actor()), task_id, contact_id, reason=text))


async def _confirm(work: Work, actor: Actor, *, task_id: int, contact_id: int, reason: str | None) -> None:
    await work.end_question()
    work.replace(await transfers.offer(work.turn(actor), task_id, contact_id, reason))


async def _drop(work: Work, actor: Actor) -> None:
    await work.end_question()
    work.replace(say("transfers.dropped"))


async def _accept(work: Work, actor: Actor, *, offer_id: int) -> None:
    await work.end_question()
    task_id, told = await transfers.accept(work.turn(actor), offer_id)
    work.flash(told)
    await _card(work, actor, task_id)


async def _decline(work: Work, actor: Actor, *, offer_id: int) -> None:
    await work.end_question()
    work.replace(await transfers.decline(work.turn(actor), offer_id, None))


async def _declined(work: Work, text: str, *, offer_id: int) -> None:
    work.say(await transfers.decline(work.turn(work.require_actor()), offer_id, text))


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
    "transfers.confirm": acts(_confirm),
    "transfers.drop": acts(_drop),
    "transfers.accept": acts(_accept),
    "transfers.refuse": says(transfers.ask_why),
    "transfers.decline": acts(_decline),
    "transfers.withdraw": acts(_withdraw),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "offer.reason": acts(_reason),
    "offer.declined": acts(_declined),
}
