"""The guard of case buttons: a press on an old card changes nothing and shows the present card."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.work import Action, Arguments, Work
from services.access import Actor
from services.cases import case_steps
from services.cases.cards import case_card


def guarded(actions: Mapping[str, Action]) -> dict[str, Action]:
    """The actions, each of which answers with the present card if somebody else was first."""
    return {name: _guard(action) for name, action in actions.items()}


def _guard(action: Action) -> Action:
    async def act(work: Work, actor: Actor, arguments: Arguments) -> None:
        try:
            async with work.session.begin_nested():
                await action(work, actor, arguments)
        except case_steps.MovedOnError as refusal:
            work.replies.clear()
            work.flash(refusal.text, alert=True)
            work.replace(
                await case_card.card(
                    work.session, actor, refusal.case_id, now=work.now, campaign=work.campaign
                )
            )

    return act
