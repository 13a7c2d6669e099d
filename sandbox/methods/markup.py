"""Checks keyboards as Telegram does."""

from __future__ import annotations

from typing import Any, Final

from sandbox.errors import bad_request
from sandbox.methods.context import CallContext
from sandbox.model import Json
from sandbox.text import utf16_length

MAX_BUTTONS: Final = 100
MAX_CALLBACK_DATA: Final = 64
MAX_COPY_TEXT: Final = 256
_ACTIONS: Final = frozenset(
    {
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    }
)


def read_markup(context: CallContext) -> tuple[Json | None, Json | None]:
    """(inline keyboard, other markup) of a call. An empty keyboard counts as none. Raises ApiError 400."""
    markup = context.params.object("reply_markup", "reply keyboard markup")
    if not markup:
        return None, None
    if "inline_keyboard" not in markup:
        return None, markup
    rows = [
        _row(row) for row in _list(markup["inline_keyboard"], 'Field "inline_keyboard" must be of type Array')
    ]
    rows = [row for row in rows if row]
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return ({"inline_keyboard": rows} if rows else None), None


def _row(row: Any) -> list[Json]:
    return [_button(button) for button in _list(row, "can't parse inline keyboard button: expected an Array")]


def _list(value: Any, complaint: str) -> list[Any]:
    if not isinstance(value, list):
        raise bad_request(complaint)
    return value


def _button(button: Any) -> Json:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    does = _ACTIONS & button.keys()
    if not does:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(does) > 1:
        # The Bot API's manual wants exactly one. Telegram itself goes on with the first and says nothing.
        raise bad_request(
            f"can't parse inline keyboard button: {' and '.join(sorted(does))} exclude each other"
        )
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= MAX_CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button:
        _check_copy_text(button["copy_text"])
    if "url" in button and "." not in str(button["url"]) and not str(button["url"]).startswith("tg://"):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return button


def _check_copy_text(copied: Any) -> None:
    if not isinstance(copied, dict):
        raise bad_request('can\'t parse inline keyboard button: Field "copy_text" must be of type Object')
    if not isinstance(copied.get("text"), str):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not 1 <= utf16_length(copied["text"]) <= MAX_COPY_TEXT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
