"""What a handler works with: the open transaction, who acts, and where its answers are collected."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from locales import Text
from services import Session
from services.access import Actor
from services.campaign import Campaign
from services.delivery import album_cards
from services.errors import StrangerError
from services.views import View


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer for the chat; ``edit``: the message of ours that it takes the place of. ``shown`` learns
    under which id it is there."""

    view: View
    edit: int | None = None
    shown: Callable[[Session, int], Awaitable[None]] | None = None


@dataclass(slots=True)
class Work:
    """One update in one transaction. Answers are sent by intake after the commit, in this order.

    ``bot_name``: for links to the bot. ``menus_changed``: somebody's roles, language or account did, so that
    his menu of commands is to be looked at after the commit. ``question_ended``: this command put an end to
    what he was asked.
    """

    session: Session
    now: datetime
    campaign: Campaign
    chat_id: int
    user_id: int
    locale: str
    private: bool
    thread_id: int | None = None
    actor: Actor | None = None
    pressed: int | None = None
    message_id: int | None = None
    reaction: str | None = None
    bot_name: str = ""
    menus_changed: bool = False
    question_ended: bool = False
    replies: list[Reply] = field(default_factory=list)
    toast: tuple[Text, bool] | None = None

    def say(self, view: View | None) -> None:
        """Answer with a message of its own."""
        if view is not None:
            self.replies.append(Reply(view, shown=_noted(view)))

    def replace(self, view: View) -> None:
        """Answer by changing the message whose button was pressed."""
        self.replies.append(Reply(view, self.pressed, _noted(view)))

    def react(self, emoji: str) -> None:
        """Answer by a reaction under the message that came: in a group nothing more is to be said."""
        self.reaction = emoji

    def flash(self, text: Text, *, alert: bool = False) -> None:
        """Answer the press itself, with a line that fades or one to be closed."""
        self.toast = (text, alert)

    def require_actor(self) -> Actor:
        """The acting contact; a stranger is told how to get in."""
        if self.actor is None:
            raise StrangerError
        return self.actor


def _noted(view: View) -> Callable[[Session, int], Awaitable[None]] | None:
    """A draft has to know under which message its card is out, so that the card can be edited."""
    return None if view.draft_id is None else album_cards.shown(view.draft_id)


Arguments = Mapping[str, Any]
# What a button does, and what is done with the words that a question asked for (they come second).
Action = Callable[[Work, Actor, Arguments], Awaitable[None]]
AnswerAction = Callable[[Work, str, Arguments], Awaitable[None]]
# What a button does for an account that is nobody's yet.
StrangerAction = Callable[[Work, Arguments], Awaitable[None]]
current: Final[ContextVar[Work]] = ContextVar("work")
