"""The commands ``/orders``, ``/case``, ``/figures`` and ``/todo``."""

from __future__ import annotations

from telegram import Update

from handlers.work import Context, current
from services import message_subjects
from services.cases.lists import case_figure_views, case_finding, case_listing, case_piles
from services.cases.lists.case_figure_views import FigureSelection


async def list_orders(update: Update, context: Context) -> None:
    work = current.get()
    actor = work.require_actor()
    work.say(await case_listing.list_view(work.turn(actor)))


async def find_case(update: Update, context: Context) -> None:
    """``/case`` with a number or words, or as a reply to a message about a case."""
    work = current.get()
    actor = work.require_actor()
    if context.args:
        words = " ".join(context.args)
        view = await case_finding.find(work.turn(actor), words)
        work.say(view)
        return
    message = update.effective_message
    replied = message.reply_to_message if message else None
    about = await message_subjects.case_subjects(
        work.session, work.chat_id, replied.message_id if replied else None
    )
    work.say(await case_finding.of_message(work.turn(actor), about))


async def show_figures(update: Update, context: Context) -> None:
    work = current.get()
    actor = work.require_actor()
    work.say(await case_figure_views.overview(work.turn(actor), FigureSelection()))


async def todo(update: Update, context: Context) -> None:
    work = current.get()
    work.say(await case_piles.front(work.turn(work.require_actor())))
