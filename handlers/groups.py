"""Group chats: binding, what people say there to the bot, its leaving, and becoming a supergroup."""

from __future__ import annotations

from typing import Final

from telegram import (
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberUpdated,
    Message,
    MessageEntity,
    Update,
)

from handlers.progress import is_ours, read_addition, say_if_gone
from handlers.work import Context, Work, current, words_behind
from services import help_texts
from services.access import Actor
from services.groups import group_binding
from services.people import enrolment
from services.progress import corrections, group_reports, progress_dialogue
from services.progress.group_reports import GroupPlace

GONE: Final = frozenset({ChatMember.LEFT, ChatMember.BANNED})
COMMANDS: Final = ("bind", "unbind", "board", "issue")
DONE: Final = "👌"


async def bind(update: Update, context: Context) -> None:
    """``/bind`` asks what the group is about; ``/bind 城管局`` says it."""
    work = current.get()
    actor = await known(work)
    if actor is None:
        return
    title = (update.effective_chat.title if update.effective_chat else None) or ""
    words = words_behind(context)
    if not words:
        work.say(await group_binding.ask_scope(work.turn(actor), title=title[:255]))
        return
    question = await group_binding.bind_to(work.turn(actor), words, title=title[:255])
    _done(work) if question is None else work.say(question)


async def unbind(update: Update, context: Context) -> None:
    work = current.get()
    actor = await known(work)
    if actor is None:
        return
    why_not = await group_binding.unbind(work.turn(actor))
    _done(work) if why_not is None else work.say(why_not)


async def board(update: Update, context: Context) -> None:
    work = current.get()
    actor = await known(work)
    if actor is not None:
        await group_binding.post_board(work.turn(actor))
        _done(work)


async def show_help(update: Update, context: Context) -> None:
    """``/help`` in a group, by anybody: it needs no right, and says what a group answers."""
    current.get().say(help_texts.in_group())


def _done(work: Work) -> None:
    """Confirm by a reaction: in a group a thing done needs no words."""
    work.react(DONE)


async def known(work: Work) -> Actor | None:
    """The acting contact; a stranger is told once a day how to enrol, and otherwise nothing."""
    if work.actor is None:
        key = "groups.not_enrolled"
        work.say(await group_binding.once(work.session, work.user_id, key, now=work.now))
    return work.actor


async def only_in_groups(update: Update, context: Context) -> None:
    """``/bind``, ``/unbind`` or ``/board`` in a private chat."""
    work = current.get()
    work.require_actor()
    work.say(group_binding.only_in_groups())


async def anonymous(update: Update, context: Context) -> None:
    """A message in the name of the group or of a channel: nobody's rights can be checked."""
    work, message = current.get(), update.effective_message
    if message is None or message.is_automatic_forward:
        return
    if _is_command(message, context.bot.username) or _answered(message, context.bot.id) is not None:
        work.say(await group_binding.once(work.session, work.chat_id, "groups.anonymous", now=work.now))


def _is_command(message: Message, bot_name: str) -> bool:
    """Whether the message is a command for us, by the rules of python-telegram-bot's handlers."""
    entity = message.entities[0] if message.entities else None
    if entity is None or entity.type != MessageEntity.BOT_COMMAND or entity.offset != 0:
        return False
    name, _, to = message.parse_entity(entity)[1:].casefold().partition("@")
    return to == bot_name.casefold() if to else name in COMMANDS


def _answered(message: Message, bot_id: int) -> int | None:
    """The message of ours that this one replies to."""
    replied = message.reply_to_message
    return replied.message_id if replied is not None and is_ours(replied, bot_id) else None


async def said(update: Update, context: Context) -> None:
    """A message in a group: a reply to a message of ours may be a report, all else is talk."""
    work, message = current.get(), update.effective_message
    if message is None:
        return
    place = GroupPlace(work.chat_id, work.thread_id, _answered(message, context.bot.id))
    addition = read_addition(message)
    if work.actor is None:
        if await group_reports.may_be_report(work.session, place, addition):
            await known(work)
        return
    if not group_reports.is_talk(addition) and await say_if_gone(work, message, context.bot.id):
        return
    answer = await group_reports.receive(work.turn(work.actor), place, addition)
    if answer.reaction is not None:
        work.react(answer.reaction)
    work.say(answer.view)


async def receive_edit(update: Update, context: Context) -> None:
    """A message was edited: correct the report made from it, or ask about it; any other edit is talk."""
    work, message = current.get(), update.effective_message
    if work.actor is None or message is None or message.location:
        return
    addition = read_addition(message)
    turn, part = work.turn(work.actor), message.message_id
    if await progress_dialogue.edit_part(turn, part, addition):
        return
    if await corrections.is_part(turn, part):
        card = await corrections.correct_by_edit(turn, part, addition)
        _done(work) if card is None else work.say(card)


async def unreadable(update: Update, context: Context) -> None:
    """Answer a voice or a video note in reply to a message of ours: its sender believes it is a report."""
    work, message = current.get(), update.effective_message
    if message is None or work.actor is None:
        return
    place = GroupPlace(work.chat_id, work.thread_id, _answered(message, context.bot.id))
    work.say(await group_reports.unreadable(work.session, work.actor, place))


async def migrated(update: Update, context: Context) -> None:
    """The service message about a new supergroup; Telegram sends it to the old group and to the new one."""
    work = current.get()
    message = update.effective_message
    if message is None:
        return
    old = message.migrate_from_chat_id or work.chat_id
    new = message.migrate_to_chat_id or work.chat_id
    await group_binding.follow(work.session, old, new, now=work.now)


async def membership(update: Update, context: Context) -> None:
    """The bot was blocked or removed, added, promoted or demoted."""
    work = current.get()
    change = update.my_chat_member
    if change is None:
        return
    gone = change.new_chat_member.status in GONE
    if work.private:
        if gone:
            today = work.campaign.today(work.now)
            await enrolment.lose_contact(work.session, work.user_id, now=work.now, today=today)
    elif gone:
        await group_binding.lose_group(work.session, work.chat_id, now=work.now)
    elif change.chat.type != Chat.CHANNEL:  # nobody could bind a channel
        await _still_here(work, change)


async def _still_here(work: Work, change: ChatMemberUpdated) -> None:
    old, new = change.old_chat_member, change.new_chat_member
    if old.status in GONE:
        work.say(await group_binding.added(work.session, work.chat_id, now=work.now))
    elif _may_pin(old) is not _may_pin(new):
        await group_binding.note_pin_right(work.session, work.chat_id, _may_pin(new), now=work.now)


def _may_pin(member: ChatMember) -> bool:
    return isinstance(member, ChatMemberAdministrator) and bool(member.can_pin_messages)
