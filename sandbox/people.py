"""People and groups: who exists, who is a member, who blocked the bot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.errors import WorldError
from sandbox.model import (
    CHANNEL,
    GROUP,
    PRESENT_STATES,
    SUPERGROUP,
    Chat,
    Json,
    Member,
    Message,
    User,
)
from sandbox.payloads import chat_json, member_json, user_json
from sandbox.telling import tell_bot
from sandbox.topics import create_topic
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
    """Add a group or a channel (`kind`); its first member created it. With `topics` it is a forum.

    `bot` is the bot's status, or None. In a channel it is there as an administrator or not at all.
    """
    if kind not in (GROUP, SUPERGROUP, CHANNEL) or (topics and kind != SUPERGROUP):
        raise WorldError("a group is a 'group', 'supergroup' or 'channel', and only a supergroup has topics")
    if kind == CHANNEL and bot == "member":
        bot = "administrator"
    number = world.next_number()
    chat_id = -(_FIRST_GROUP + number) if kind == GROUP else -(10**12 + _FIRST_SUPERGROUP + number)
    chat = Chat(chat_id, kind, title, is_forum=bool(topics))
    people = list(dict.fromkeys([*members, *admins]))
    for position, user_id in enumerate(people):
        status = "creator" if position == 0 else "administrator" if user_id in admins else "member"
        chat.members[world.user(user_id).id] = Member(user_id, status)
    world.add_chat(chat)
    creator = people[0] if people else world.bot.id
    if bot not in (None, "none"):
        set_status(world, chat, world.bot.id, bot, by=creator)
    for name in topics:
        create_topic(world, chat, creator, name)
    return chat


def set_status(
    world: World, chat: Chat, user_id: int, status: str, *, by: int, without: Iterable[str] = ()
) -> None:
    """Add, promote or remove a member, with the updates and service messages that follow.

    `without` names rights that an administrator does not get, such as can_manage_topics.
    """
    before = member_json(world, chat, world.user(user_id).id)
    was_present = before["status"] in PRESENT_STATES
    anonymous = chat.members[user_id].anonymous if user_id in chat.members else False
    chat.members[user_id] = Member(user_id, status, anonymous, without=frozenset(without))
    world.touch(chat)
    _tell_membership(world, chat, user_id, before, by)
    if (status in PRESENT_STATES) == was_present or chat.type == CHANNEL:
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
    world.touch(chat)


def deactivate(world: World, user_id: int) -> None:
    """Delete the person's account for good. Nobody tells the bot; its messages to them get 403."""
    user = world.user(user_id)
    if user.is_bot:
        raise WorldError("only a person's account can be deleted")
    if user.deactivated:
        return
    user.deactivated = True
    world.record(world.chat(user_id), "deactivated", None, actor_id=user_id)
    for chat in world.chats.values():
        if user_id in chat.members:
            world.touch(chat)


def migrate(world: World, chat: Chat, by: int) -> Chat:
    """Turn a group into a supergroup with a new id. The old id answers 400 with ``migrate_to_chat_id``."""
    if chat.type != GROUP or chat.migrated_to is not None:
        raise WorldError(f"chat {chat.id} is no group that can be upgraded")
    new_id = -(10**12 + _FIRST_SUPERGROUP + world.next_number())
    new = Chat(new_id, SUPERGROUP, chat.title, members=dict(chat.members), migrated_from=chat.id)
    world.add_chat(new)
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
