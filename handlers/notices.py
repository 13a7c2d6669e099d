"""``/notice``: notices that are sent round (通知), in the private chat."""

from __future__ import annotations

from dataclasses import replace

from telegram import Message, Update

from handlers.progress import begun_with, change, read_addition, words_of
from handlers.work import Context, Work, current
from services.notices import notice_dialogue


async def begin(update: Update, context: Context) -> None:
    """``/notice``: alone the notices that they have sent; with words, or in reply to a file, a new one."""
    work, message = current.get(), update.effective_message
    actor = work.require_actor()
    if message is None:
        return
    addition = replace(begun_with(message, context.bot.id), location=None)
    work.say(await notice_dialogue.begin_with(work.turn(actor), addition))


async def receive_edit(update: Update, context: Context) -> None:
    """``/notice`` with words behind it was edited: change the notice that it began."""
    work, message = current.get(), update.effective_message
    if work.actor is not None and message is not None and words_of(message):
        await change(work, work.actor, message, begun_with(message, context.bot.id))


async def from_caption(work: Work, message: Message) -> None:
    """A photo or a file with the caption ``/notice …``: a new notice with this file."""
    actor = work.require_actor()
    work.say(await notice_dialogue.begin_with(work.turn(actor), read_addition(message)))
