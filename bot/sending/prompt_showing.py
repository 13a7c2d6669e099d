"""Prompts (menus, cards, questions), and the calls that show one."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain

import structlog

from bot.clock import Clock
from bot.delivery import Delivery
from bot.rendering import RenderedView
from bot.telegram import Telegram
from models.db import Database
from rules.delivery import delivery
from services import message_subjects as subjects
from services.delivery.prompts import PromptKey, PromptShown
from services.groups import group_binding

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A menu, card or question, sent after the commit.

    ``edit``: the message it replaces. ``reply_to``: the person's message that it answers in a group.
    ``shown``: is called, in a transaction of its own, with the id of the message that shows the last part of
    the words; it returns the id of a card that is over, if there is one. None: nothing depends on the prompt.
    ``sent``: the ids of the messages of each part that has gone out; a further try leaves these parts out.
    ``key``: what a card or question is about. ``stranger``: it answers a person who is not enrolled.
    """

    chat_id: int
    thread_id: int | None
    rendered: RenderedView
    edit: int | None = None
    shown: PromptShown | None = None
    reply_to: int | None = None
    sent: list[list[int]] = field(default_factory=list)
    key: PromptKey | None = None
    stranger: bool = False


class PromptShowing:
    """Shows a prompt, part by part, and notes what stands where."""

    def __init__(self, database: Database, telegram: Telegram, clock: Clock, sending: Delivery) -> None:
        self._db = database
        self._telegram = telegram
        self._clock = clock
        self._delivery = sending

    async def show(self, prompt: Prompt) -> int | None:
        """Show what of it does not stand in the chat yet. Returns the id of a card that is over by it."""
        rendered = prompt.rendered
        if prompt.edit is not None and len(rendered.parts) == 1 and not prompt.sent:
            await self._telegram.edit(prompt.chat_id, prompt.edit, rendered.parts[0], rendered.keyboard)
            prompt.sent.append([prompt.edit])
        for index in range(len(prompt.sent), len(rendered)):
            turn = self._telegram.strangers_turn if prompt.stranger else self._telegram.turn
            async with turn(prompt.chat_id):
                ids = await self._delivery.send_part(
                    prompt.chat_id, prompt.thread_id, rendered, index, prompt.reply_to
                )
            prompt.sent.append(ids)
        (words,) = prompt.sent[len(rendered.parts) - 1]
        over = None
        if rendered.about or prompt.shown is not None:
            async with self._db.transaction() as session:
                for message_id in chain.from_iterable(prompt.sent):
                    await subjects.remember(session, prompt.chat_id, message_id, rendered.about)
                if prompt.shown is not None:
                    over = await prompt.shown(session, words)
        return over

    async def moved(
        self, prompt: Prompt, outcome: delivery.MigratedOutcome | delivery.TopicGoneOutcome
    ) -> Prompt:
        """The prompt for the present place of its group, where its earlier messages do not exist."""
        async with self._db.transaction() as session:
            now = await self._clock.now()
            if isinstance(outcome, delivery.MigratedOutcome):
                await group_binding.follow(session, prompt.chat_id, outcome.new_chat_id, now=now)
                return Prompt(outcome.new_chat_id, None, prompt.rendered, shown=prompt.shown, key=prompt.key)
            if prompt.thread_id is not None:
                await group_binding.lose_thread(session, prompt.chat_id, prompt.thread_id, now=now)
            return Prompt(prompt.chat_id, None, prompt.rendered, shown=prompt.shown, key=prompt.key)
