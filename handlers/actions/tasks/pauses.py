"""Buttons and written answers of 暂停催办."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, ending_question, headed, shows
from services.nags.tasks import task_pauses

ACTIONS: Final[Mapping[str, Binding]] = {
    "pause.start": shows(task_pauses.start),
    "pause.reason": shows(task_pauses.ask_reason),
    **ending_question(
        {"pause.decide": shows(task_pauses.decide_for), "pause.resume": shows(task_pauses.resume)}
    ),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "pause.day": headed(task_pauses.day_in_words),
    "pause.reason": headed(task_pauses.answer),
}
