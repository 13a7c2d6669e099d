"""What each button and each written answer does: a module for each subject, a line for each button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions import activities, delivery, groups, importing, notices, office, tallies, work_reports
from handlers.actions.cases import case_checking, case_decisions, case_lists, cases, issues, orders
from handlers.actions.nags import nags, releases
from handlers.actions.people import joining, leave, people
from handlers.actions.progress import corrections, metrics, reports
from handlers.actions.tasks import (
    breakdowns,
    completion,
    explanations,
    extensions,
    pauses,
    reassign,
    tasks,
    transfers,
)
from handlers.arguments import ArgumentsError
from handlers.binding import Binding
from services.views import ButtonSpec

ACTIONS: Final[Mapping[str, Binding]] = {
    **tallies.ACTIONS,
    **activities.ACTIONS,
    **notices.ACTIONS,
    **work_reports.ACTIONS,
    **tasks.ACTIONS,
    **cases.ACTIONS,
    **case_lists.ACTIONS,
    **case_checking.ACTIONS,
    **case_decisions.ACTIONS,
    **breakdowns.ACTIONS,
    **completion.ACTIONS,
    **explanations.ACTIONS,
    **extensions.ACTIONS,
    **pauses.ACTIONS,
    **releases.ACTIONS,
    **reports.ACTIONS,
    **metrics.ACTIONS,
    **corrections.ACTIONS,
    **delivery.ACTIONS,
    **groups.ACTIONS,
    **issues.ACTIONS,
    **joining.ACTIONS,
    **nags.ACTIONS,
    **leave.ACTIONS,
    **people.ACTIONS,
    **importing.ACTIONS,
    **office.ACTIONS,
    **orders.ACTIONS,
    **reassign.ACTIONS,
    **transfers.ACTIONS,
}
# The buttons of an account that belongs to nobody yet.
STRANGERS: Final[Mapping[str, Binding]] = joining.STRANGERS
# By the action of the question (``services.questions``). Each takes the person's words.
ANSWERS: Final[Mapping[str, Binding]] = {
    **activities.ANSWERS,
    **notices.ANSWERS,
    **work_reports.ANSWERS,
    **case_checking.ANSWERS,
    **case_decisions.ANSWERS,
    **breakdowns.ANSWERS,
    **completion.ANSWERS,
    **explanations.ANSWERS,
    **extensions.ANSWERS,
    **groups.ANSWERS,
    **pauses.ANSWERS,
    **joining.ANSWERS,
    **leave.ANSWERS,
    **metrics.ANSWERS,
    **office.ANSWERS,
    **orders.ANSWERS,
    **people.ANSWERS,
    **reassign.ANSWERS,
    **transfers.ANSWERS,
}
# Questions about cases, which also go to people outside the office.
ABOUT_CASES: Final = frozenset({*case_checking.ANSWERS, *orders.ANSWERS})
# Questions that may go to anybody; the action of the answer checks their rights.
FOR_EVERYBODY: Final = frozenset(
    {
        *ABOUT_CASES,
        *activities.ANSWERS,
        *breakdowns.ANSWERS,
        *explanations.ANSWERS,
        *extensions.ANSWERS,
        *leave.ANSWERS,
        *notices.ANSWERS,
        *office.ANSWERS,
        *transfers.ANSWERS,
    }
)
# Questions that go to whoever decides on their task (``task_id``).
OF_DECIDERS: Final = frozenset({*completion.ANSWERS, *pauses.ANSWERS, *reassign.ANSWERS})


def check(button: ButtonSpec) -> None:
    """Raise ``ArgumentsError`` for a button whose press would not bind. Each is checked when it is made."""
    if button.copies is not None:
        return
    binding = STRANGERS.get(button.action) or ACTIONS.get(button.action)
    if binding is None:
        raise ArgumentsError(f"no action {button.action}")
    try:
        binding.bind(button.arguments)
    except ArgumentsError as error:
        raise ArgumentsError(f"{button.action}: {error}") from None
