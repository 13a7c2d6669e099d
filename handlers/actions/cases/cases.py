"""Buttons that every reader of a case has: its card, history and photos, and whether they get its news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded
from handlers.binding import Binding, acts, opens, replaces
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.cases import follower_notices
from services.cases.cards import case_card


async def _photos(work: Work, actor: Actor, *, case_id: int) -> None:
    for view in await case_card.photo_albums(work.session, actor, case_id):
        work.say(view)


def _mutes(muted: bool) -> Binding:
    async def mute(work: Work, actor: Actor, *, case_id: int, seen: int | None = None) -> None:
        await follower_notices.set_muted(work.session, actor, case_id, muted)
        work.flash(Text("caselist.muted" if muted else "caselist.unmuted"))
        # Pressed under a notice, the button leaves the notice as it is: it is still to be read.
        if seen is not None:
            work.replace(await case_card.card(work.turn(actor), case_id))

    return acts(mute)


ACTIONS: Final[Mapping[str, Binding]] = guarded(
    {
        "case.card": opens(case_card.card, again="back"),
        "case.history": replaces(case_card.card, whole_history=True),
        "case.photos": acts(_photos),
        "case.mute": _mutes(True),
        "case.unmute": _mutes(False),
    }
)
