"""Commands in the private chat."""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.work import current
from services import help_texts, people, progress, summaries, tasks


async def start(update: Update, context: Any) -> None:
    """``/start`` with a link's token, which intake has replaced by its hash; or without."""
    work = current.get()
    if context.args:
        work.actor = await people.enrol(
            work.session, token_hash=context.args[0], telegram_user_id=work.user_id, now=work.now
        )
        work.say(help_texts.welcome(work.actor))
        if not work.actor.reports:
            return  # whoever oversees a whole district need not begin with a list of all its tasks
        work.say(await tasks.list_view(work.session, work.actor, now=work.now, campaign=work.campaign))
        return
    work.say(help_texts.help_for(work.require_actor()))


async def show_help(update: Update, context: Any) -> None:
    work = current.get()
    work.say(help_texts.help_for(work.require_actor()))


async def list_tasks(update: Update, context: Any) -> None:
    work = current.get()
    actor = work.require_actor()
    work.say(await tasks.list_view(work.session, actor, now=work.now, campaign=work.campaign))


async def report(update: Update, context: Any) -> None:
    work = current.get()
    actor = work.require_actor()
    work.say(await progress.begin_without_task(work.session, actor, work.chat_id, now=work.now))


async def cancel(update: Update, context: Any) -> None:
    work = current.get()
    work.say(await progress.cancel(work.session, work.require_actor(), work.chat_id))


async def brief(update: Update, context: Any) -> None:
    work = current.get()
    actor = work.require_actor()
    work.say(await summaries.brief(work.session, actor, now=work.now, campaign=work.campaign))


async def unknown(update: Update, context: Any) -> None:
    work = current.get()
    work.require_actor()
    work.say(help_texts.unknown_command())
