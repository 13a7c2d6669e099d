"""Buttons and written answers of 转办."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, AnswerAction, Arguments, Work
from services.access import Actor
from services.tasks import task_card, transfers
from services.views import say


async def _start(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Begin 转办 in a message of its own: the card stays, to be read while choosing."""
    work.say(await transfers.choose(work.turn(actor), arguments["task_id"]))


async def _page(work: Work, actor: Actor, arguments: Arguments) -> None:
    task_id, offset = arguments["task_id"], arguments["offset"]
    work.replace(await transfers.choose(work.turn(actor), task_id, offset=offset))


async def _to(work: Work, actor: Actor, arguments: Arguments) -> None:
    what = (arguments["task_id"], arguments["contact_id"])
    work.replace(await transfers.preview(work.turn(actor), *what))


async def _reason(work: Work, text: str, arguments: Arguments) -> None:
    actor, what = work.require_actor(), (arguments["task_id"], arguments["contact_id"])
    work.say(await transfers.preview(work.turn(actor), *what, reason=text))


async def _confirm(work: Work, actor: Actor, arguments: Arguments) -> None:
    await work.end_question()
    what = (arguments["task_id"], arguments["contact_id"], arguments["reason"])
    work.replace(await transfers.offer(work.turn(actor), *what))


async def _drop(work: Work, actor: Actor, arguments: Arguments) -> None:
    await work.end_question()
    work.replace(say("transfers.dropped"))


async def _accept(work: Work, actor: Actor, arguments: Arguments) -> None:
    await work.end_question()
    offer_id = arguments["offer_id"]
    task_id, told = await transfers.accept(work.turn(actor), offer_id)
    work.flash(told)
    await _card(work, actor, task_id)


async def _refuse(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await transfers.ask_why(work.turn(actor), arguments["offer_id"]))


async def _decline(work: Work, actor: Actor, arguments: Arguments) -> None:
    await work.end_question()
    work.replace(await transfers.decline(work.turn(actor), arguments["offer_id"], None))


async def _declined(work: Work, text: str, arguments: Arguments) -> None:
    actor, offer_id = work.require_actor(), arguments["offer_id"]
    work.say(await transfers.decline(work.turn(actor), offer_id, text))


async def _withdraw(work: Work, actor: Actor, arguments: Arguments) -> None:
    task_id, told = await transfers.withdraw(work.turn(actor), arguments["offer_id"])
    work.flash(told)
    await _card(work, actor, task_id)


async def _card(work: Work, actor: Actor, task_id: int) -> None:
    work.replace(await task_card.card(work.turn(actor), task_id))


ACTIONS: Final[Mapping[str, Action]] = {
    "transfers.start": _start,
    "transfers.page": _page,
    "transfers.to": _to,
    "transfers.confirm": _confirm,
    "transfers.drop": _drop,
    "transfers.accept": _accept,
    "transfers.refuse": _refuse,
    "transfers.decline": _decline,
    "transfers.withdraw": _withdraw,
}
ANSWERS: Final[Mapping[str, AnswerAction]] = {
    "offer.reason": _reason,
    "offer.declined": _declined,
}
