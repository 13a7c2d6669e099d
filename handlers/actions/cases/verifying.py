"""Buttons of 核实: the office chooses an inspector, and the inspector says what they find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded
from handlers.binding import Binding, acts, ending_question, replaces, shows
from handlers.work import Work
from services.access import Actor
from services.cases.deciding import verifying


async def _verify_photos(work: Work, actor: Actor, *, case_id: int, seen: int) -> None:
    """Ask for photos in a message of its own: the card stays, so that it can be read on the spot."""
    work.say(await verifying.begin(work.turn(actor), case_id, seen))


_ACTIONS: Final[Mapping[str, Binding]] = {
    "desk.ask_verification": replaces(verifying.choose_inspector),
    "desk.entrust": shows(verifying.entrust),
    "desk.ask_verdict": replaces(verifying.ask_verdict),
    "desk.verify": shows(verifying.verify),
    "desk.verify_photos": acts(_verify_photos),
    "desk.verify_file": shows(verifying.file_verification),
    "desk.verify_cancel": shows(verifying.cancel),
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
