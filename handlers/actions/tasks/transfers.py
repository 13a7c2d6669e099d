"""Buttons and written answers of 转办."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, answers, ending_question, replaces, says, shows, tells
from services.tasks import transfers

ACTIONS: Final[Mapping[str, Binding]] = {
    # A message of its own: the card stays, to be read while choosing.
    "transfers.start": says(transfers.choose),
    "transfers.page": replaces(transfers.choose),
    "transfers.to": replaces(transfers.preview),
    "transfers.refuse": says(transfers.ask_why),
    "transfers.withdraw": shows(transfers.withdraw),
    **ending_question(
        {
            "transfers.drop": tells("transfers.dropped"),
            "transfers.accept": shows(transfers.accept),
            "transfers.confirm": replaces(transfers.offer),
            "transfers.decline": replaces(transfers.decline, reason=None),
        }
    ),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "offer.reason": answers(transfers.preview, words="reason"),
    "offer.declined": answers(transfers.decline, words="reason"),
}
