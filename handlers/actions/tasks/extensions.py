"""Buttons and written answers of 延期."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, ending_question, headed, opens, shows
from services.tasks import extension_answers, extensions

ACTIONS: Final[Mapping[str, Binding]] = {
    "extension.start": shows(extensions.start),
    "extension.reason": shows(extensions.ask_reason),
    "extension.refuse": shows(extension_answers.ask_refusal),
    **ending_question(
        {
            # This leads back from a question, too.
            "extension.review": opens(extension_answers.review, again="back"),
            "extension.decide": shows(extensions.decide_for),
            "extension.grant": shows(extension_answers.grant),
            "extension.refuse_for": shows(extension_answers.refuse_for),
        }
    ),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "extension.day": headed(extensions.day_in_words),
    "extension.reason": headed(extensions.answer),
    "extension.refused": headed(extension_answers.answer),
}
