"""What a handler works with: the open transaction, the acting person, and the collected answers."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from telegram.ext import ContextTypes

from locales import Text
from rules.hidden_characters import visible
from services import Session, questions
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError, StrangerError
from services.turn import TickTurn, Turn
from services.views import TurnOutcome, View

# python-telegram-bot's context, in which we keep nothing: it has the arguments of a command, and the bot.
Context = ContextTypes.DEFAULT_TYPE


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer for the chat. ``edit``: the message of ours whose place it takes."""

    view: View
    edit: int | None = None


@dataclass(slots=True)
class Work:
    """One update in one transaction. After the commit the answers are sent, in their order here.

    ``bot_name``: for links to the bot. ``menus_changed``: somebody's roles, language or account changed, so
    that their menu of commands is checked after the commit. ``question_ended``: this command ended a question
    that was open for the person. ``refusal``: an earlier transaction refused the update and was rolled back;
    this one only says so.
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
    refusal: DomainError | None = None

    def turn(self, actor: Actor) -> Turn:
        """The person's turn, for the use cases of services."""
        return Turn(self.session, self.now, self.campaign, actor, self.chat_id, self.thread_id)

    def tick_turn(self) -> TickTurn:
        """A turn of nobody, for what the program does by itself on the way."""
        return TickTurn(self.session, self.now, self.campaign)

    def say(self, view: View | None) -> None:
        """Answer with a message of its own."""
        if view is not None:
            self.replies.append(Reply(view))

    def replace(self, view: View) -> None:
        """Answer by changing the message whose button was pressed."""
        self.replies.append(Reply(view, self.pressed))

    def show(self, outcome: TurnOutcome) -> None:
        """Show the outcome in place of the pressed message; a press that came too late gets an alert."""
        if outcome.text is not None:
            self.flash(outcome.text, alert=not outcome.done)
        self.replace(outcome.view)

    def say_headed(self, heading: Text | None, view: View) -> None:
        """Answer written words by a message of its own, headed by the result."""
        self.say(view if heading is None else replace(view, lines=[heading, *view.lines]))

    def say_outcome(self, outcome: TurnOutcome) -> None:
        """Answer written words by the outcome's view, headed by its text."""
        self.say_headed(outcome.text, outcome.view)

    async def end_question(self, *, whatever: bool = False) -> bool:
        """End the question that is open here; returns whether one ended.

        A 批示 stays asked for, unless ``whatever`` the question is, it ends.
        """
        end = questions.end if whatever else questions.drop
        return await end(self.session, self.user_id, self.chat_id)

    def react(self, emoji: str) -> None:
        """Answer by a reaction to the message that came: in a group that is enough."""
        self.reaction = emoji

    def flash(self, text: Text, *, alert: bool = False) -> None:
        """Answer the press itself: a line that fades or, with ``alert``, one that has to be closed."""
        self.toast = (text, alert)

    def require_actor(self) -> Actor:
        """The acting contact; a stranger is told how to get in."""
        if self.actor is None:
            raise StrangerError
        return self.actor


def words_behind(context: Context) -> str:
    """The words behind a command, without characters that nobody sees; "" if there are none."""
    return visible(" ".join(context.args or [])).strip()


current: Final[ContextVar[Work]] = ContextVar("work")
