"""Group chats: binding, leaving, becoming a supergroup."""

from __future__ import annotations

from typing import Any

from telegram import ChatMember, Update

from handlers.work import current
from services import groups, people

GONE = frozenset({ChatMember.LEFT, ChatMember.BANNED})


async def bind(update: Update, context: Any) -> None:
    work = current.get()
    actor = work.require_actor()
    title = update.effective_chat.title if update.effective_chat else None
    work.say(
        await groups.bind(
            work.session,
            actor,
            chat_id=work.chat_id,
            thread_id=work.thread_id,
            title=(title or "")[:255],
            now=work.now,
            campaign=work.campaign,
        )
    )


async def unbind(update: Update, context: Any) -> None:
    work = current.get()
    work.say(await groups.unbind(work.session, work.require_actor(), work.chat_id, now=work.now))


async def only_in_groups(update: Update, context: Any) -> None:
    """``/bind`` in a private chat."""
    work = current.get()
    work.require_actor()
    work.say(groups.only_in_groups())


async def migrated(update: Update, context: Any) -> None:
    """Telegram's service message about a supergroup, which comes in the old group and in the new one."""
    work = current.get()
    message = update.effective_message
    if message is None:
        return
    old = message.migrate_from_chat_id or work.chat_id
    new = message.migrate_to_chat_id or work.chat_id
    await groups.follow(work.session, old, new, now=work.now)


async def membership(update: Update, context: Any) -> None:
    """The bot was blocked or removed."""
    work = current.get()
    change = update.my_chat_member
    if change is None or change.new_chat_member.status not in GONE:
        return
    if work.private:
        await people.lose(work.session, work.user_id, now=work.now)
    else:
        await groups.lose(work.session, work.chat_id, now=work.now)
