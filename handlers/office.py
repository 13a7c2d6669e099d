"""Commands by which the office and the leaders look things up, and by which the office reminds people."""

from __future__ import annotations

from telegram import Update

from handlers.work import Context, current
from services import message_subjects
from services.nags import nag_forecast_view, reminder_views
from services.office import who_overview
from services.people import unit_card
from services.tasks import strike_off_list, task_history, word_search


async def find(update: Update, context: Context) -> None:
    """``/find 词``, for everybody within their rights."""
    work = current.get()
    actor = work.require_actor()
    work.say(await word_search.find(work.turn(actor), _words(context)))


async def unit(update: Update, context: Context) -> None:
    """``/unit 名称``; without a name, the sender's own unit."""
    work = current.get()
    actor = work.require_actor()
    work.say(await unit_card.find(work.turn(actor), _words(context)))


async def who(update: Update, context: Context) -> None:
    work = current.get()
    actor = work.require_actor()
    work.say(await who_overview.front(work.turn(actor)))


async def remind(update: Update, context: Context) -> None:
    """``/remind``, alone, with the name of a unit or with words of a task."""
    work = current.get()
    actor, words = work.require_actor(), _words(context)
    work.say(await reminder_views.menu(work.turn(actor), words))


def _words(context: Context) -> str:
    return " ".join(context.args or [])


async def ahead(update: Update, context: Context) -> None:
    work = current.get()
    actor = work.require_actor()
    work.say(await nag_forecast_view.front(work.turn(actor)))


async def list_done(update: Update, context: Context) -> None:
    work = current.get()
    work.say(await strike_off_list.list_view(work.turn(work.require_actor())))


async def show_history(update: Update, context: Context) -> None:
    """``/history``, as a reply to a message about a task, or with words of its objective."""
    work = current.get()
    actor = work.require_actor()
    if context.args:
        words = " ".join(context.args)
        work.say(await task_history.find_by_words(work.turn(actor), words))
        return
    message = update.effective_message
    replied = message.reply_to_message if message else None
    about = await message_subjects.subjects(
        work.session, work.chat_id, replied.message_id if replied else None
    )
    work.say(await task_history.of_message(work.turn(actor), about))
