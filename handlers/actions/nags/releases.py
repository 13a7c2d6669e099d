"""提示主要领导: the office's button about a red order, on its card or in a list of changed orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded
from handlers.work import Action, Arguments, Work
from services.access import Actor
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError
from services.nags.orders import case_reminders
from services.views import View


async def _release(work: Work, actor: Actor, arguments: Arguments) -> None:
    if arguments.get("listed"):
        await _release_of_list(work, actor, arguments)
        return
    await _let_know(work, actor, arguments)
    work.replace(await _card(work, actor, arguments))


async def _release_of_list(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Release from a list: it stays for the other cases, and the card is a message of its own."""
    try:
        await _let_know(work, actor, arguments)
    except MovedOnError as refusal:
        work.flash(refusal.text, alert=True)
    work.say(await _card(work, actor, arguments))


async def _let_know(work: Work, actor: Actor, arguments: Arguments) -> None:
    said = await case_reminders.hint_principal_leader(
        work.turn(actor), arguments["case_id"], arguments["seen"]
    )
    work.flash(said)


async def _card(work: Work, actor: Actor, arguments: Arguments) -> View:
    return await case_card.card(work.turn(actor), arguments["case_id"])


ACTIONS: Final[Mapping[str, Action]] = guarded({"case.release": _release})
