"""The method answerCallbackQuery."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sandbox.errors import bad_request
from sandbox.methods.context import CallContext, Handler
from sandbox.model import Json
from sandbox.text import utf16_length

MAX_AGE: Final = timedelta(minutes=15)
MAX_TEXT: Final = 200


def answer_callback_query(context: CallContext) -> bool:
    world, params = context.world, context.params
    query = world.callbacks.get(params.text("callback_query_id") or "")
    now = world.clock.now()
    if query is None or now - query.asked_at > MAX_AGE:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = params.text("text") or ""
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    answer: Json = {
        "text": text,
        "show_alert": params.flag("show_alert"),
        "url": params.text("url"),
        "cache_time": params.integer("cache_time") or 0,
        "at": now.isoformat(),
    }
    query.answers.append(answer)
    world.record(world.chats[query.chat_id], "answered", None, actor_id=query.user_id, text=text)
    return True


TABLE: Final[dict[str, Handler]] = {"answerCallbackQuery": answer_callback_query}
