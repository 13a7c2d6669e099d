"""What each button does and what each asked-for answer leads to: a module per subject, one line a button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions import (
    caselists,
    cases,
    checking,
    completion,
    corrections,
    delivery,
    desk,
    groups,
    issues,
    jobs,
    joining,
    leave,
    nags,
    office,
    orders,
    people,
    policies,
    reassign,
    records,
    releases,
    reports,
    tasks,
    transfers,
    verifying,
)
from handlers.work import Action, AnswerAction, StrangerAction

ACTIONS: Final[Mapping[str, Action]] = {
    **tasks.ACTIONS,
    **cases.ACTIONS,
    **caselists.ACTIONS,
    **checking.ACTIONS,
    **desk.ACTIONS,
    **completion.ACTIONS,
    **records.ACTIONS,
    **releases.ACTIONS,
    **reports.ACTIONS,
    **corrections.ACTIONS,
    **delivery.ACTIONS,
    **groups.ACTIONS,
    **issues.ACTIONS,
    **joining.ACTIONS,
    **nags.ACTIONS,
    **leave.ACTIONS,
    **people.ACTIONS,
    **policies.ACTIONS,
    **jobs.ACTIONS,
    **office.ACTIONS,
    **orders.ACTIONS,
    **reassign.ACTIONS,
    **transfers.ACTIONS,
    **verifying.ACTIONS,
}
# What an account may press that is nobody's yet.
STRANGERS: Final[Mapping[str, StrangerAction]] = joining.STRANGERS
# By the action of the question (``services.questions``); each takes the person's words.
ANSWERS: Final[Mapping[str, AnswerAction]] = {
    **checking.ANSWERS,
    **desk.ANSWERS,
    **completion.ANSWERS,
    **joining.ANSWERS,
    **leave.ANSWERS,
    **orders.ANSWERS,
    **people.ANSWERS,
    **reassign.ANSWERS,
    **transfers.ANSWERS,
}
# What not only the office may be asked.
ABOUT_CASES: Final = frozenset({*checking.ANSWERS, *orders.ANSWERS})
# What everybody may be asked; his rights are looked at where it is answered.
FOR_EVERYBODY: Final = frozenset({*ABOUT_CASES, *leave.ANSWERS, *transfers.ANSWERS})
