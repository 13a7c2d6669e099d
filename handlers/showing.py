"""Commands that need one use case: a list, a search, or what a message is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from telegram import Update

from handlers.work import Context, current, words_behind
from services import Session
from services.turn import Turn
from services.views import View

Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]
# The ids of what a message of ours in a chat was about.
Subjects = Callable[[Session, int, int | None], Awaitable[Sequence[int]]]


def shows(use_case: Callable[[Turn], Awaitable[View]]) -> Callback:
    """The command brings nothing but itself."""

    async def run(update: Update, context: Context) -> None:
        work = current.get()
        work.say(await use_case(work.turn(work.require_actor())))

    return run


def searches(use_case: Callable[[Turn, str], Awaitable[View]]) -> Callback:
    """The use case takes the words behind the command; there may be none."""

    async def run(update: Update, context: Context) -> None:
        work = current.get()
        work.say(await use_case(work.turn(work.require_actor()), words_behind(context)))

    return run


def finds(
    by_words: Callable[[Turn, str], Awaitable[View]],
    subjects: Subjects,
    of_message: Callable[[Turn, Sequence[int]], Awaitable[View]],
) -> Callback:
    """With words behind it the command is a search; else it is about the message that it replies to."""

    async def run(update: Update, context: Context) -> None:
        work, message = current.get(), update.effective_message
        turn = work.turn(work.require_actor())
        if words := words_behind(context):
            work.say(await by_words(turn, words))
            return
        replied = message.reply_to_message if message else None
        about = await subjects(work.session, work.chat_id, replied.message_id if replied else None)
        work.say(await of_message(turn, about))

    return run
