"""Updates as Telegram sends them, before anything understands them: what can be kept, whose they are, what
must not be kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from rules.hidden_characters import hidden_start, unhidden
from rules.text_parts import utf16_len
from services.people.enrolment import hash_token

Json = dict[str, Any]
# The bound of the database's integers: an id beyond it could not be stored, nor its update acknowledged.
_WIDEST: Final = 2**63
# Telegram counts in 32 bits. What is beyond the exact numbers of JSON is no id, and would make us deaf as an
# offset.
_LAST_ID: Final = 2**53
_KEPT_TEXT: Final = 65_536
_ID: Final = re.compile(r'"update_id"\s*:\s*(\d+)')
_LINK: Final = re.compile(r"([?&]start(?:group)?=)[\w-]{16,}", re.IGNORECASE)
_WAY_IN: Final = re.compile(r"/(?:start|join)(?:@\w+)?(?:\s|$)", re.IGNORECASE)
# Their senders are accounts of Telegram itself, and a group must not be lost with its move.
_MOVES: Final = ("migrate_to_chat_id", "migrate_from_chat_id")
_START: Final = re.compile(r"/start(?:@\w+)?\s+(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnreadableUpdate:
    """What is no update that can be stored, as ``text``. ``key``: a negative number that is always the same
    for the same text.
    """

    text: str

    @property
    def key(self) -> int:
        return -1 - int.from_bytes(hashlib.sha256(self.text.encode("utf-8", "replace")).digest()[:7])


def id_of(update: object) -> int | None:
    """The id of an update; None if it has none that could be acknowledged."""
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if _is_id(found) else None


def _is_id(value: object) -> TypeGuard[int]:
    return type(value) is int and 1 <= value <= _LAST_ID


def read_batch(result: Sequence[Any], token: str) -> tuple[list[Json], list[UnreadableUpdate]]:
    """The updates that can be stored, without secrets, and the others.

    ``RecursionError``: something is too deeply nested.
    """
    updates, others = [], []
    for one in result:
        hidden = without_secrets(one, token)
        if id_of(one) is None:
            others.append(unreadable(json.dumps(hidden, ensure_ascii=False), token))
        else:
            updates.append(hidden)
    return updates, others


def unreadable(text: str, token: str) -> UnreadableUpdate:
    """A text that is no update, without secrets and of bounded length."""
    return UnreadableUpdate(str(clean_update(without_secrets(text, token)))[:_KEPT_TEXT])


def id_in(text: str) -> int | None:
    """The id of the only update of an answer that cannot be read; None if it names none."""
    found = _ID.search(text)
    number = None if found is None or len(found[1]) > 20 else int(found[1])
    return number if _is_id(number) else None


def subject_of(update: Mapping[str, Any]) -> str:
    """What an update is about, as far as two updates with the same id have to differ in it.

    Its kind; the chat, the message and its last edit, or the press. Telegram may describe the same thing in
    another order or with another title.
    """
    kind, body = next(((k, b) for k, b in update.items() if k != "update_id"), ("", None))
    if not isinstance(body, Mapping):
        return str(kind)[:40]
    if kind == "callback_query":
        return f"{kind}:{body.get('id')}"[:80]
    chat = body.get("chat")
    place = chat.get("id") if isinstance(chat, Mapping) else None
    when = body.get("edit_date", body.get("date") if "message_id" not in body else None)
    return f"{kind}:{place}:{body.get('message_id')}:{when}"[:80]


@dataclass(frozen=True, slots=True)
class Writing:
    """A message, an edit or a press of an account.

    ``way_in``: it may lead into the program: a link, 申请加入, or a press, for all buttons of strangers lead
    there. ``token_hash``: of the link. ``language``: as Telegram names it.
    """

    account: int
    private: bool
    way_in: bool
    token_hash: str | None
    language: str | None


def writing_of(update: Mapping[str, Any]) -> Writing | None:
    """What an account has written, from an update without secrets; None for anything else."""
    for kind in ("message", "edited_message", "callback_query"):
        body = update.get(kind)
        sender = body.get("from") if isinstance(body, Mapping) else None
        if not isinstance(body, Mapping) or not isinstance(sender, Mapping):
            continue
        account = sender.get("id")
        if type(account) is not int or not 0 < account < _WIDEST or any(move in body for move in _MOVES):
            continue
        words = clean_update(body.get("text")) if kind == "message" else None
        text = unhidden(words) if isinstance(words, str) else ""
        link = _START.match(text)
        way_in = kind == "callback_query" or _WAY_IN.match(text) is not None
        language = sender.get("language_code")
        tag = language if isinstance(language, str) else None
        return Writing(account, lane_of(update) == account, way_in, link[1] if link else None, tag)
    return None


def lane_of(update: Mapping[str, Any]) -> int:
    """The chat whose updates keep their order, read from the raw update, which may be malformed."""
    for name, body in update.items():
        if name == "update_id" or not isinstance(body, Mapping):
            continue
        holder = body.get("message") if name == "callback_query" else body
        for place in (holder, body):
            for key in ("chat", "from", "user"):
                found = place.get(key) if isinstance(place, Mapping) else None
                lane = found.get("id") if isinstance(found, Mapping) else None
                if isinstance(lane, int) and -_WIDEST <= lane < _WIDEST:
                    return int(lane)
    return 0


def without_secrets(update: Any, token: str) -> Any:
    """The update with an invitation's token replaced by its hash, and the bot's own token left out.

    Both are replaced wherever they stand, for a reply carries the message that it answers. Any word after
    ``/start`` is hashed, so a hash read from the database opens no door.
    """

    def hide(value: Any) -> Any:
        if isinstance(value, str):
            # Read it as the handler will: PTB takes /START, too, and gets the text cleaned.
            text = clean_update(value)
            lead = hidden_start(text)
            start = _START.match(unhidden(text))
            if start:
                return lead + start.string[: start.start(1)] + hash_token(start[1])
            return _LINK.sub(r"\1", value.replace(token, ""))
        if isinstance(value, list):
            return [hide(item) for item in value]
        if isinstance(value, dict):
            return {key: hide(item) for key, item in value.items()}
        return value

    return hide(update)


def with_visible_start(update: Json) -> Json:
    """The update without hidden characters before a command, which begins with its slash."""
    for kind in ("message", "edited_message"):
        body = update.get(kind)
        text = body.get("text") if isinstance(body, dict) else None
        lead = hidden_start(text) if isinstance(text, str) else ""
        if isinstance(body, dict) and isinstance(text, str) and lead and text.startswith("/", len(lead)):
            gone = utf16_len(lead)
            entities = [
                one | {"offset": one["offset"] - gone}
                for one in body.get("entities", [])
                if one["offset"] >= gone
            ]
            return update | {kind: body | {"text": text[len(lead) :], "entities": entities}}
    return update


def clean_update(value: Any) -> Any:
    """The update without NUL and lone surrogates, which PostgreSQL and UTF-8 refuse."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [clean_update(item) for item in value]
    if isinstance(value, dict):
        return {key: clean_update(item) for key, item in value.items()}
    return value
