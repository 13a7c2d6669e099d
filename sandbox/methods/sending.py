"""The methods that send.

They are sendMessage, sendPhoto, sendVideo, sendVoice, sendDocument, sendMediaGroup, copyMessage,
forwardMessage and sendChatAction; `sandbox.methods.places` has some more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.errors import bad_request
from sandbox.methods.attachments import media_content
from sandbox.methods.context import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    CallContext,
    Handler,
    check_rights,
    find_message,
    find_open_chat,
    formatted,
)
from sandbox.methods.markup import read_markup
from sandbox.model import CHANNEL, Chat, Json, Message
from sandbox.params import Params
from sandbox.payloads import chat_json, message_json, user_json
from sandbox.text import utf16_length
from sandbox.topics import may_write

MAX_ALBUM: Final = 10
_ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


@dataclass(slots=True)
class Envelope:
    """The address of a message, and what surrounds its content."""

    chat: Chat
    fields: dict[str, Any] = field(default_factory=dict)


def seal(context: CallContext, kind: str = "text", *, messages: int = 1) -> Envelope:
    """Check chat, topic, reply, rights and keyboard, then count. Raises ApiError 400, 403 or 429."""
    inline, other = read_markup(context)
    chat = find_open_chat(context)
    replied = _replied(context, chat)
    thread = context.params.integer("message_thread_id") or (replied.thread_id if replied else None)
    if thread is not None and thread not in chat.topics:
        raise bad_request("message thread not found")
    if not may_write(chat, context.world.bot.id, thread):
        raise bad_request("TOPIC_CLOSED")
    check_rights(context, chat, kind)
    context.world.limits.take(chat.id, messages)
    fields = {
        "thread_id": thread,
        "reply_to": replied.message_id if replied else None,
        "reply_markup": inline,
        "other_markup": other,
        "protected": context.params.flag("protect_content"),
        "sender_chat_id": chat.id if chat.type == CHANNEL else None,
    }
    return Envelope(chat, fields)


def _replied(context: CallContext, chat: Chat) -> Message | None:
    reply = context.params.object("reply_parameters", "reply parameters") or {}
    message_id = reply.get("message_id", context.params.integer("reply_to_message_id"))
    if not message_id:
        return None
    source = context.world.chats.get(int(reply.get("chat_id") or chat.id), chat)
    message = source.messages.get(int(message_id))
    if message is not None and not message.deleted:
        return message if source is chat else None
    lenient = str(reply.get("allow_sending_without_reply", "")).lower() == "true"
    if lenient or context.params.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def read_text(context: CallContext, *, too_long: str = "message is too long") -> tuple[Json, str | None]:
    """Content with text and entities, and the source if it was HTML. Raises ApiError 400."""
    params = context.params
    source = params.text("text") or ""
    mode = params.text("parse_mode")
    text, entities = formatted(context, source, params.array("entities", "message entities"), mode)
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise bad_request(too_long)
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    return content, (source if mode and mode.lower() == "html" else None)


def read_caption(
    context: CallContext, given: Json | None = None, *, too_long: str = "message caption is too long"
) -> tuple[Json, str | None]:
    """Content with caption and entities from the call, or from an item of an album. Raises ApiError 400."""
    content, source = parse_caption(context, given)
    check_caption(content, too_long)
    return content, source


def check_caption(content: Json, too_long: str) -> None:
    """Raise ApiError 400 with the words `too_long` if the caption is longer than Telegram takes."""
    if utf16_length(content.get("caption", "")) > CAPTION_LIMIT:
        raise bad_request(too_long)


def parse_caption(context: CallContext, given: Json | None = None) -> tuple[Json, str | None]:
    """The same as `read_caption` for a caption of any length."""
    params = context.params
    values = params.values if given is None else given
    source, mode = values.get("caption"), values.get("parse_mode")
    if not source:
        return {}, None
    entities = (
        given.get("caption_entities") if given else params.array("caption_entities", "caption entities")
    )
    text, found = formatted(context, str(source), entities, str(mode) if mode else None)
    content: Json = {"caption": text} if text else {}
    if text and found:
        content["caption_entities"] = found
    return content, (str(source) if str(mode).lower() == "html" else None)


def send_message(context: CallContext) -> Json:
    content, source = read_text(context)
    return post(context, seal(context), content, source)


def send_photo(context: CallContext) -> Json:
    return _send_media(context, "photo")


def send_video(context: CallContext) -> Json:
    return _send_media(context, "video")


def send_voice(context: CallContext) -> Json:
    return _send_media(context, "voice")


def send_document(context: CallContext) -> Json:
    return _send_media(context, "document")


def _send_media(context: CallContext, kind: str) -> Json:
    caption, source = read_caption(context)
    media = media_content(context, kind, context.params.text(kind) or kind)
    return post(context, seal(context, kind), media | caption, source)


def post(context: CallContext, envelope: Envelope, content: Json, source: str | None) -> Json:
    """Put the bot's message into the chat → the Message. `source` is the HTML that the bot wrote."""
    world = context.world
    message = world.post(envelope.chat, world.bot.id, content, source=source, **envelope.fields)
    return message_json(world, message)


def send_media_group(context: CallContext) -> list[Json]:
    items = context.params.array("media", "media") or []
    if not items:
        raise bad_request("there are no messages to send")
    if len(items) > MAX_ALBUM:
        raise bad_request("too many messages to send as an album")
    kinds = {item.get("type") for item in items}
    if not kinds <= {"photo", "video", "document"}:
        raise bad_request("can't use the media of the specified type in the album")
    if "document" in kinds and len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    contents = []
    for item in items:
        caption, source = read_caption(context, item)
        contents.append((media_content(context, item["type"], str(item.get("media", ""))) | caption, source))
    envelope = seal(context, str(items[0]["type"]), messages=len(contents))
    envelope.fields["media_group_id"] = str(13_000_000_000_000_000 + context.world.next_number())
    return [post(context, envelope, content, source) for content, source in contents]


def _original(context: CallContext, purpose: str) -> Message:
    """The message to copy or forward, from a chat in which the bot is."""
    values = dict(context.params.values) | {"chat_id": context.params.values.get("from_chat_id")}
    source = CallContext(context.world, Params(values), context.method)
    message = find_message(source, find_open_chat(source), purpose)
    if message.kind == "service" or message.protected:
        verb = "copied" if "copy" in purpose else "forwarded"
        raise bad_request(f"message can't be {verb}")
    return message


def copy_message(context: CallContext) -> Json:
    original = _original(context, "to copy")
    content, source = dict(original.content), original.source
    if context.params.text("caption") is not None and original.kind != "text":
        caption, source = read_caption(context)
        content = {k: v for k, v in content.items() if not k.startswith("caption")} | caption
    sent = post(context, seal(context, original.kind), content, source)
    return {"message_id": sent["message_id"]}


def forward_message(context: CallContext) -> Json:
    original = _original(context, "to forward")
    world = context.world
    origin = original.forward_origin or {
        "type": "user",
        "date": original.date,
        "sender_user": user_json(world.users[original.sender_id]),
    }
    if original.sender_chat_id and original.forward_origin is None:
        chat = world.chats[original.sender_chat_id]
        origin = {"type": "chat", "date": original.date, "sender_chat": chat_json(world, chat)}
    envelope = seal(context, original.kind)
    envelope.fields["forward_origin"] = origin
    return post(context, envelope, dict(original.content), original.source)


def send_chat_action(context: CallContext) -> bool:
    find_open_chat(context)
    if (context.params.text("action") or "").lower() not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


TABLE: Final[dict[str, Handler]] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendVideo": send_video,
    "sendVoice": send_voice,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "copyMessage": copy_message,
    "forwardMessage": forward_message,
    "sendChatAction": send_chat_action,
}
