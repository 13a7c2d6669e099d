"""Read-only records that the control client hands out: people, chats, messages, answers and calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person. The id is also that of their private chat with the bot."""

    id: int
    first_name: str
    username: str | None


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """A chat; `topics`: name → thread id, `members`: user id → status."""

    id: int
    type: str
    title: str
    topics: dict[str, int]
    members: dict[int, str]
    pinned: list[int]
    blocked: bool
    started: bool
    migrated_to: int | None

    @classmethod
    def read(cls, data: Json) -> ChatRecord:
        members = {int(user): status for user, status in data["members"].items()}
        return cls(**(data | {"members": members}))


@dataclass(frozen=True, slots=True)
class ButtonRecord:
    """A button: what a press sends, or the link that it opens, or the words that it copies."""

    text: str
    data: str | None
    url: str | None
    copies: str | None


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message as it was at the moment of the call.

    `text` is plain (text or caption), `html` is what the bot wrote. `kind`: text, photo, document, …,
    service. `media` is the Bot API's object for that kind. `revision` grows with every edit.
    """

    chat_id: int
    message_id: int
    revision: int
    sender_id: int
    sender: str
    from_bot: bool
    kind: str
    text: str
    html: str
    entities: list[Json]
    buttons: list[list[ButtonRecord]]
    media: Any
    content: Json
    other_markup: Json | None
    reply_to: int | None
    thread_id: int | None
    media_group_id: str | None
    edited: bool
    deleted: bool
    pinned: bool
    reactions: dict[int, list[str]]
    time: datetime

    @classmethod
    def read(cls, data: Json) -> MessageRecord:
        rows = [[ButtonRecord(**button) for button in row] for row in data["buttons"]]
        reactions = {int(user): given for user, given in data["reactions"].items()}
        time = datetime.fromisoformat(data["time"])
        return cls(**(data | {"buttons": rows, "reactions": reactions, "time": time}))

    @property
    def labels(self) -> list[str]:
        """The labels of all buttons, in reading order."""
        return [button.text for row in self.buttons for button in row]

    @property
    def file_id(self) -> str | None:
        """The file id of the document, or of the photo's largest size."""
        largest = self.media[-1] if isinstance(self.media, list) and self.media else self.media
        return largest.get("file_id") if isinstance(largest, dict) else None


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """The bot's answer to a pressed button."""

    text: str
    show_alert: bool
    url: str | None
    cache_time: int
    at: datetime


@dataclass(frozen=True, slots=True)
class QueryRecord:
    """A pressed button. `answers` is empty as long as the bot has not answered."""

    id: str
    user_id: int
    chat_id: int
    message_id: int
    data: str
    asked_at: datetime
    answers: list[AnswerRecord]

    @classmethod
    def read(cls, data: Json) -> QueryRecord:
        answers = [
            AnswerRecord(**(one | {"at": datetime.fromisoformat(one["at"])})) for one in data["answers"]
        ]
        return cls(**(data | {"answers": answers, "asked_at": datetime.fromisoformat(data["asked_at"])}))


@dataclass(frozen=True, slots=True)
class PressRecord:
    """The button that was pressed, and the query that the bot got; None for a link or words to copy."""

    button: Json
    query: QueryRecord | None

    @property
    def copied(self) -> str | None:
        """The words that are now on the person's clipboard."""
        text: str | None = self.button.get("copy_text", {}).get("text")
        return text


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call of the Bot API. `monotonic` in seconds; `status` None: no answer yet, 0: connection cut."""

    number: int
    method: str
    monotonic: float
    at: str
    chat_id: int | None
    params: Json
    status: int | None
    description: str | None
    fault: str | None
