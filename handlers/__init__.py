"""The Telegram edge. ``register`` holds the one ordered table of what is handled, and by which function."""

from __future__ import annotations

import re
from typing import Any, Final

from telegram import Update
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from handlers import buttons, commands, groups, issues, papers, progress, words
from handlers.showing import Callback, finds, searches, shows
from handlers.work import Context, Work, current
from services import message_subjects
from services.cases.lists import case_figure_views, case_finding, case_listing, case_piles
from services.delivery import prompts
from services.errors import DomainError, OldCardError, StrangerError, TaskMovedError
from services.nags import inspections, nag_forecast_view, policies, quiet_hours, reminder_views
from services.office import section_table, who_overview
from services.people import enrolment, leave_dialogue, person_card, unit_card
from services.progress import corrections, my_reports
from services.tallies import briefs, period_tally_views
from services.tasks import strike_off_list, task_card, task_history, task_lists, word_search
from services.views import View
from services.work_reports import report_orders

_NEW = filters.UpdateType.MESSAGE
_PRIVATE = _NEW & filters.ChatType.PRIVATE
_GROUP = _NEW & filters.ChatType.GROUPS
# A GIF also comes as a document, and a venue as a location.
_REPORT = filters.TEXT | filters.PHOTO | filters.VIDEO | filters.Document.ALL | filters.LOCATION
_SPOKEN = filters.VOICE | filters.VIDEO_NOTE | filters.AUDIO
_EDITED_IN_GROUP = filters.UpdateType.EDITED_MESSAGE & filters.ChatType.GROUPS
_REPORT_COMMAND = re.compile(r"^/report(?:@\w+)?\s", re.IGNORECASE)
_PAPER_COMMAND = re.compile(r"^/(?:issue|log|notice)(?:@\w+)?\s", re.IGNORECASE)
_EDITED = filters.UpdateType.EDITED_MESSAGE & filters.ChatType.PRIVATE


# The classes of python-telegram-bot take the types of all parts of an application. We use none of those left
# as Any, here and below.
def register(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Add all handlers, in order: the first that fits takes the update."""
    table: list[BaseHandler[Any, Any, Any]] = [
        MessageHandler(filters.StatusUpdate.MIGRATE, _guarded(groups.migrated)),
        ChatMemberHandler(_guarded(groups.membership), ChatMemberHandler.MY_CHAT_MEMBER),
        CallbackQueryHandler(_guarded(buttons.pressed)),
        _command("help", groups.show_help, _GROUP & ~filters.IS_AUTOMATIC_FORWARD),
        MessageHandler(_GROUP & filters.SenderChat.ALL, _guarded(groups.anonymous)),
        _command("bind", groups.bind, _GROUP),
        _command("unbind", groups.unbind, _GROUP),
        _command("board", groups.board, _GROUP),
        _command("issue", issues.in_group, _GROUP),
        MessageHandler(_GROUP & filters.COMMAND, _guarded(commands.unknown_in_group)),
        MessageHandler(_GROUP & _REPORT & ~filters.COMMAND & ~filters.ANIMATION, _guarded(groups.said)),
        MessageHandler(_EDITED_IN_GROUP & ~filters.COMMAND, _guarded(groups.receive_edit)),
        MessageHandler(_GROUP & _SPOKEN, _guarded(groups.unreadable)),
        _command("bind", groups.only_in_groups, _PRIVATE),
        _command("unbind", groups.only_in_groups, _PRIVATE),
        _command("board", groups.only_in_groups, _PRIVATE),
        _command("start", commands.start, _PRIVATE),
        _command("join", commands.join, _PRIVATE),
        _command("help", commands.show_help, _PRIVATE),
        _command("tasks", shows(task_lists.list_view), _PRIVATE),
        _command("todo", shows(case_piles.front), _PRIVATE),
        _command("report", commands.report, _PRIVATE),
        _command("issue", papers.begins("issue"), _PRIVATE),
        _command("log", papers.begins("log"), _PRIVATE),
        _command("notice", papers.begins("notice"), _PRIVATE),
        _command("cancel", commands.cancel, _PRIVATE),
        _command("undo", searches(corrections.ask), _PRIVATE),
        _command("mine", shows(my_reports.list_view), _PRIVATE),
        _command("brief", shows(briefs.brief), _PRIVATE),
        _command("tally", searches(period_tally_views.of_words), _PRIVATE),
        _command("work_report", searches(report_orders.of_words), _PRIVATE),
        _command("leave", searches(leave_dialogue.begin), _PRIVATE),
        _command("person", searches(person_card.find), _PRIVATE),
        _command("language", commands.language, _PRIVATE),
        _command("done", shows(strike_off_list.list_view), _PRIVATE),
        _command(
            "history",
            finds(task_history.find_by_words, message_subjects.subjects, task_history.of_message),
            _PRIVATE,
        ),
        _command("orders", shows(case_listing.list_view), _PRIVATE),
        _command(
            "case",
            finds(case_finding.find, message_subjects.case_subjects, case_finding.of_message),
            _PRIVATE,
        ),
        _command("figures", searches(case_figure_views.of_words), _PRIVATE),
        _command("find", searches(word_search.find), _PRIVATE),
        _command("unit", searches(unit_card.find), _PRIVATE),
        _command("who", shows(who_overview.front), _PRIVATE),
        _command("remind", searches(reminder_views.menu), _PRIVATE),
        _command("nags", shows(nag_forecast_view.front), _PRIVATE),
        _command("ladder", shows(policies.show_policy), _PRIVATE),
        _command("inspection", searches(inspections.view), _PRIVATE),
        _command("sections", shows(section_table.view), _PRIVATE),
        _command("quiet", searches(quiet_hours.view), _PRIVATE),
        MessageHandler(_PRIVATE & filters.COMMAND, _guarded(commands.unknown)),
        MessageHandler(_EDITED & ~filters.COMMAND, _guarded(progress.receive_edit)),
        MessageHandler(_EDITED & filters.Regex(_REPORT_COMMAND), _guarded(commands.edited_report)),
        MessageHandler(_EDITED & filters.Regex(_PAPER_COMMAND), _guarded(papers.receive_edit)),
        MessageHandler(_PRIVATE & _REPORT, _guarded(words.receive)),
        MessageHandler(_PRIVATE & ~filters.StatusUpdate.ALL, _guarded(progress.unsupported)),
    ]
    application.add_handlers(table)


# These commands begin a paper or end it, so the words behind them are no 批示 that was asked for before.
_PAPERS: Final = frozenset({"report", "issue", "log", "notice", "cancel"})


def _command(name: str, callback: Callback, where: filters.BaseFilter) -> CommandHandler[Any, Any]:
    guarded = _guarded(callback)

    async def run(update: Update, context: Context) -> None:
        # This is done again with a refusal: a refused command ends the question, too.
        await words.drop_question(update, context, whatever=name in _PAPERS)
        await guarded(update, context)

    return CommandHandler(name, run, filters=where)


def _is_leaving(update: Update) -> bool:
    """Whether this update says that the person blocked the bot; unblocking it counts as writing."""
    change = update.my_chat_member
    return change is not None and change.new_chat_member.status in groups.GONE


async def _show_present_card(work: Work) -> None:
    """Answer an old card, which may be a second copy of a lost one, with what is half written now.

    The pressed message stays: it may say that something else was filed.
    """
    if work.private and work.actor is not None:
        work.say(await prompts.present_card(work.turn(work.actor), work.pressed))


def _guarded(callback: Callback) -> Callback:
    """Wrap a handler. A refusal goes on to who holds the transaction: it rolls back, and comes here again.

    So a refusal leaves nothing half-saved, and becomes one clear sentence in a transaction of its own.
    """

    async def handle(update: Update, context: Context) -> None:
        work = current.get()
        if work.private and work.actor and not work.actor.contact.reachable and not _is_leaving(update):
            # We can write to them again. This is noted before the handler promises them anything.
            await enrolment.regain(work.turn(work.actor))
            work.menus_changed = True
        if work.refusal is not None:
            await _refuse(update, context, work.refusal)
            return
        await callback(update, context)
        if work.private and work.actor is not None:
            work.say(await prompts.brought_back(work.turn(work.actor)))

    return handle


async def _refuse(update: Update, context: Context, refusal: DomainError) -> None:
    work = current.get()
    if update.callback_query is not None:
        work.flash(refusal.text, alert=True)
        if isinstance(refusal, OldCardError):
            await _show_present_card(work)
        elif isinstance(refusal, TaskMovedError) and work.private and work.actor is not None:
            work.replace(await task_card.card(work.turn(work.actor), refusal.task_id))
    elif isinstance(refusal, StrangerError) and work.private:
        await commands.greet(update, context)
    else:
        work.say(View([refusal.text]))
