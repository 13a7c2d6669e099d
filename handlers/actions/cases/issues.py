"""Buttons under a half-made problem, and under open cases that may be the same problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from handlers.work import Action, Arguments, Work, ending_question
from services.access import Actor
from services.cases.submitting import issue_buttons as pressed
from services.cases.submitting import issue_submission
from services.progress import progress_dialogue
from services.views import View


def _shows(show: Callable[..., Awaitable[View]], *, at: bool = False) -> Action:
    """The action that shows what ``show`` makes of the button's arguments; ``at``: ``show`` takes ``now``."""

    async def act(work: Work, actor: Actor, arguments: Arguments) -> None:
        when: dict[str, Any] = {"now": work.now} if at else {}
        work.replace(await show(work.session, actor, work.chat_id, **arguments, **when))

    return act


async def _submit(work: Work, actor: Actor, arguments: Arguments) -> None:
    where = (work.session, actor, work.chat_id)
    work.replace(await issue_submission.submit(*where, **arguments, now=work.now, campaign=work.campaign))


async def _cancel(work: Work, actor: Actor, arguments: Arguments) -> None:
    await pressed.require(work.session, actor, work.chat_id, arguments["revision"])
    work.replace(await progress_dialogue.cancel(work.session, actor, work.chat_id))


_ACTIONS: Final[Mapping[str, Action]] = {
    "issue.from_report": _shows(issue_submission.from_report, at=True),
    "issue.show": _shows(pressed.show_issue),
    "issue.areas": _shows(pressed.areas),
    "issue.area": _shows(pressed.categories_of),
    "issue.category": _shows(pressed.choose_category, at=True),
    "issue.points": _shows(pressed.points),
    "issue.point": _shows(pressed.choose_point, at=True),
    "issue.in_words": _shows(pressed.place_in_words, at=True),
    "issue.hide": _shows(pressed.hide, at=True),
    "issue.edit": _shows(pressed.edit),
    "issue.ask": _shows(pressed.ask, at=True),
    "issue.submit": _submit,
    "issue.follow": _shows(issue_submission.follow_instead, at=True),
    "issue.cancel": _cancel,
}
# The person's next words belong to the problem.
ACTIONS: Final = ending_question(_ACTIONS)
