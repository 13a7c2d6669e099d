"""Buttons that every reader of a case has: its card, history and photos, and whether they get its news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded
from handlers.work import Action, Arguments, Work
from locales import Text
from services.access import Actor
from services.cases import follower_notices
from services.cases.cards import case_card


async def _card(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Show the card; ``back``: it takes the place of a question about the case."""
    view = await case_card.card(work.turn(actor), arguments["case_id"])
    if arguments.get("back"):
        work.replace(view)
    else:
        work.say(view)


async def _history(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await case_card.card(work.turn(actor), arguments["case_id"], whole_history=True))


async def _photos(work: Work, actor: Actor, arguments: Arguments) -> None:
    for view in await case_card.photo_albums(work.session, actor, arguments["case_id"]):
        work.say(view)


def _mutes(muted: bool) -> Action:
    async def mute(work: Work, actor: Actor, arguments: Arguments) -> None:
        case_id = arguments["case_id"]
        await follower_notices.set_muted(work.session, actor, case_id, muted)
        work.flash(Text("caselist.muted" if muted else "caselist.unmuted"))
        # Pressed under a notice, the button leaves the notice as it is: it is still to be read.
        if "seen" in arguments:
            work.replace(await case_card.card(work.turn(actor), case_id))

    return mute


ACTIONS: Final[Mapping[str, Action]] = guarded(
    {
        "case.card": _card,
        "case.history": _history,
        "case.photos": _photos,
        "case.mute": _mutes(True),
        "case.unmute": _mutes(False),
    }
)
