"""The JSON that the control API shows of messages and answers."""

from __future__ import annotations

import html
from datetime import UTC, datetime

from sandbox.model import CallbackQuery, Json, Message
from sandbox.world import World


def message_view(world: World, message: Message) -> Json:
    """A message for a test: plain text, HTML, rows of buttons {text, data, url, copies}, media, ISO time."""
    chat = world.chats[message.chat_id]
    sender = world.users[message.sender_id]
    kind = message.kind
    value = message.content.get(kind)
    rows = [
        [
            {
                "text": b["text"],
                "data": b.get("callback_data"),
                "url": b.get("url"),
                "copies": b.get("copy_text", {}).get("text"),
            }
            for b in r
        ]
        for r in message.buttons()
    ]
    return {
        "chat_id": message.chat_id,
        "message_id": message.message_id,
        "revision": message.revision,
        "sender_id": sender.id,
        "sender": sender.first_name,
        "from_bot": sender.id == world.bot.id,
        "kind": kind,
        "text": message.words,
        "html": message.source if message.source is not None else html.escape(message.words, quote=False),
        "entities": message.content.get("entities", message.content.get("caption_entities", [])),
        "buttons": rows,
        "media": value if kind not in ("text", "service") else None,
        "content": message.content,
        "other_markup": message.other_markup,
        "reply_to": message.reply_to,
        "thread_id": message.thread_id,
        "media_group_id": message.media_group_id,
        "edited": message.edit_date is not None,
        "deleted": message.deleted,
        "pinned": message.message_id in chat.pinned,
        "reactions": {
            str(user): [r.get("emoji") for r in given] for user, given in message.reactions.items() if given
        },
        "time": datetime.fromtimestamp(message.date, UTC).isoformat(),
    }


def callback_view(query: CallbackQuery) -> Json:
    """A pressed button and the bot's answers; `answers` is empty as long as there are none."""
    return {
        "id": query.id,
        "user_id": query.user_id,
        "chat_id": query.chat_id,
        "message_id": query.message_id,
        "data": query.data,
        "asked_at": query.asked_at.isoformat(),
        "answers": query.answers,
    }
