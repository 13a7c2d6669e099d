"""Buttons and written answers of taking leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, ending_question, replaces, says, tells
from services.people import leave, leave_dialogue

ACTIONS: Final[Mapping[str, Binding]] = {
    "leave.person": says(leave.of_person),
    "leave.chosen": says(leave_dialogue.days_named),
    "leave.deputy": replaces(leave_dialogue.preview),
    "leave.other": replaces(leave_dialogue.other_deputy),
    "leave.confirm": replaces(leave.confirm),
    "leave.end": replaces(leave.end),
    **ending_question({"leave.drop": tells("leave.dropped")}),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "away.deputy": answers(leave_dialogue.deputy_named),
    "away.days": answers(leave_dialogue.days_named),
}
