"""What the page shows of chats: plain values for the templates, one for each message and each chat."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from markupsafe import Markup

from demo.page.district import District, Resident
from demo.page.entities import as_html
from demo.page.words import PageWords
from sandbox.model import Chat, Json, Message

_QUOTE: Final = 60
_KILO: Final = 1024


@dataclass(frozen=True, slots=True)
class ButtonView:
    text: str
    place: int
    kind: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class FileView:
    """``kind``: photo, document, or another with nothing but its name."""

    kind: str
    url: str
    name: str
    size: str = ""


@dataclass(slots=True)
class MessageView:
    """A message or an album. ``own``: the person whom the visitor plays wrote it."""

    key: str
    id: int
    own: bool
    sender: str
    time: str
    html: Markup
    text: str
    edited: bool
    pinned: bool
    service: str
    reply: tuple[int, str, str] | None
    forwarded: str
    files: list[FileView]
    rows: list[list[ButtonView]]
    reactions: list[str]
    editable: bool
    album: str | None
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class DayView:
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class ChatView:
    """A line of the list of chats. ``joined``: the person has opened their link."""

    id: int
    name: str
    about: str
    unread: int
    chosen: bool
    joined: bool
    group: bool
    last: str


@dataclass(slots=True)
class ViewMaker:
    """Makes the views for one window. ``user``: whom the visitor plays; ``thread``: the topic; None: all."""

    district: District
    words: PageWords
    user: int
    thread: int | None = None
    limit: int = 50
    older: int = field(init=False, default=0)

    # -- messages ------------------------------------------------------------------------------------------

    def messages(self, chat: Chat) -> list[MessageView | DayView]:
        """The last ``limit`` messages with the days between them; ``older``: how many come before."""
        shown = [one for one in chat.messages.values() if not one.deleted and self._in_topic(chat, one)]
        self.older = max(0, len(shown) - self.limit)
        return self._with_days(chat, shown[-self.limit :])

    def _in_topic(self, chat: Chat, message: Message) -> bool:
        return self.thread is None or message.thread_id == self.thread

    def _with_days(self, chat: Chat, messages: Sequence[Message]) -> list[MessageView | DayView]:
        found: list[MessageView | DayView] = []
        day = ""
        for message in messages:
            text = self.words.day(datetime.fromtimestamp(message.date, UTC))
            if text != day:
                found.append(DayView(f"day-{message.message_id}", text))
                day = text
            view, last = self._message(chat, message), found[-1]
            if view.album and isinstance(last, MessageView) and last.album == view.album:
                last.files += view.files
            else:
                found.append(view)
        return found

    def _message(self, chat: Chat, message: Message) -> MessageView:
        world, words = self.district.world, self.words
        entities = message.content.get("entities") or message.content.get("caption_entities") or []
        own = message.sender_id == self.user
        text = _OPENED_LINK.sub("/start", message.words) if own else message.words
        return MessageView(
            key=f"m-{message.message_id}",
            id=message.message_id,
            own=own,
            sender="" if chat.is_private else self._sender(message),
            time=words.hour(datetime.fromtimestamp(message.date, UTC)),
            html=as_html(text, entities),
            text=text,
            edited=message.edit_date is not None,
            pinned=message.message_id in chat.pinned,
            service=self._service(message) if message.kind == "service" else "",
            reply=self._reply(chat, message),
            forwarded=self._forwarded(message.forward_origin),
            files=list(self._files(message)),
            rows=self._rows(message),
            reactions=[one["emoji"] for given in message.reactions.values() for one in given],
            editable=own and message.kind == "text" and message.sender_id in world.users,
            album=message.media_group_id,
            place=self._place(message),
        )

    def _sender(self, message: Message) -> str:
        if message.sender_chat_id is not None:
            return self.words("page.chat.anonymous")
        return self.district.world.users[message.sender_id].first_name

    def _reply(self, chat: Chat, message: Message) -> tuple[int, str, str] | None:
        replied = chat.message(message.reply_to)
        if replied is None or replied.deleted:
            return None
        words = " ".join(replied.words.split()) or self.words(f"page.kind.{_kind(replied)}")
        short = words if len(words) <= _QUOTE else words[:_QUOTE] + "…"
        return replied.message_id, self.district.world.users[replied.sender_id].first_name, short

    def _forwarded(self, origin: Json | None) -> str:
        if origin is None:
            return ""
        sender: Json = origin.get("sender_user") or origin.get("sender_chat") or {}
        return str(sender.get("first_name", sender.get("title", "")))

    def _files(self, message: Message) -> Iterator[FileView]:
        value = message.content.get(message.kind)
        name = self.words(f"page.kind.{_kind(message)}")
        if message.kind == "photo" and isinstance(value, list):
            yield FileView("photo", f"/files/{value[-1]['file_id']}", name)
        elif message.kind == "document" and isinstance(value, dict):
            size = _size(value.get("file_size", 0))
            yield FileView("document", f"/files/{value['file_id']}", value.get("file_name", name), size)
        elif message.kind not in ("text", "service", "location"):
            more = value.get("phone_number", value.get("title", "")) if isinstance(value, dict) else ""
            yield FileView("other", "", f"{name} {more}".strip())

    def _rows(self, message: Message) -> list[list[ButtonView]]:
        rows: list[list[ButtonView]] = []
        place = 0
        for row in message.buttons():
            views = []
            for button in row:
                kind = "url" if "url" in button else "copy" if "copy_text" in button else "press"
                views.append(ButtonView(button["text"], place, kind, button.get("url", "")))
                place += 1
            rows.append(views)
        return rows

    def _place(self, message: Message) -> tuple[float, float] | None:
        where = message.content.get("location")
        return (where["latitude"], where["longitude"]) if where else None

    def _service(self, message: Message) -> str:
        content, words = message.content, self.words
        names = "、".join(one["first_name"] for one in content.get("new_chat_members", []))
        if "left_chat_member" in content:
            names = content["left_chat_member"]["first_name"]
        kind = next((one for one in SERVICES if one in content), "other")
        value = content.get(kind)
        name = value.get("name", "") if isinstance(value, dict) else ""
        return words(f"page.service.{kind}", names=names, name=name)

    # -- the list of chats ---------------------------------------------------------------------------------

    def chat_line(self, chat: Chat, chosen: int) -> ChatView:
        resident = self.district.residents.get(chat.id)
        last = next((one for one in reversed(chat.messages.values()) if not one.deleted), None)
        return ChatView(
            id=chat.id,
            name=resident.name if resident else chat.title or "",
            about=self._about(resident, chat),
            unread=self.district.unread(chat),
            chosen=chat.id == chosen,
            joined=resident is None or chat.started,
            group=not chat.is_private,
            last=self._preview(last) if last else "",
        )

    def _preview(self, message: Message) -> str:
        words = " ".join(message.words.split())
        if message.sender_id == message.chat_id:
            words = _OPENED_LINK.sub("/start", words)
        if message.kind == "service":
            return self._service(message)
        return words[:40] or self.words(f"page.kind.{_kind(message)}")

    def _about(self, resident: Resident | None, chat: Chat) -> str:
        if resident is not None:
            return f"{resident.post} · {resident.roles}"
        return self.words("page.chats.members", count=len(chat.members) - 1)

    # -- around the messages -------------------------------------------------------------------------------

    def keyboard(self, chat: Chat) -> list[list[dict[str, Any]]]:
        """The rows of the reply keyboard that stands under the chat; none: there is none."""
        for message in reversed(chat.messages.values()):
            markup = message.other_markup
            if markup is not None and not message.deleted and message.sender_id != self.user:
                rows = markup.get("keyboard", [])
                return [[one if isinstance(one, dict) else {"text": one} for one in row] for row in rows]
        return []

    def commands(self, chat: Chat) -> list[Json]:
        """The bot's menu in this chat, as Telegram chooses it: the chat's own, else that of its kind."""
        kind = "all_private_chats" if chat.is_private else "all_group_chats"
        scopes: list[Json] = [{"type": "chat", "chat_id": chat.id}, {"type": kind}, {"type": "default"}]
        for scope in scopes:
            key = json.dumps(scope, sort_keys=True)
            for language in (self.words.locale, ""):
                found = self.district.world.commands.get((key, language))
                if found:
                    return found
        return []

    def pinned(self, chat: Chat) -> tuple[int, str] | None:
        """The message that was pinned last: its id and its first words."""
        if not chat.pinned:
            return None
        message = chat.messages[chat.pinned[-1]]
        words = " ".join(message.words.split()) or self.words(f"page.kind.{_kind(message)}")
        return message.message_id, words[:_QUOTE]


# Telegram does not show the token of a link in the chat, and neither does the page.
_OPENED_LINK: Final = re.compile(r"^/start \S+$")
SERVICES: Final = (
    "pinned_message",
    "new_chat_members",
    "left_chat_member",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
)
MESSAGE_KINDS: Final = frozenset({"photo", "document", "voice", "video", "location", "contact", "service"})


def _kind(message: Message) -> str:
    return message.kind if message.kind in MESSAGE_KINDS else "other"


def _size(size: int) -> str:
    if size < _KILO:
        return f"{size} B"
    return f"{size / _KILO:.0f} KB" if size < _KILO**2 else f"{size / _KILO**2:.1f} MB"
