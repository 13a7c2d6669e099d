"""What buttons and questions bring to the use case that follows them."""

from __future__ import annotations

from typing import Any

from handlers.actions import ACTIONS, ANSWERS
from models.delivery.messages import Question
from services.views import ButtonSpec


def brought(button: ButtonSpec) -> dict[str, Any]:
    """The button's arguments, in the types that its use case takes."""
    return ACTIONS[button.action].bind(button.arguments)


def asked(question: Question) -> dict[str, Any]:
    """The question's arguments, in the types that the use case of its answer takes."""
    return ANSWERS[question.action].bind(question.arguments)
