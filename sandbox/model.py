"""The parts of a world. Ids are like Telegram's: users positive, groups negative, supergroups -100…"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

Json = dict[str, Any]

PRIVATE: Final = "private"
GROUP: Final = "group"
SUPERGROUP: Final = "supergroup"
CHANNEL: Final = "channel"

ADMIN_STATES: Final = frozenset({"creator", "administrator"})
PRESENT_STATES: Final = frozenset({"creator", "administrator", "member", "restricted"})

GROUP_ANONYMOUS_BOT_ID: Final = 1087968824
GENERAL_THREAD: Final = 1
TOPIC_COLOR: Final = 0x6FB9F0

# The order matters: the first of these fields that a message has names its kind.
CONTENT_KINDS: Final = (
    "text",
    "photo",
    "animation",
    "document",
    "video",
    "voice",
    "audio",
    "video_note",
    "sticker",
    "venue",
    "location",
    "contact",
    "poll",
    "dice",
)


@dataclass(slots=True)
class User:
    id: int
    first_name: str
    is_bot: bool = False
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    deactivated: bool = False


@dataclass(slots=True)
class Member:
    """A member of a chat. `without`: the rights that an administrator lacks, such as can_manage_topics."""

    user_id: int
    status: str = "member"
    anonymous: bool = False
    title: str | None = None
    without: frozenset[str] = frozenset()


@dataclass(slots=True)
class Topic:
    """A topic of a forum. Only the general topic, which has the thread id 1, can be hidden."""

    thread_id: int
    name: str
    closed: bool = False
    hidden: bool = False
    icon_color: int = TOPIC_COLOR
    icon_custom_emoji_id: str | None = None
    creator_id: int | None = None


def general_topic() -> Topic:
    return Topic(GENERAL_THREAD, "General")


@dataclass(slots=True)
class Message:
    """One message as it is now. `content` holds the Bot API's own fields (text, entities, photo, …)."""

    chat_id: int
    message_id: int
    date: int
    content: Json
    sender_id: int
    sender_chat_id: int | None = None
    source: str | None = None
    thread_id: int | None = None
    reply_to: int | None = None
    reply_markup: Json | None = None
    other_markup: Json | None = None
    past_markups: list[Json] = field(default_factory=list)
    edit_date: int | None = None
    media_group_id: str | None = None
    forward_origin: Json | None = None
    protected: bool = False
    deleted: bool = False
    revision: int = 0
    reactions: dict[int, list[Json]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return next((kind for kind in CONTENT_KINDS if kind in self.content), "service")

    @property
    def words(self) -> str:
        """The plain text or caption."""
        text = self.content.get("text", self.content.get("caption", ""))
        return str(text)

    def buttons(self) -> list[list[Json]]:
        """The rows of inline buttons, as the Bot API shapes them."""
        rows = (self.reply_markup or {}).get("inline_keyboard", [])
        return list(rows)


@dataclass(slots=True)
class ChatEvent:
    """A line of a chat's story, for the transcript: sent, edited, pressed, answered, deleted, pinned, …"""

    at: datetime
    kind: str
    message_id: int | None = None
    actor_id: int | None = None
    text: str = ""
    snapshot: Message | None = None


@dataclass(slots=True)
class Chat:
    id: int
    type: str
    title: str | None = None
    username: str | None = None
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    general: Topic = field(default_factory=general_topic)
    messages: dict[int, Message] = field(default_factory=dict)
    events: list[ChatEvent] = field(default_factory=list)
    last_message_id: int = 0
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None
    migrated_from: int | None = None
    started: bool = False
    blocked: bool = False
    menu_button: Json | None = None

    @property
    def is_private(self) -> bool:
        return self.type == PRIVATE

    def message(self, number: int | None) -> Message | None:
        return None if number is None else self.messages.get(number)

    def status_of(self, user_id: int) -> str:
        member = self.members.get(user_id)
        return member.status if member else "left"

    def can(self, user_id: int, right: str) -> bool:
        """Whether an administrator has the right `right`, such as can_pin_messages. Nobody else has one."""
        member = self.members.get(user_id)
        return member is not None and member.status in ADMIN_STATES and right not in member.without


@dataclass(slots=True)
class MediaFile:
    """A file with its bytes. `kind` is the Bot API's word for it (photo, document, …)."""

    file_id: str
    file_unique_id: str
    kind: str
    data: bytes
    path: str
    size: int
    _digest: str = field(default="", compare=False, repr=False)

    def digest(self) -> str:
        """The SHA-256 of the bytes, in hexadecimal digits."""
        if not self._digest:
            self._digest = hashlib.sha256(self.data).hexdigest()
        return self._digest


@dataclass(slots=True)
class CallbackQuery:
    id: str
    user_id: int
    chat_id: int
    message_id: int
    data: str
    asked_at: datetime
    answers: list[Json] = field(default_factory=list)
