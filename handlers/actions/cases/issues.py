"""Buttons under a half-made problem, and under open cases that may be the same problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, ending_question, replaces
from handlers.work import Work
from services.access import Actor
from services.cases.submitting import issue_buttons as pressed
from services.cases.submitting import issue_offer, issue_submission
from services.progress import progress_dialogue


async def _cancel(work: Work, actor: Actor, *, revision: int) -> None:
    await pressed.require(work.turn(actor), revision)
    work.replace(await progress_dialogue.cancel(work.turn(actor)))


async def _from_words(work: Work, actor: Actor, *, words: str, message_id: int | None) -> None:
    work.say(await issue_offer.take(work.turn(actor), words, message_id))


_ACTIONS: Final[Mapping[str, Binding]] = {
    "issue.from_report": replaces(issue_submission.from_report),
    "issue.from_words": acts(_from_words),
    "issue.show": replaces(pressed.show_issue),
    "issue.areas": replaces(pressed.areas),
    "issue.area": replaces(pressed.categories_of),
    "issue.category": replaces(pressed.choose_category),
    "issue.points": replaces(pressed.points),
    "issue.point": replaces(pressed.choose_point),
    "issue.in_words": replaces(pressed.place_in_words),
    "issue.hide": replaces(pressed.hide),
    "issue.edit": replaces(pressed.edit),
    "issue.ask": replaces(pressed.ask),
    "issue.submit": replaces(issue_submission.submit),
    "issue.follow": replaces(issue_submission.follow_instead),
    "issue.cancel": acts(_cancel),
}
# The person's next words belong to the problem.
ACTIONS: Final = ending_question(_ACTIONS)
