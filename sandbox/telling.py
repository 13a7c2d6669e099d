"""Telegram's privacy mode: the messages of which the bot learns."""

from __future__ import annotations

from sandbox.model import ADMIN_STATES, CHANNEL, PRESENT_STATES, Chat, Json, Message
from sandbox.payloads import message_json
from sandbox.text import slice_utf16
from sandbox.world import World


def tell_bot(world: World, chat: Chat, message: Message, kind: str = "message") -> int | None:
    """Queue an update for the bot if Telegram would let it see `message`. Returns the update_id."""
    if not _is_visible(world, chat, message):
        return None
    if chat.type == CHANNEL:
        kind = "channel_post" if kind == "message" else "edited_channel_post"
    return world.updates.add(kind, message_json(world, message))


def _is_visible(world: World, chat: Chat, message: Message) -> bool:
    """Whether the bot sees the message: without rights only commands, mentions, replies, service messages."""
    status = world.bot_status(chat)
    if status not in PRESENT_STATES:
        return False
    if message.sender_id == world.bot.id:
        # A bot does hear what it did to the topics of a forum, unlike what it wrote.
        return any("forum_topic" in name for name in message.content)
    if chat.is_private or status in ADMIN_STATES or message.kind == "service":
        return True
    replied = chat.message(message.reply_to)
    return (replied is not None and replied.sender_id == world.bot.id) or _is_addressed(world, message)


def _is_addressed(world: World, message: Message) -> bool:
    name = f"@{world.bot.username}".lower()
    entities: list[Json] = message.content.get("entities") or message.content.get("caption_entities") or []
    for entity in entities:
        part = slice_utf16(message.words, entity["offset"], entity["length"]).lower()
        if entity["type"] == "mention" and part == name:
            return True
        if entity["type"] == "text_mention" and entity["user"]["id"] == world.bot.id:
            return True
        if (
            entity["type"] == "bot_command"
            and entity["offset"] == 0
            and ("@" not in part or part.endswith(name))
        ):
            return True
    return False
