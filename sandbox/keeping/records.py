"""Dataclasses as JSON objects. Fields that have their default value are left out."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from datetime import datetime
from typing import Any, Final

from sandbox.model import (
    CallbackQuery,
    Chat,
    ChatEvent,
    Json,
    Member,
    Message,
    Topic,
    User,
)

_APART = frozenset({"members", "topics", "general", "messages", "events"})
_NOTHING = object()


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else _NOTHING


# (name, default value) of each field
_FIELDS: Final = {
    kind: [(one.name, _default(one)) for one in fields(kind)]
    for kind in (User, Member, Topic, Message, Chat, CallbackQuery)
}


def record(value: Any) -> Json:
    """The fields of a dataclass that differ from their defaults."""
    found = {}
    for name, default in _FIELDS[type(value)]:
        given = getattr(value, name)
        if given is not default and given != default:
            found[name] = given
    return found


def message_record(message: Message) -> Json:
    kept = record(message)
    if "reactions" in kept:  # JSON has no numbers as keys
        kept["reactions"] = list(kept["reactions"].items())
    return kept


def read_message(data: Json) -> Message:
    given = data | {"reactions": dict(map(_pair, data.get("reactions", [])))}
    return Message(**given)


def _pair(value: Any) -> tuple[int, Any]:
    key, kept = value
    return int(key), kept


def event_record(chat: Chat, event: ChatEvent) -> Json:
    """A line of the story. Of its message it keeps only what has changed since then."""
    kept: Json = {"at": event.at.isoformat(), "kind": event.kind}
    more = {"message_id": event.message_id, "actor_id": event.actor_id, "text": event.text or None}
    kept |= {name: value for name, value in more.items() if value is not None}
    if event.snapshot is not None:
        kept["then"] = _difference(event.snapshot, chat.messages.get(event.snapshot.message_id))
    return kept


def _difference(then: Message, now: Message | None) -> Json:
    """The fields of `then` that are not as they are now."""
    found = {}
    for name, default in _FIELDS[Message]:
        value = getattr(then, name)
        other = default if now is None else getattr(now, name)
        if value is not other and value != other:
            found[name] = list(value.items()) if name == "reactions" else value
    return found


def read_event(chat: Chat, data: Json) -> ChatEvent:
    event = ChatEvent(
        datetime.fromisoformat(data["at"]),
        data["kind"],
        data.get("message_id"),
        data.get("actor_id"),
        data.get("text", ""),
    )
    if "then" in data:
        now = chat.messages.get(data["message_id"])
        base = {} if now is None else {name: getattr(now, name) for name, _ in _FIELDS[Message]}
        then = base | data["then"]
        if "reactions" in data["then"]:
            then["reactions"] = dict(map(_pair, then["reactions"]))
        event.snapshot = Message(**then)
    return event


def chat_record(chat: Chat) -> Json:
    kept = {name: value for name, value in record(chat).items() if name not in _APART}
    return kept | {
        "members": [member_record(member) for member in chat.members.values()],
        "topics": [record(topic) for topic in chat.topics.values()],
        "general": record(chat.general),
        "messages": [message_record(message) for message in chat.messages.values()],
        "events": [event_record(chat, event) for event in chat.events],
    }


def read_chat(data: Json) -> Chat:
    chat = Chat(**{name: value for name, value in data.items() if name not in _APART})
    chat.general = Topic(**data["general"])
    chat.topics = {topic.thread_id: topic for topic in (Topic(**one) for one in data["topics"])}
    chat.members = {member.user_id: member for member in map(_read_member, data["members"])}
    chat.messages = {message.message_id: message for message in map(read_message, data["messages"])}
    chat.events = [read_event(chat, one) for one in data["events"]]
    return chat


def member_record(member: Member) -> Json:
    kept = record(member)
    return kept | ({"without": sorted(member.without)} if member.without else {})


def _read_member(data: Json) -> Member:
    return Member(**(data | {"without": frozenset(data.get("without", ()))}))


def query_record(query: CallbackQuery) -> Json:
    return record(query) | {"asked_at": query.asked_at.isoformat()}


def read_query(data: Json) -> CallbackQuery:
    return CallbackQuery(**(data | {"asked_at": datetime.fromisoformat(data["asked_at"])}))
