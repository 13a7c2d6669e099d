"""``/done`` and ``/history``: what is over, and what happened to a task."""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.work import current
from services import done, history, messages


async def list_done(update: Update, context: Any) -> None:
    work = current.get()
    work.say(await done.list_view(work.session, work.require_actor(), campaign=work.campaign))


async def show_history(update: Update, context: Any) -> None:
    """As a reply to a message about a task, or with words of its objective."""
    work = current.get()
    actor = work.require_actor()
    if context.args:
        words = " ".join(context.args)
        work.say(await history.find_by_words(work.session, actor, words, campaign=work.campaign))
        return
    message = update.effective_message
    replied = message.reply_to_message if message else None
    about = await messages.subjects(work.session, work.chat_id, replied.message_id if replied else None)
    work.say(await history.of_message(work.session, actor, about, campaign=work.campaign))
