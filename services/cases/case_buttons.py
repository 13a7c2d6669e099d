"""Buttons about a case: to its card, for a step, against its news."""

from __future__ import annotations

from locales import Text
from models.cases import Case
from services.views import ButtonSpec, button


def step_button(
    label: str | Text, action: str, only_for: int | None, case: Case, /, **arguments: object
) -> ButtonSpec:
    """A button for a step. Its ``seen`` guards it: a press on an old card changes nothing."""
    return button(label, action, only_for, case_id=case.id, seen=case.steps, **arguments)


def open_button(case: Case, only_for: int | None = None) -> ButtonSpec:
    """The button from a message to the card."""
    return button("cases.card_button", "case.card", only_for, case_id=case.id)


def mute_button(case: Case, only_for: int | None) -> ButtonSpec:
    return button("cases.mute_button", "case.mute", only_for, case_id=case.id)
