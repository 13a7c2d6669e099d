"""Papers that a command begins: ``/issue``, ``/log`` and ``/notice``, in the private chat.

The command stands alone, with words behind it, in a reply to a photo or a file, or as the caption of one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from telegram import Message, Update

from handlers.progress import begun_with, change, read_addition, words_of
from handlers.showing import Callback
from handlers.work import Context, Work, current
from services.activities import activity_dialogue
from services.cases.submitting import issue_submission
from services.drafts.draft_changes import Addition
from services.notices import notice_dialogue
from services.turn import Turn
from services.views import View

_BEGINNINGS: Final[Mapping[str, Callable[[Turn, Addition], Awaitable[View | None]]]] = {
    "issue": issue_submission.begin,
    "log": activity_dialogue.begin_with,
    "notice": notice_dialogue.begin_with,
}
_WITH_PLACE: Final = "issue"
"""Where the message that is replied to was, belongs to a problem alone."""


def begins(name: str) -> Callback:
    """The command of that name begins its paper."""

    async def run(update: Update, context: Context) -> None:
        work, message = current.get(), update.effective_message
        actor = work.require_actor()
        if message is None:
            return
        addition = begun_with(message, context.bot.id)
        if name != _WITH_PLACE:
            addition = replace(addition, location=None)
        work.say(await _BEGINNINGS[name](work.turn(actor), addition))

    return run


async def receive_edit(update: Update, context: Context) -> None:
    """A command with words behind it was edited: change the paper that it began."""
    work, message = current.get(), update.effective_message
    if work.actor is not None and message is not None and words_of(message):
        await change(work, work.actor, message, begun_with(message, context.bot.id))


async def from_caption(work: Work, message: Message, name: str) -> None:
    """A photo or a file with that command as its caption begins the paper."""
    actor = work.require_actor()
    work.say(await _BEGINNINGS[name](work.turn(actor), read_addition(message)))
