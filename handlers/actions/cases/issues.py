"""Buttons under a half-made problem, and under open cases that may be the same problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from handlers.work import Action, Arguments, Work, ending_question
from services.access import Actor
from services.cases.submitting import issue_buttons as pressed
from services.cases.submitting import issue_submission
from services.progress import progress_dialogue
from services.views import View


def _shows(show: Callable[..., Awaitable[View]]) -> Action:
    """The action that shows what ``show`` makes of the button's arguments."""

    async def act(work: Work, actor: Actor, arguments: Arguments) -> None:
        work.replace(await show(work.turn(actor), **arguments))

    return act


async def _cancel(work: Work, actor: Actor, arguments: Arguments) -> None:
    await pressed.require(work.turn(actor), arguments["revision"])
    work.replace(await progress_dialogue.cancel(work.turn(actor)))


_ACTIONS: Final[Mapping[str, Action]] = {
    "issue.from_report": _shows(issue_submission.from_report),
    "issue.show": _shows(pressed.show_issue),
    "issue.areas": _shows(pressed.areas),
    "issue.area": _shows(pressed.categories_of),
    "issue.category": _shows(pressed.choose_category),
    "issue.points": _shows(pressed.points),
    "issue.point": _shows(pressed.choose_point),
    "issue.in_words": _shows(pressed.place_in_words),
    "issue.hide": _shows(pressed.hide),
    "issue.edit": _shows(pressed.edit),
    "issue.ask": _shows(pressed.ask),
    "issue.submit": _shows(issue_submission.submit),
    "issue.follow": _shows(issue_submission.follow_instead),
    "issue.cancel": _cancel,
}
# The person's next words belong to the problem.
ACTIONS: Final = ending_question(_ACTIONS)
