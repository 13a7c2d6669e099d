"""Buttons and the written answer of 说明原因."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, ending_question, headed, shows
from services.tasks import explanations

ACTIONS: Final[Mapping[str, Binding]] = {
    "explain.start": shows(explanations.start),
    **ending_question({"explain.decide": shows(explanations.decide_for)}),
}
ANSWERS: Final[Mapping[str, Binding]] = {"explain.reason": headed(explanations.answer)}
