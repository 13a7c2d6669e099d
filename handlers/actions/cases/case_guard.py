"""The guard of cases: a press or words that come too late change nothing and show the present card."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.binding import Binding, Run
from handlers.work import Work
from services.access import Actor
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError
from services.views import View


def guarded(actions: Mapping[str, Binding]) -> dict[str, Binding]:
    """The actions, each of which answers with the present card if somebody else was first."""
    return {name: action.around(_guard) for name, action in actions.items()}


def _guard(action: Run) -> Run:
    async def act(work: Work, actor: Actor, **arguments: object) -> None:
        try:
            async with work.session.begin_nested():
                await action(work, actor, **arguments)
        except MovedOnError as refusal:
            work.replies.clear()
            work.flash(refusal.text, alert=True)
            work.replace(await _present(work, actor, refusal))

    return act


def unless_moved_on(answers: Mapping[str, Binding]) -> dict[str, Binding]:
    """The answers to questions, each of which shows the present card if somebody else was first."""
    return {name: answer.around(_unless_moved_on) for name, answer in answers.items()}


def _unless_moved_on(answer: Run) -> Run:
    async def act(work: Work, text: str, **arguments: object) -> None:
        try:
            async with work.session.begin_nested():
                await answer(work, text, **arguments)
        except MovedOnError as refusal:
            work.replies.clear()
            work.say_headed(refusal.text, await _present(work, work.require_actor(), refusal))

    return act


async def _present(work: Work, actor: Actor, refusal: MovedOnError) -> View:
    return await case_card.card(work.turn(actor), refusal.case_id)
