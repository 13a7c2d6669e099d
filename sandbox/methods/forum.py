"""The methods of forum topics, with the checks of Telegram's own library (TDLib, ForumTopicManager)."""

from __future__ import annotations

from typing import Final

from sandbox import topics
from sandbox.errors import bad_request
from sandbox.methods.context import CallContext, Handler, find_open_chat
from sandbox.model import GENERAL_THREAD, TOPIC_COLOR, Chat, Json, Topic
from sandbox.text import clean_text

MAX_NAME: Final = 128
_EDITING: Final = "not enough rights to edit the topic"
_CLOSING: Final = "not enough rights to close or open the topic"
_DELETING: Final = "not enough rights to delete the topic"
_PINNING: Final = "not enough rights to manage pinned messages in the chat"


def _forum(context: CallContext) -> Chat:
    chat = find_open_chat(context)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    return chat


def _name(context: CallContext) -> str:
    return clean_text(context.params.text("name") or "").replace("\n", " ").strip()[:MAX_NAME].strip()


def _bot_can(context: CallContext, chat: Chat, right: str) -> bool:
    return chat.can(context.world.bot.id, right)


def _topic(context: CallContext, chat: Chat, refusal: str) -> Topic:
    """The topic of the call, if the bot may change it: it manages topics or created this one."""
    thread_id = context.params.integer("message_thread_id") or 0
    if thread_id <= 0:
        raise bad_request("invalid forum topic identifier specified")
    topic = topics.find_topic(chat, thread_id)
    own = topic is not None and topic.creator_id == context.world.bot.id
    if not own and not _bot_can(context, chat, "can_manage_topics"):
        raise bad_request(refusal)
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


def _general(context: CallContext, refusal: str) -> Chat:
    chat = _forum(context)
    if not _bot_can(context, chat, "can_manage_topics"):
        raise bad_request(refusal)
    return chat


def create_forum_topic(context: CallContext) -> Json:
    chat = _forum(context)
    if not _bot_can(context, chat, "can_manage_topics"):
        raise bad_request("not enough rights to create a topic")
    name = _name(context)
    if not name:
        raise bad_request("title must be non-empty")
    color = context.params.integer("icon_color") or TOPIC_COLOR
    if not 0 <= color <= 0xFFFFFF:
        raise bad_request("invalid icon color specified")
    emoji = context.params.text("icon_custom_emoji_id") or None
    bot = context.world.bot.id
    topic = topics.create_topic(context.world, chat, bot, name, icon_color=color, icon_custom_emoji_id=emoji)
    answer: Json = {"message_thread_id": topic.thread_id, "name": name, "icon_color": color}
    return answer | ({"icon_custom_emoji_id": emoji} if emoji else {})


def edit_forum_topic(context: CallContext) -> bool:
    chat = _forum(context)
    topic = _topic(context, chat, _EDITING)
    return _edit(context, chat, topic, context.params.text("icon_custom_emoji_id"))


def edit_general_forum_topic(context: CallContext) -> bool:
    chat = _general(context, _EDITING)
    return _edit(context, chat, chat.general, None)


def _edit(context: CallContext, chat: Chat, topic: Topic, emoji: str | None) -> bool:
    """An empty name keeps the old one; with no icon either, nothing happens, and that is no error."""
    name = _name(context)
    if context.params.text("name") and not name:
        raise bad_request("title must be non-empty")
    if not name and emoji is None:
        return True
    if name in ("", topic.name) and emoji in (None, topic.icon_custom_emoji_id or ""):
        raise bad_request("TOPIC_NOT_MODIFIED")
    world = context.world
    topics.edit_topic(
        world, chat, world.bot.id, topic.thread_id, name=name or None, icon_custom_emoji_id=emoji
    )
    return True


def close_forum_topic(context: CallContext) -> bool:
    chat = _forum(context)
    return _close(context, chat, _topic(context, chat, _CLOSING))


def reopen_forum_topic(context: CallContext) -> bool:
    chat = _forum(context)
    return _reopen(context, chat, _topic(context, chat, _CLOSING))


def close_general_forum_topic(context: CallContext) -> bool:
    chat = _general(context, _CLOSING)
    return _close(context, chat, chat.general)


def reopen_general_forum_topic(context: CallContext) -> bool:
    chat = _general(context, _CLOSING)
    return _reopen(context, chat, chat.general)


def _close(context: CallContext, chat: Chat, topic: Topic) -> bool:
    if topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topics.close_topic(context.world, chat, context.world.bot.id, topic.thread_id)
    return True


def _reopen(context: CallContext, chat: Chat, topic: Topic) -> bool:
    if not topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topics.reopen_topic(context.world, chat, context.world.bot.id, topic.thread_id)
    return True


def hide_general_forum_topic(context: CallContext) -> bool:
    chat = _general(context, _CLOSING)
    if chat.general.hidden:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topics.hide_general(context.world, chat, context.world.bot.id)
    return True


def unhide_general_forum_topic(context: CallContext) -> bool:
    chat = _general(context, _CLOSING)
    if not chat.general.hidden:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topics.unhide_general(context.world, chat, context.world.bot.id)
    return True


def delete_forum_topic(context: CallContext) -> bool:
    """Delete a topic with its messages, which needs can_delete_messages, even for the bot's own topic."""
    chat = _forum(context)
    thread_id = context.params.integer("message_thread_id") or 0
    if thread_id <= 0:
        raise bad_request("invalid forum topic identifier specified")
    if not _bot_can(context, chat, "can_delete_messages"):
        raise bad_request(_DELETING)
    if thread_id not in chat.topics:
        raise bad_request("TOPIC_ID_INVALID")
    topics.delete_topic(context.world, chat, thread_id)
    return True


def unpin_all_forum_topic_messages(context: CallContext) -> bool:
    thread_id = context.params.integer("message_thread_id") or 0
    chat = _pinned(context)
    if thread_id <= 0:
        raise bad_request("invalid forum topic identifier specified")
    if topics.find_topic(chat, thread_id) is None:
        raise bad_request("TOPIC_ID_INVALID")
    return _unpin(context, chat, thread_id)


def unpin_all_general_forum_topic_messages(context: CallContext) -> bool:
    return _unpin(context, _pinned(context), GENERAL_THREAD)


def _pinned(context: CallContext) -> Chat:
    chat = find_open_chat(context)
    if not chat.is_forum:
        raise bad_request("chat doesn't have topics")
    if not _bot_can(context, chat, "can_pin_messages"):
        raise bad_request(_PINNING)
    return chat


def _unpin(context: CallContext, chat: Chat, thread_id: int) -> bool:
    chat.pinned = [
        one for one in chat.pinned if (chat.messages[one].thread_id or GENERAL_THREAD) != thread_id
    ]
    context.world.touch(chat)
    return True


def get_forum_topic_icon_stickers(context: CallContext) -> list[Json]:
    """No stickers: the sandbox has no custom emoji."""
    return []


TABLE: Final[dict[str, Handler]] = {
    "createForumTopic": create_forum_topic,
    "editForumTopic": edit_forum_topic,
    "closeForumTopic": close_forum_topic,
    "reopenForumTopic": reopen_forum_topic,
    "deleteForumTopic": delete_forum_topic,
    "unpinAllForumTopicMessages": unpin_all_forum_topic_messages,
    "editGeneralForumTopic": edit_general_forum_topic,
    "closeGeneralForumTopic": close_general_forum_topic,
    "reopenGeneralForumTopic": reopen_general_forum_topic,
    "hideGeneralForumTopic": hide_general_forum_topic,
    "unhideGeneralForumTopic": unhide_general_forum_topic,
    "unpinAllGeneralForumTopicMessages": unpin_all_general_forum_topic_messages,
    "getForumTopicIconStickers": get_forum_topic_icon_stickers,
}
