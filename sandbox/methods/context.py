"""The context of a call, and how a method finds its chat, its message and its texts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.entities import read_entities
from sandbox.errors import ApiError, bad_request, forbidden
from sandbox.html import parse_html
from sandbox.model import CHANNEL, PRESENT_STATES, Chat, Json, Message
from sandbox.params import Params
from sandbox.payloads import user_json
from sandbox.text import clean_text, detect, trim
from sandbox.world import World

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
_PLURALS: Final = {
    "text": "text messages",
    "photo": "photos",
    "video": "videos",
    "document": "documents",
    "voice": "voice notes",
    "audio": "music",
    "animation": "animations",
    "video_note": "video notes",
    "sticker": "stickers",
    "location": "locations",
    "venue": "venues",
    "contact": "contacts",
    "poll": "polls",
}


@dataclass(slots=True)
class CallContext:
    """One call: the world, the parameters, and the method's name as the program wrote it."""

    world: World
    params: Params
    method: str


Handler = Callable[[CallContext], Any | Awaitable[Any]]


def find_chat(context: CallContext, name: str = "chat_id") -> Chat:
    """The chat of the call, if the bot can know it. Else raises ApiError 400."""
    world, value = context.world, context.params.text(name)
    if not value:
        raise bad_request(f"{name} is empty")
    if value.startswith("@"):
        chat = next((c for c in world.chats.values() if c.username and c.username == value[1:]), None)
    else:
        chat = world.chats.get(context.params.integer(name) or 0)
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.migrated_to},
        )
    return chat


def find_open_chat(context: CallContext) -> Chat:
    """The chat of the call, if the bot may write there. Else ApiError 403: blocked, removed, not invited."""
    chat = find_chat(context)
    if chat.is_private:
        if context.world.users[chat.id].deactivated:
            raise forbidden("user is deactivated")
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat
    status = context.world.bot_status(chat)
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    if status not in PRESENT_STATES:
        raise forbidden(f"bot is not a member of the {chat.type} chat")
    return chat


def check_rights(context: CallContext, chat: Chat, kind: str) -> None:
    """Raise ApiError 400 if the bot is restricted, or an administrator of a channel who may not post."""
    bot = context.world.bot.id
    if chat.type == CHANNEL and not chat.can(bot, "can_post_messages"):
        raise bad_request("need administrator rights in the channel chat")
    if chat.status_of(bot) == "restricted":
        raise bad_request(f"not enough rights to send {_PLURALS.get(kind, kind)} to the chat")


def find_message(context: CallContext, chat: Chat, purpose: str, name: str = "message_id") -> Message:
    """The message of the call. Raises ApiError 400 "message `purpose` not found" if it is not there."""
    message_id = context.params.integer(name)
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(message_id)
    if message is None or message.deleted:
        raise bad_request(f"message {purpose} not found")
    return message


def formatted(
    context: CallContext, source: str, given: Any, parse_mode: str | None
) -> tuple[str, list[Json]]:
    """The plain text and the entities of what the bot wrote. Raises ApiError 400 if it cannot be parsed."""
    mode = (parse_mode or "").lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode in ("", "none"):
        text, entities = source, read_entities(given)
    else:
        raise bad_request("unsupported parse_mode")
    text = clean_text(text)
    text, entities = trim(text, entities)
    return text, _with_people(context.world, detect(text, entities))


def _with_people(world: World, entities: list[Json]) -> list[Json]:
    known = []
    for entity in entities:
        if entity["type"] == "text_mention":
            user = world.users.get(entity["user"]["id"])
            if user is None:
                continue
            entity = entity | {"user": user_json(user)}
        known.append(entity)
    return known
