"""``/issue`` in a group: report a problem from a photo that somebody posted there."""

from __future__ import annotations

from dataclasses import replace

from telegram import Message, Update

from handlers.groups import DONE, known
from handlers.progress import is_ours, read_addition, words_of
from handlers.work import Context, current
from services.cases.submitting import issue_submission
from services.drafts.draft_changes import Addition


async def in_group(update: Update, context: Context) -> None:
    """``/issue`` in reply to somebody's photo in a group: the questions about it come privately."""
    work, message = current.get(), update.effective_message
    if message is None:
        return
    actor = await known(work)
    if actor is None:
        return
    replied = message.reply_to_message
    # A picture of our own, such as the chart of the tally, shows no problem.
    ours = replied is not None and is_ours(replied, context.bot.id)
    addition = Addition() if replied is None or ours else _posted(replied, work.user_id)
    addition = replace(addition, text=words_of(message) or addition.text)
    await issue_submission.take_from_group(work.turn(actor), work.chat_id, addition)
    work.react(DONE)


def _posted(message: Message, asked_by: int) -> Addition:
    """What somebody posted in the group, perhaps the asking person themselves.

    The message id is left out: it belongs to the group's chat and means nothing in the private one.
    """
    shown = read_addition(message)
    own = message.from_user is not None and message.from_user.id == asked_by
    author = message.from_user.full_name if message.from_user and not own else None
    if message.sender_chat is not None:  # an anonymous administrator, or a channel
        author = message.sender_chat.effective_name
    return replace(shown, album=None, message_id=None, source=shown.source or author)
