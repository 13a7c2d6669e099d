"""The methods of chats: getChat and its kin, pins, leaveChat, and getFile."""

from __future__ import annotations

from typing import Final

from sandbox.errors import bad_request
from sandbox.methods.attachments import get_file
from sandbox.methods.context import (
    CallContext,
    Handler,
    find_chat,
    find_message,
    find_open_chat,
)
from sandbox.model import ADMIN_STATES, PRESENT_STATES, Chat, Json
from sandbox.payloads import full_chat_json, member_json, message_json
from sandbox.people import set_status

_NO_PIN_RIGHT: Final = "not enough rights to manage pinned messages in the chat"


def get_chat(context: CallContext) -> Json:
    """The chat. The bot can look up a person who blocked it, but nobody who never started it."""
    chat = find_chat(context)
    if chat.is_private and not chat.started:
        raise bad_request("chat not found")
    return full_chat_json(context.world, chat if chat.is_private else find_open_chat(context))


def get_chat_member(context: CallContext) -> Json:
    chat = find_open_chat(context)
    user_id = context.params.integer("user_id")
    if not user_id:
        raise bad_request("invalid user_id specified")
    if user_id not in context.world.users:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return member_json(context.world, chat, user_id)


def get_chat_administrators(context: CallContext) -> list[Json]:
    """All administrators except other bots, the owner first."""
    world, chat = context.world, find_open_chat(context)
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    admins = [m for m in chat.members.values() if m.status in ADMIN_STATES]
    admins.sort(key=lambda m: m.status != "creator")
    return [
        member_json(world, chat, m.user_id)
        for m in admins
        if not world.users[m.user_id].is_bot or m.user_id == world.bot.id
    ]


def get_chat_member_count(context: CallContext) -> int:
    chat = find_open_chat(context)
    return sum(1 for member in chat.members.values() if member.status in PRESENT_STATES)


def leave_chat(context: CallContext) -> bool:
    chat = find_open_chat(context)
    if chat.is_private:
        raise bad_request("chat not found")
    set_status(context.world, chat, context.world.bot.id, "left", by=context.world.bot.id)
    return True


def _pin_chat(context: CallContext) -> Chat:
    chat = find_open_chat(context)
    if not chat.is_private and not chat.can(context.world.bot.id, "can_pin_messages"):
        raise bad_request(_NO_PIN_RIGHT)
    return chat


def pin_chat_message(context: CallContext) -> bool:
    world, chat = context.world, _pin_chat(context)
    message = find_message(context, chat, "to pin")
    if message.kind == "service":
        raise bad_request("message can't be pinned")
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)
    chat.pinned.append(message.message_id)
    pinned = message_json(world, message, depth=0)
    world.post(chat, world.bot.id, {"pinned_message": pinned}, thread_id=message.thread_id)
    return True


def unpin_chat_message(context: CallContext) -> bool:
    """Unpin the given message, else the one that was pinned last."""
    world, chat = context.world, _pin_chat(context)
    message_id = context.params.integer("message_id") or (chat.pinned[-1] if chat.pinned else None)
    if message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    world.record(chat, "unpinned", chat.messages[message_id], actor_id=world.bot.id)
    return True


def unpin_all_chat_messages(context: CallContext) -> bool:
    chat = _pin_chat(context)
    chat.pinned.clear()
    context.world.touch(chat)
    return True


TABLE: Final[dict[str, Handler]] = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": unpin_all_chat_messages,
    "getFile": get_file,
}
