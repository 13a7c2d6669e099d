"""What people do in chats: write, send, edit, press, react, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox import media
from sandbox.errors import WorldError
from sandbox.methods.attachments import document
from sandbox.model import (
    ADMIN_STATES,
    CHANNEL,
    GROUP_ANONYMOUS_BOT_ID,
    PRESENT_STATES,
    CallbackQuery,
    Chat,
    Json,
    Message,
)
from sandbox.payloads import callback_json, chat_json, user_json
from sandbox.people import set_blocked
from sandbox.telling import tell_bot
from sandbox.text import clean_text, detect, trim
from sandbox.topics import may_write
from sandbox.world import World


def say(
    world: World,
    chat_id: int,
    user_id: int,
    content: Json,
    *,
    reply_to: int | None = None,
    thread: int | None = None,
    anonymous: bool | None = None,
    forward_from: Sequence[int] | None = None,
    media_group_id: str | None = None,
) -> Message:
    """Put a person's message into a chat and tell the bot what it may see.

    `anonymous` None follows the member's own setting. `forward_from`: the (chat, message) from which it
    stems. Raises WorldError for a chat in which the person is not, and for unknown topics and messages.
    """
    chat = _chat_of(world, chat_id, user_id)
    replied = world.message(chat_id, reply_to) if reply_to else None
    if thread is not None and thread not in chat.topics:
        raise WorldError(f"no topic {thread} in chat {chat_id}; there are {sorted(chat.topics)}")
    thread = thread if thread is not None else replied.thread_id if replied else None
    if not may_write(chat, user_id, thread):
        raise WorldError(f"topic {thread or 1} in chat {chat_id} is closed for user {user_id}")
    hidden = _is_hidden(chat, user_id, anonymous)
    message = world.post(
        chat,
        GROUP_ANONYMOUS_BOT_ID if hidden else user_id,
        content,
        sender_chat_id=chat.id if hidden or chat.type == CHANNEL else None,
        reply_to=reply_to,
        thread_id=thread,
        media_group_id=media_group_id,
        forward_origin=_origin(world, forward_from),
    )
    tell_bot(world, chat, message)
    return message


def _is_hidden(chat: Chat, user_id: int, anonymous: bool | None) -> bool:
    """Whether the person writes as the group. In a channel only administrators write, as the channel."""
    member = chat.members[user_id]
    hidden = member.anonymous if anonymous is None else anonymous
    if hidden and member.status not in ADMIN_STATES:
        raise WorldError(f"user {user_id} is no administrator of chat {chat.id} and cannot write anonymously")
    if chat.type == CHANNEL and member.status not in ADMIN_STATES:
        raise WorldError(f"user {user_id} is no administrator of channel {chat.id}")
    return hidden and chat.type != CHANNEL


def _chat_of(world: World, chat_id: int, user_id: int) -> Chat:
    chat, user = world.chat(chat_id), world.user(user_id)
    if user.deactivated:
        raise WorldError(f"user {user_id} has deleted their account")
    if chat.migrated_to is not None:
        raise WorldError(f"chat {chat_id} was upgraded to {chat.migrated_to}")
    if chat.status_of(user.id) not in PRESENT_STATES:
        raise WorldError(f"user {user_id} is not a member of chat {chat_id}")
    if chat.is_private:
        chat.started = True
        set_blocked(world, user_id, False)
    return chat


def _origin(world: World, source: Sequence[int] | None) -> Json | None:
    if source is None:
        return None
    original = world.message(*source)
    if original.forward_origin is not None:
        return original.forward_origin
    origin = {
        "type": "user",
        "date": original.date,
        "sender_user": user_json(world.users[original.sender_id]),
    }
    if original.sender_chat_id is not None:
        shown = chat_json(world, world.chats[original.sender_chat_id])
        origin = {"type": "chat", "date": original.date, "sender_chat": shown}
    return origin


def text_content(text: str, name: str = "text") -> Json:
    """Cleaned and trimmed text with the entities that Telegram finds. Raises WorldError for an empty text."""
    plain, _ = trim(clean_text(text), [])
    if not plain:
        raise WorldError("an empty text cannot be sent")
    entities = detect(plain)
    key = "entities" if name == "text" else "caption_entities"
    return {name: plain} | ({key: entities} if entities else {})


def caption_content(caption: str | None) -> Json:
    return text_content(caption, "caption") if caption and caption.strip() else {}


def photo_content(world: World, data: bytes | None, caption: str | None, size: int | None = None) -> Json:
    """A photo of these bytes, or a generated one."""
    body = media.generate_png(f"{caption}{world.next_number()}") if data is None else data
    return {"photo": media.photo_sizes(world.files, body, size=size)} | caption_content(caption)


def document_content(
    world: World,
    name: str,
    data: bytes | None,
    caption: str | None,
    *,
    mime: str | None = None,
    size: int | None = None,
) -> Json:
    body = f"{name}\n".encode() if data is None else data
    return {"document": document(world.files, body, name, mime, size=size)} | caption_content(caption)


def other_content(world: World, kind: str, fields: Json | None, caption: str | None) -> Json:
    """A video, voice, sticker, contact, poll, venue, location, dice, … with plausible or the given fields."""
    base = _OTHER.get(kind)
    if base is None:
        raise WorldError(f"unknown kind {kind!r}; there are {', '.join(sorted(_OTHER))}")
    value = dict(base)
    if kind in _WITH_FILE:
        stored = world.files.add(kind, f"{kind} {world.next_number()}".encode(), name=_WITH_FILE[kind])
        value |= media.file_fields(stored)
    value |= fields or {}
    if kind in _WITH_FILE:
        world.files.remember(value["file_id"], value)
    extra = {"location": value["location"]} if kind == "venue" else {}
    return {kind: value} | extra | caption_content(caption)


_WITH_FILE = {
    "video": "video.mp4",
    "voice": "voice.oga",
    "audio": "audio.mp3",
    "animation": "animation.mp4",
    "video_note": "note.mp4",
    "sticker": "sticker.webp",
}
_PLACE: Json = {"latitude": 31.2304, "longitude": 121.4737}
_OTHER: dict[str, Json] = {
    "video": {"width": 1280, "height": 720, "duration": 12, "mime_type": "video/mp4"},
    "voice": {"duration": 4, "mime_type": "audio/ogg"},
    "audio": {"duration": 60, "mime_type": "audio/mpeg"},
    "animation": {"width": 320, "height": 240, "duration": 3, "mime_type": "video/mp4"},
    "video_note": {"length": 240, "duration": 5},
    "sticker": {
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": "👍",
    },
    "location": _PLACE,
    "venue": {"location": _PLACE, "title": "人民广场", "address": "人民大道"},
    "contact": {"phone_number": "+8613800000000", "first_name": "联系人"},
    "dice": {"emoji": "🎲", "value": 4},
    "poll": {
        "id": "1",
        "question": "?",
        "options": [
            {"persistent_id": "1", "text": "1", "voter_count": 0},
            {"persistent_id": "2", "text": "2", "voter_count": 0},
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
    },
}


def edit(world: World, chat_id: int, user_id: int, message_id: int, text: str) -> Message:
    """Edit the text or the caption of a person's own message."""
    chat, message = _chat_of(world, chat_id, user_id), world.message(chat_id, message_id)
    if message.sender_id != user_id or message.deleted:
        raise WorldError(f"message {message_id} is not one that user {user_id} can edit")
    name = "text" if message.kind == "text" else "caption"
    kept = {k: v for k, v in message.content.items() if k not in (name, "entities", "caption_entities")}
    message.content = kept | text_content(text, name)
    message.edit_date = world.unix()
    world.record(chat, "edited", message, actor_id=user_id)
    tell_bot(world, chat, message, "edited_message")
    return message


def delete(world: World, chat_id: int, user_id: int, message_id: int) -> None:
    """Delete a message. Telegram tells bots nothing about that."""
    world.delete(world.chat(chat_id), world.message(chat_id, message_id), by=user_id)


def react(world: World, chat_id: int, user_id: int, message_id: int, emoji: str | None) -> None:
    """Set a reaction, or take it back (None). A bot that asked for it and is an administrator learns it."""
    chat, message = _chat_of(world, chat_id, user_id), world.message(chat_id, message_id)
    before = message.reactions.get(user_id, [])
    message.reactions[user_id] = [{"type": "emoji", "emoji": emoji}] if emoji else []
    world.record(chat, "reacted", message, actor_id=user_id, text=emoji or "")
    if chat.is_private or world.bot_status(chat) in ADMIN_STATES:
        update: dict[str, Any] = {
            "chat": chat_json(world, chat),
            "message_id": message_id,
            "user": user_json(world.user(user_id)),
            "date": world.unix(),
            "old_reaction": before,
            "new_reaction": message.reactions[user_id],
        }
        world.updates.add("message_reaction", update)


def press(
    world: World, chat_id: int, user_id: int, message_id: int, button: str | int, *, force: bool = False
) -> tuple[Json, CallbackQuery | None]:
    """Press an inline button, named by its label, its callback data or its place (0 is the first).

    A part of a label is enough if only one button has it. With `force` the button may be one that the
    message had before, the message may be gone, and any other string is sent as (forged) callback data.
    Returns the button and the query, which is None for a link and for words to copy. Raises WorldError if
    there is no such button.
    """
    chat = _chat_of(world, chat_id, user_id)
    message = chat.messages.get(message_id)
    if (message is None or message.deleted) and not force:
        raise WorldError(f"no message {message_id} in chat {chat_id}")
    found = _find_button(message, button, force)
    if "callback_data" not in found:
        world.record(chat, "pressed", message, actor_id=user_id, text=str(found.get("text", "")))
        return found, None
    number = 4_000_000_000_000_000_000 + world.next_number()
    query = CallbackQuery(
        str(number), user_id, chat_id, message_id, found["callback_data"], world.clock.now()
    )
    world.add_callback(query)
    label = str(found.get("text", found["callback_data"]))
    world.record(chat, "pressed", None, actor_id=user_id, text=label)
    world.updates.add("callback_query", callback_json(world, query))
    return found, query


def _find_button(message: Message | None, wanted: str | int, force: bool) -> Json:
    markups = [message.reply_markup or {}] if message else []
    if message is not None and force:
        markups += reversed(message.past_markups)
    for markup in markups:
        buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
        found = _pick(buttons, wanted)
        if found is not None:
            return found
    if force and isinstance(wanted, str):
        return {"callback_data": wanted}
    there = [b["text"] for row in message.buttons() for b in row] if message else []
    raise WorldError(f"no button {wanted!r}; there are {there}")


def _pick(buttons: list[Json], wanted: str | int) -> Json | None:
    if isinstance(wanted, int):
        return buttons[wanted] if 0 <= wanted < len(buttons) else None
    for fits in (
        [b for b in buttons if b["text"] == wanted],
        [b for b in buttons if b.get("callback_data") == wanted],
    ):
        if fits:
            return fits[0]
    parts = [b for b in buttons if wanted in b["text"]]
    return parts[0] if len(parts) == 1 else None
