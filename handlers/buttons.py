"""Pressed buttons: the opaque key is resolved, then one action runs.

A stranger has few buttons, and those only for their own account.
"""

from __future__ import annotations

from datetime import datetime

from telegram import MaybeInaccessibleMessage, Message, Update

from handlers.actions import ACTIONS, STRANGERS
from handlers.arguments import Arguments
from handlers.binding import bound
from handlers.work import Context, Work, current
from locales import Text
from services import buttons, live_updates
from services.access import Actor
from services.cases.cards import case_card
from services.errors import DomainError
from services.tasks import task_card


async def pressed(update: Update, context: Context) -> None:
    work = current.get()
    query = update.callback_query
    data = query.data if query else None
    if work.actor is None:
        button = await buttons.resolve_for_stranger(work.session, data, work.user_id)
        strangers = bound(STRANGERS, button.action, button.arguments)
        if strangers is None:
            raise DomainError("buttons.expired")
        run, arguments = strangers
        await run(work, **arguments)
        return
    shown_at = _shown_at(query.message) if query and query.message else None
    button = await buttons.resolve(work.session, data, work.actor, shown_at)
    found = bound(ACTIONS, button.action, button.arguments)
    if found is None:
        await _show_present(work, work.actor, button.arguments)
        return
    run, arguments = found
    await run(work, work.actor, **arguments)
    if work.pressed is not None and any(reply.edit == work.pressed for reply in work.replies):
        # A notice of the office that was pressed now shows the answer, and is not edited any more.
        await live_updates.let_go(work.session, work.chat_id, work.pressed)


def _shown_at(message: MaybeInaccessibleMessage) -> datetime:
    """The moment of the buttons: an edit replaces them."""
    edited_at = message.edit_date if isinstance(message, Message) else None
    return edited_at or message.date


async def _show_present(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Answer a button that means nothing any more: with the present card of what it was about.

    The pressed message stays, for it may be a list. A card is for one reader, so a group gets none.
    """
    await work.end_question()
    turn = work.turn(actor)
    task_id, case_id = arguments.get("task_id"), arguments.get("case_id")
    if not work.private:
        raise DomainError("buttons.expired")
    if isinstance(task_id, int):
        card = await task_card.card(turn, task_id)
    elif isinstance(case_id, int):
        card = await case_card.card(turn, case_id)
    else:
        raise DomainError("buttons.expired")
    work.flash(Text("buttons.expired"), alert=True)
    work.say(card)
