"""提示主要领导: the office's button about a red order, on its card or in a list of changed orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded
from handlers.binding import Binding, acts, shows
from handlers.work import Work
from services.access import Actor
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError
from services.nags.orders import leader_hints


async def _release(
    work: Work, actor: Actor, *, case_id: int, seen: int | None = None, listed: bool = False
) -> None:
    """Release the hint. A list stays for the other cases, and the card is then a message of its own."""
    try:
        work.flash(await leader_hints.hint_about_one(work.turn(actor), case_id, seen))
    except MovedOnError as refusal:
        if not listed:
            raise
        work.flash(refusal.text, alert=True)
    card = await case_card.card(work.turn(actor), case_id)
    if listed:
        work.say(card)
    else:
        work.replace(card)


ACTIONS: Final[Mapping[str, Binding]] = guarded(
    {
        "case.release": acts(_release),
        "case.release_picked": shows(leader_hints.hint_about_picked),
    }
)
