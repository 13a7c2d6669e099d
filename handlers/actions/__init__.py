"""What each button does and what each asked-for answer leads to: a module per subject, one line a button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions import (
    completion,
    corrections,
    delivery,
    groups,
    jobs,
    joining,
    office,
    people,
    reassign,
    records,
    reports,
    tasks,
)
from handlers.work import Action, Answer, StrangerAction

ACTIONS: Final[Mapping[str, Action]] = {
    **tasks.ACTIONS,
    **completion.ACTIONS,
    **records.ACTIONS,
    **reports.ACTIONS,
    **corrections.ACTIONS,
    **delivery.ACTIONS,
    **groups.ACTIONS,
    **joining.ACTIONS,
    **people.ACTIONS,
    **jobs.ACTIONS,
    **office.ACTIONS,
    **reassign.ACTIONS,
}
# What an account may press that is nobody's yet.
STRANGERS: Final[Mapping[str, StrangerAction]] = joining.STRANGERS
# By the action of the question (``services.questions``); each takes the person's words.
ANSWERS: Final[Mapping[str, Answer]] = {
    **completion.ANSWERS,
    **joining.ANSWERS,
    **people.ANSWERS,
    **reassign.ANSWERS,
}
