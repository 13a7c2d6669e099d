"""Buttons of 核实: the office chooses an inspector, and the inspector says what they find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded
from handlers.binding import Binding, ending_question, replaces, says, shows
from services.cases.deciding import verifying

_ACTIONS: Final[Mapping[str, Binding]] = {
    "desk.ask_verification": replaces(verifying.choose_inspector),
    "desk.entrust": shows(verifying.entrust),
    "desk.ask_verdict": replaces(verifying.ask_verdict),
    "desk.verify": shows(verifying.verify),
    # A message of its own: the card stays, so that it can be read on the spot.
    "desk.verify_photos": says(verifying.begin),
    "desk.verify_file": shows(verifying.file_verification),
    "desk.verify_cancel": shows(verifying.cancel),
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
