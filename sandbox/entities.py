"""Entities as a bot gives them, read as the Bot API's server does (Client.cpp, get_text_entity)."""

from __future__ import annotations

from typing import Any, Final

from sandbox.errors import ApiError, bad_request
from sandbox.model import Json

# The field that a kind of entity needs, and the one that it may have.
_NEEDS: Final = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}
_MAY_HAVE: Final = {"pre": "language"}
_STYLES: Final = frozenset(
    ("bold", "italic", "underline", "strikethrough", "spoiler", "code", "blockquote", "expandable_blockquote")
)
# Telegram finds these by itself and takes nobody's word for them.
_FOUND: Final = frozenset(
    ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number")
)
_KNOWN: Final = _STYLES | _FOUND | _NEEDS.keys() | _MAY_HAVE.keys()


def read_entities(given: Any) -> list[Json]:
    """The entities of a list, without those that Telegram finds by itself; anything but a list has none.

    Raises ApiError 400 "can't parse MessageEntity: …".
    """
    if not isinstance(given, list):
        return []
    entities = [_entity(one) for one in given]
    return [one for one in entities if one["type"] not in _FOUND and one["offset"] >= 0 and one["length"] > 0]


def _entity(given: Any) -> Json:
    if not isinstance(given, dict):
        raise _unreadable("expected an Object")
    entity: Json = {"offset": _number(given, "offset"), "length": _number(given, "length")}
    kind = _present(given, "type")
    if not isinstance(kind, str) or kind not in _KNOWN:
        raise _unreadable("Unsupported type specified")
    if needed := _NEEDS.get(kind):
        entity[needed] = _person(given) if needed == "user" else str(_present(given, needed))
    if (more := _MAY_HAVE.get(kind)) and given.get(more):
        entity[more] = str(given[more])
    return {"type": kind} | entity


def _person(given: Json) -> Json:
    user = _present(given, "user")
    if not isinstance(user, dict):
        raise _unreadable('Field "user" must be of type Object')
    return {"id": _number(user, "id")}


def _number(given: Json, name: str) -> int:
    """A whole number, also one in a string."""
    value = _present(given, name)
    try:
        if isinstance(value, int | str) and not isinstance(value, bool):
            return int(value)
    except ValueError:
        pass
    raise _unreadable(f'Field "{name}" must be of type Number')


def _present(given: Json, name: str) -> Any:
    if given.get(name) is None:
        raise _unreadable(f'Can\'t find field "{name}"')
    return given[name]


def _unreadable(why: str) -> ApiError:
    return bad_request(f"can't parse MessageEntity: {why}")
