"""The Telegram edge. ``register`` is the one ordered table of what is handled, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

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

from handlers import buttons, commands, groups, progress, words
from handlers.work import current
from services import people
from services.errors import DomainError
from services.views import View

Callback = Callable[[Update, Any], Coroutine[Any, Any, None]]

_NEW = filters.UpdateType.MESSAGE
_PRIVATE = _NEW & filters.ChatType.PRIVATE
_GROUP = _NEW & filters.ChatType.GROUPS
_EDITED = filters.UpdateType.EDITED_MESSAGE & filters.ChatType.PRIVATE


def register(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Add all handlers, in order: the first that fits takes the update."""
    table: list[BaseHandler[Any, Any, Any]] = [
        MessageHandler(filters.StatusUpdate.MIGRATE, _guarded(groups.migrated)),
        ChatMemberHandler(_guarded(groups.membership), ChatMemberHandler.MY_CHAT_MEMBER),
        CallbackQueryHandler(_guarded(buttons.pressed)),
        _command("bind", groups.bind, _GROUP),
        _command("unbind", groups.unbind, _GROUP),
        _command("bind", groups.only_in_groups, _PRIVATE),
        _command("unbind", groups.only_in_groups, _PRIVATE),
        _command("start", commands.start, _PRIVATE),
        _command("help", commands.show_help, _PRIVATE),
        _command("tasks", commands.list_tasks, _PRIVATE),
        _command("report", commands.report, _PRIVATE),
        _command("cancel", commands.cancel, _PRIVATE),
        _command("brief", commands.brief, _PRIVATE),
        MessageHandler(_PRIVATE & filters.COMMAND, _guarded(commands.unknown)),
        MessageHandler(_EDITED & ~filters.COMMAND, _guarded(progress.edited)),
        MessageHandler(
            _PRIVATE & (filters.TEXT | filters.PHOTO | filters.Document.ALL), _guarded(words.receive)
        ),
        MessageHandler(_PRIVATE & ~filters.StatusUpdate.ALL, _guarded(progress.unsupported)),
    ]
    application.add_handlers(table)


def _command(name: str, callback: Callback, where: filters.BaseFilter) -> CommandHandler[Any, Any]:
    async def run(update: Update, context: Any) -> None:
        await words.drop_question(update, context)
        await callback(update, context)

    return CommandHandler(name, _guarded(run), filters=where)


def _guarded(callback: Callback) -> Callback:
    """Run a handler in a savepoint: a refusal leaves nothing half-saved and becomes one clear sentence."""

    async def handle(update: Update, context: Any) -> None:
        work = current.get()
        if work.private and update.my_chat_member is None and work.actor and not work.actor.contact.reachable:
            # He writes, so he can be written to again: before the handler promises him anything.
            await people.regain(work.session, work.actor, now=work.now)
        try:
            async with work.session.begin_nested():
                await callback(update, context)
        except DomainError as refusal:
            work.replies.clear()
            if update.callback_query is not None:
                work.flash(refusal.text, alert=True)
            else:
                work.say(View([refusal.text]))

    return handle
