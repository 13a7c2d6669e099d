"""``/log``: the activity log (工作纪实), in the private chat."""

from __future__ import annotations

from dataclasses import replace

from telegram import Message, Update

from handlers.progress import begun_with, change, read_addition, words_of
from handlers.work import Context, Work, current
from services.activities import activity_dialogue


async def log(update: Update, context: Context) -> None:
    """``/log``: alone the list; with words, or in reply to a photo, a new entry."""
    work, message = current.get(), update.effective_message
    actor = work.require_actor()
    if message is None:
        return
    addition = replace(begun_with(message, context.bot.id), location=None)
    work.say(await activity_dialogue.begin_with(work.turn(actor), addition))


async def receive_edit(update: Update, context: Context) -> None:
    """``/log`` with words behind it was edited: change the entry that it began."""
    work, message = current.get(), update.effective_message
    if work.actor is not None and message is not None and words_of(message):
        await change(work, work.actor, message, begun_with(message, context.bot.id))


async def from_caption(work: Work, message: Message) -> None:
    """A photo with the caption ``/log …``: an entry with this photo."""
    actor = work.require_actor()
    work.say(await activity_dialogue.begin_with(work.turn(actor), read_addition(message)))
