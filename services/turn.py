"""What a use case works with: the open transaction, the moment, the campaign, and whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.db import Session
from services.access import Actor
from services.campaign import Campaign


@dataclass(frozen=True, slots=True)
class TickTurn:
    """The turn of a tick or a job: nobody acts. ``now``: aware; all that is done has this one moment."""

    session: Session
    now: datetime
    campaign: Campaign

    @property
    def today(self) -> date:
        """The date of ``now`` in the campaign's zone."""
        return self.campaign.today(self.now)


@dataclass(frozen=True, slots=True)
class Turn(TickTurn):
    """A person's turn: they have pressed or written something in a chat, or something is shown to them.

    ``chat``, ``thread``: the chat and its topic in which they are answered.
    """

    actor: Actor
    chat: int
    thread: int | None = None

    @property
    def account(self) -> int:
        """The person's Telegram account. Somebody who has none is asked and answered in the chat itself."""
        return self.actor.contact.telegram_user_id or self.chat


def turn_of(turn: TickTurn, actor: Actor) -> Turn:
    """The turn of another person, in their private chat, within the same transaction and moment."""
    return Turn(turn.session, turn.now, turn.campaign, actor, actor.contact.telegram_user_id or 0)
