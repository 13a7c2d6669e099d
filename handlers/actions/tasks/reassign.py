"""Buttons and written answers of 转派."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, ending_question, replaces, says, shows, tells
from services.tasks import reassign_choice

ACTIONS: Final[Mapping[str, Binding]] = {
    # A message of its own: the card stays, to be read while choosing.
    "reassign.start": says(reassign_choice.start),
    "reassign.unit": replaces(reassign_choice.of_unit),
    "reassign.to": replaces(reassign_choice.preview),
    **ending_question(
        {"reassign.confirm": shows(reassign_choice.confirm), "reassign.leave": tells("reassign.left")}
    ),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "transfer.name": answers(reassign_choice.choose_by_name),
    "transfer.reason": answers(reassign_choice.preview, words="reason"),
}
