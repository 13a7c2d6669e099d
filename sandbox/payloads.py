"""The Bot API's JSON shapes for the parts of a world."""

from __future__ import annotations

from typing import Final

from sandbox.model import ADMIN_STATES, CHANNEL, SUPERGROUP, CallbackQuery, Chat, Json, Message, User
from sandbox.world import World

_ADMIN_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_pin_messages",
    "can_manage_topics",
)
_CHANNEL_RIGHTS: Final = ("can_post_messages", "can_edit_messages")
_PERMISSIONS: Final = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)
_GIFTS: Final = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def user_json(user: User) -> Json:
    if user.deactivated:  # a deleted account has no name any more
        return {"id": user.id, "is_bot": False, "first_name": ""}
    optional = {"last_name": user.last_name, "username": user.username, "language_code": user.language_code}
    fields = {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name}
    return fields | {name: value for name, value in optional.items() if value}


def chat_json(world: World, chat: Chat) -> Json:
    fields: Json = {"id": chat.id, "type": chat.type}
    if chat.is_private:
        shown = user_json(world.users[chat.id])
        names = {name: shown.get(name) for name in ("first_name", "last_name", "username")}
    else:
        names = {"title": chat.title, "username": chat.username}
        if chat.is_forum:
            fields["is_forum"] = True
    return fields | {name: value for name, value in names.items() if value}


def full_chat_json(world: World, chat: Chat) -> Json:
    """ChatFullInfo, the answer of getChat."""
    fields = chat_json(world, chat) | {
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, True),
    }
    if not chat.is_private:
        fields["permissions"] = dict.fromkeys(_PERMISSIONS, True) | {"can_manage_topics": not chat.is_forum}
    if chat.pinned:
        fields["pinned_message"] = message_json(world, chat.messages[chat.pinned[-1]], depth=0)
    return fields


def message_json(world: World, message: Message, *, depth: int = 1) -> Json:
    """A Message. `depth` is the number of levels of replies in it: one, as at Telegram."""
    chat = world.chats[message.chat_id]
    fields: Json = {
        "message_id": message.message_id,
        "from": user_json(world.users[message.sender_id]),
        "chat": chat_json(world, chat),
        "date": message.date,
    }
    if chat.type == CHANNEL:
        del fields["from"]
    optional = {
        "sender_chat": chat_json(world, world.chats[message.sender_chat_id])
        if message.sender_chat_id
        else None,
        "message_thread_id": message.thread_id or _reply_thread(chat, message),
        "is_topic_message": True if message.thread_id and chat.is_forum else None,
        "edit_date": message.edit_date,
        "media_group_id": message.media_group_id,
        "forward_origin": message.forward_origin,
        "has_protected_content": True if message.protected else None,
        "reply_markup": message.reply_markup,
    }
    fields |= {name: value for name, value in optional.items() if value is not None}
    # If a message replies to no other, Telegram shows the one that opened the topic as the one replied to.
    replied = chat.message(message.reply_to or message.thread_id)
    if depth and replied is not None and not replied.deleted and replied is not message:
        fields["reply_to_message"] = message_json(world, replied, depth=depth - 1)
    return fields | message.content


def _reply_thread(chat: Chat, message: Message) -> int | None:
    """The id of the first message in a chain of replies: the thread in a supergroup without topics."""
    if chat.type != SUPERGROUP or chat.is_forum or message.reply_to is None:
        return None
    root = message
    while root.reply_to is not None and root.reply_to in chat.messages:
        root = chat.messages[root.reply_to]
    return root.message_id


def member_json(world: World, chat: Chat, user_id: int) -> Json:
    """A ChatMember by status. A person who was never there has ``left``."""
    member = chat.members.get(user_id)
    status = member.status if member else "left"
    fields: Json = {"user": user_json(world.users[user_id]), "status": status}
    if member is not None and status in ADMIN_STATES:
        fields["is_anonymous"] = member.anonymous
        if member.title:
            fields["custom_title"] = member.title
    if status == "administrator":
        rights = _ADMIN_RIGHTS + (_CHANNEL_RIGHTS if chat.type == CHANNEL else ())
        fields |= {"can_be_edited": False} | {right: chat.can(user_id, right) for right in rights}
    elif status == "restricted":
        fields |= {"is_member": True, "until_date": 0} | dict.fromkeys(_PERMISSIONS, False)
    elif status == "kicked":
        fields["until_date"] = 0
    return fields


def callback_json(world: World, query: CallbackQuery) -> Json:
    """A CallbackQuery. A message that is gone shows as an inaccessible one, dated 0."""
    message = world.chats[query.chat_id].messages.get(query.message_id)
    if message is None or message.deleted:
        chat = chat_json(world, world.chats[query.chat_id])
        shown: Json = {"chat": chat, "message_id": query.message_id, "date": 0}
    else:
        shown = message_json(world, message)
    return {
        "id": query.id,
        "from": user_json(world.users[query.user_id]),
        "message": shown,
        "chat_instance": str(-(query.chat_id * 7919)),
        "data": query.data,
    }
