"""People and groups: who exists, who is a member, who blocked the bot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.errors import WorldError
from sandbox.model import (
    GROUP,
    PRESENT_STATES,
    SUPERGROUP,
    Chat,
    Json,
    Member,
    Message,
    Topic,
    User,
)
from sandbox.payloads import chat_json, member_json, user_json
from sandbox.telling import tell_bot
from sandbox.world import World

_FIRST_USER = 5_000_000_001  # above 2^32 on purpose: ids overflow a 32-bit column
_FIRST_GROUP = 4_000_000_001
_FIRST_SUPERGROUP = 2_000_000_001


def create_user(
    world: World,
    first_name: str,
    *,
    id: int | None = None,
    last_name: str | None = None,
    username: str | None = None,
    language_code: str | None = "zh-hans",
) -> User:
    """Add a person who has not started the bot yet. Their private chat has their id."""
    if id is None:
        id = _FIRST_USER + world.next_number()
    return world.add_user(User(id, first_name, False, last_name, username, language_code))


def create_group(
    world: World,
    title: str,
    *,
    members: Sequence[int] = (),
    admins: Sequence[int] = (),
    topics: Sequence[str] = (),
    kind: str = SUPERGROUP,
    bot: str | None = "member",
) -> Chat:
    """Add a group; its first member created it. With `topics` it is a forum. `bot`: its status or None."""
    if kind not in (GROUP, SUPERGROUP) or (topics and kind == GROUP):
        raise WorldError("a group is a 'group' or a 'supergroup', and only a supergroup has topics")
    number = world.next_number()
    chat_id = -(10**12 + _FIRST_SUPERGROUP + number) if kind == SUPERGROUP else -(_FIRST_GROUP + number)
    chat = Chat(chat_id, kind, title, is_forum=bool(topics))
    people = list(dict.fromkeys([*members, *admins]))
    for position, user_id in enumerate(people):
        status = "creator" if position == 0 else "administrator" if user_id in admins else "member"
        chat.members[world.user(user_id).id] = Member(user_id, status)
    world.chats[chat.id] = chat
    creator = people[0] if people else world.bot.id
    if bot not in (None, "none"):
        set_status(world, chat, world.bot.id, bot, by=creator)
    for name in topics:
        create_topic(world, chat, creator, name)
    return chat


def create_topic(world: World, chat: Chat, user_id: int, name: str) -> Topic:
    """Open a topic in a forum. Its thread id is the id of the service message that opens it."""
    if not chat.is_forum:
        raise WorldError(f"chat {chat.id} has no topics")
    thread_id = chat.last_message_id + 1
    topic = chat.topics[thread_id] = Topic(thread_id, name)
    content = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
    tell_bot(world, chat, world.post(chat, user_id, content, thread_id=thread_id))
    return topic


def close_topic(world: World, chat: Chat, user_id: int, thread_id: int) -> None:
    if thread_id not in chat.topics:
        raise WorldError(f"no topic {thread_id} in chat {chat.id}")
    chat.topics[thread_id].closed = True
    tell_bot(world, chat, world.post(chat, user_id, {"forum_topic_closed": {}}, thread_id=thread_id))


def delete_topic(chat: Chat, thread_id: int) -> None:
    """Delete a topic and its messages. Nobody tells the bot, and it cannot write there any more."""
    if chat.topics.pop(thread_id, None) is None:
        raise WorldError(f"no topic {thread_id} in chat {chat.id}")
    for message in chat.messages.values():
        message.deleted = message.deleted or message.thread_id == thread_id
    chat.pinned = [pinned for pinned in chat.pinned if not chat.messages[pinned].deleted]


def set_status(world: World, chat: Chat, user_id: int, status: str, *, by: int) -> None:
    """Add, promote or remove a member, with the updates and service messages that follow."""
    before = member_json(world, chat, world.user(user_id).id)
    was_present = before["status"] in PRESENT_STATES
    anonymous = chat.members[user_id].anonymous if user_id in chat.members else False
    chat.members[user_id] = Member(user_id, status, anonymous)
    _tell_membership(world, chat, user_id, before, by)
    if (status in PRESENT_STATES) == was_present:
        return
    user = user_json(world.user(user_id))
    content: Json = {"left_chat_member": user} if was_present else {"new_chat_members": [user]}
    tell_bot(world, chat, world.post(chat, by, content))


def _tell_membership(world: World, chat: Chat, user_id: int, before: Json, by: int) -> None:
    update = {
        "chat": chat_json(world, chat),
        "from": user_json(world.user(by)),
        "date": world.unix(),
        "old_chat_member": before,
        "new_chat_member": member_json(world, chat, user_id),
    }
    if user_id == world.bot.id:
        world.updates.add("my_chat_member", update)
    elif world.bot_status(chat) == "administrator":
        world.updates.add("chat_member", update)


def set_blocked(world: World, user_id: int, blocked: bool) -> None:
    """Let the user stop the bot, or start it again. The bot gets my_chat_member, as from Telegram."""
    chat = world.chat(world.user(user_id).id)
    if chat.blocked == blocked:
        return
    before = member_json(world, chat, world.bot.id)
    chat.blocked = blocked
    chat.members[world.bot.id].status = "kicked" if blocked else "member"
    _tell_membership(world, chat, world.bot.id, before, user_id)
    world.record(chat, "blocked" if blocked else "unblocked", None, actor_id=user_id)


def set_anonymous(world: World, chat: Chat, user_id: int, anonymous: bool) -> None:
    member = chat.members.get(user_id)
    if member is None or member.status not in ("creator", "administrator"):
        raise WorldError(f"user {user_id} is no administrator of chat {chat.id}")
    member.anonymous = anonymous


def migrate(world: World, chat: Chat, by: int) -> Chat:
    """Turn a group into a supergroup with a new id. The old id answers 400 with ``migrate_to_chat_id``."""
    if chat.type != GROUP or chat.migrated_to is not None:
        raise WorldError(f"chat {chat.id} is no group that can be upgraded")
    new_id = -(10**12 + _FIRST_SUPERGROUP + world.next_number())
    new = Chat(new_id, SUPERGROUP, chat.title, members=dict(chat.members), migrated_from=chat.id)
    world.chats[new_id] = new
    moved: Message = world.post(chat, by, {"migrate_to_chat_id": new_id})
    tell_bot(world, chat, moved)
    chat.migrated_to = new_id
    arrived: Message = world.post(new, by, {"migrate_from_chat_id": chat.id})
    tell_bot(world, new, arrived)
    return new


def describe_chat(world: World, chat: Chat) -> Json:
    """The control API's picture of a chat."""
    topics: dict[str, Any] = {topic.name: topic.thread_id for topic in chat.topics.values()}
    return {
        "id": chat.id,
        "type": chat.type,
        "title": chat.title or world.users[chat.id].first_name if chat.is_private else chat.title,
        "topics": topics,
        "members": {str(m.user_id): m.status for m in chat.members.values()},
        "pinned": list(chat.pinned),
        "blocked": chat.blocked,
        "started": chat.started,
        "migrated_to": chat.migrated_to,
    }
