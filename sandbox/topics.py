"""The topics of a forum, with the service messages that follow. The thread id 1 is the general topic."""

from __future__ import annotations

from sandbox.errors import WorldError
from sandbox.model import GENERAL_THREAD, TOPIC_COLOR, Chat, Json, Topic
from sandbox.telling import tell_bot
from sandbox.world import World


def find_topic(chat: Chat, thread_id: int) -> Topic | None:
    """The topic with that thread id, if the chat has it; the general topic is always there."""
    return chat.general if thread_id == GENERAL_THREAD else chat.topics.get(thread_id)


def topic_of(chat: Chat, thread_id: int) -> Topic:
    """The topic with that thread id. Raises WorldError if there is none."""
    topic = find_topic(chat, thread_id) if chat.is_forum else None
    if topic is None:
        raise WorldError(f"no topic {thread_id} in chat {chat.id}")
    return topic


def create_topic(
    world: World,
    chat: Chat,
    user_id: int,
    name: str,
    *,
    icon_color: int = TOPIC_COLOR,
    icon_custom_emoji_id: str | None = None,
) -> Topic:
    """Open a topic in a forum. Its thread id is the id of the service message that opens it."""
    if not chat.is_forum:
        raise WorldError(f"chat {chat.id} has no topics")
    thread_id = chat.last_message_id + 1
    topic = Topic(
        thread_id,
        name,
        icon_color=icon_color,
        icon_custom_emoji_id=icon_custom_emoji_id,
        creator_id=user_id,
    )
    chat.topics[thread_id] = topic
    icon = {"icon_custom_emoji_id": icon_custom_emoji_id} if icon_custom_emoji_id else {}
    created = {"name": name, "icon_color": icon_color} | icon
    _tell(world, chat, user_id, topic, {"forum_topic_created": created})
    return topic


def edit_topic(
    world: World,
    chat: Chat,
    user_id: int,
    thread_id: int,
    *,
    name: str | None = None,
    icon_custom_emoji_id: str | None = None,
) -> None:
    """Give a topic another name or icon; None leaves it, an empty icon takes it away."""
    topic = topic_of(chat, thread_id)
    changed: Json = {}
    if name is not None and name != topic.name:
        topic.name = changed["name"] = name
    if icon_custom_emoji_id is not None and icon_custom_emoji_id != (topic.icon_custom_emoji_id or ""):
        changed["icon_custom_emoji_id"] = icon_custom_emoji_id
        topic.icon_custom_emoji_id = icon_custom_emoji_id or None
    if not changed:
        raise WorldError(f"topic {thread_id} has this name and icon already")
    _tell(world, chat, user_id, topic, {"forum_topic_edited": changed})


def close_topic(world: World, chat: Chat, user_id: int, thread_id: int) -> None:
    """Close a topic, so that only its creator and those who manage topics may write there."""
    topic = topic_of(chat, thread_id)
    topic.closed = True
    _tell(world, chat, user_id, topic, {"forum_topic_closed": {}})


def reopen_topic(world: World, chat: Chat, user_id: int, thread_id: int) -> None:
    """Open a closed topic again. The general topic is shown again, too."""
    topic = topic_of(chat, thread_id)
    topic.closed = topic.hidden = False
    _tell(world, chat, user_id, topic, {"forum_topic_reopened": {}})


def hide_general(world: World, chat: Chat, user_id: int) -> None:
    """Hide the general topic, which closes it."""
    topic = topic_of(chat, GENERAL_THREAD)
    topic.closed = topic.hidden = True
    _tell(world, chat, user_id, topic, {"general_forum_topic_hidden": {}})


def unhide_general(world: World, chat: Chat, user_id: int) -> None:
    """Show the general topic again. It stays closed."""
    topic = topic_of(chat, GENERAL_THREAD)
    topic.hidden = False
    _tell(world, chat, user_id, topic, {"general_forum_topic_unhidden": {}})


def delete_topic(world: World, chat: Chat, thread_id: int) -> None:
    """Delete a topic and its messages. Nobody tells the bot, and it cannot write there any more."""
    if chat.topics.pop(thread_id, None) is None:
        raise WorldError(f"no topic {thread_id} in chat {chat.id}")
    for message in chat.messages.values():
        message.deleted = message.deleted or message.thread_id == thread_id
    chat.pinned = [pinned for pinned in chat.pinned if not chat.messages[pinned].deleted]
    world.touch(chat)


def may_write(chat: Chat, user_id: int, thread_id: int | None) -> bool:
    """Whether the topic is open for the user: a closed one is so for its creator and who manages topics."""
    topic = find_topic(chat, thread_id or GENERAL_THREAD) if chat.is_forum else None
    if topic is None or not topic.closed:
        return True
    return topic.creator_id == user_id or chat.can(user_id, "can_manage_topics")


def _tell(world: World, chat: Chat, user_id: int, topic: Topic, content: Json) -> None:
    thread = None if topic.thread_id == GENERAL_THREAD else topic.thread_id
    tell_bot(world, chat, world.post(chat, user_id, content, thread_id=thread))
