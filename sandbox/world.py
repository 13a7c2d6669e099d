"""The state of one world: people, chats, messages, files, and the bot under test."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from sandbox.changes import Changes
from sandbox.clock import SandboxClock
from sandbox.errors import WorldError
from sandbox.faults import CallLog, Faults
from sandbox.limits import RateLimits
from sandbox.media import MAX_UPLOAD, FileStore
from sandbox.model import (
    GROUP_ANONYMOUS_BOT_ID,
    PRIVATE,
    CallbackQuery,
    Chat,
    ChatEvent,
    Json,
    Member,
    Message,
    User,
)
from sandbox.signal import Signal
from sandbox.updates import UpdateQueue

DEFAULT_TOKEN: Final = "123456:SANDBOX-TOKEN-FOR-LOOPBACK-ONLY-001"  # noqa: S105 - worth nothing outside of the sandbox
DEFAULT_USERNAME: Final = "chuangcheng_bot"


MARKUPS_TO_REMEMBER: Final = 20


class World:
    """Everything that the sandbox knows. Use it from one event loop only.

    `remember` bounds what would grow for ever: the log of calls, the story of each chat and the pressed
    buttons keep at least so many of the latest entries, and a message its last 20 keyboards. None keeps
    everything. Messages and files stay either way.
    """

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        bot_username: str = DEFAULT_USERNAME,
        bot_name: str = "创城通",
        clock: SandboxClock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        remember: int | None = None,
    ) -> None:
        if remember is not None and remember < 1:
            raise WorldError("a world remembers at least one entry of everything")
        self.token = token
        self.remember = remember
        self.clock = clock or SandboxClock()
        self.monotonic = monotonic
        self.signal = Signal()
        self.updates = UpdateQueue(self.signal)
        self.limits = RateLimits(monotonic)
        self.faults = Faults()
        self.calls = CallLog(remember)
        self.files = FileStore()
        self.max_upload = MAX_UPLOAD
        self.date_ahead: float | None = None
        self.bot = User(int(token.split(":")[0]), bot_name, is_bot=True, username=bot_username)
        anonymous = User(GROUP_ANONYMOUS_BOT_ID, "Group", is_bot=True, username="GroupAnonymousBot")
        self.users: dict[int, User] = {self.bot.id: self.bot, anonymous.id: anonymous}
        self.chats: dict[int, Chat] = {}
        self.callbacks: dict[str, CallbackQuery] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.menu_button: Json = {"type": "commands"}
        self.changes = Changes()
        self.last_revision = 0
        self.last_number = 0

    # -- looking things up -------------------------------------------------------------------------

    def unix(self) -> int:
        return int(self.clock.now().timestamp())

    def next_number(self) -> int:
        self.last_number += 1
        return self.last_number

    def user(self, user_id: int) -> User:
        """The user with that id. Raises WorldError if there is none."""
        try:
            return self.users[user_id]
        except KeyError:
            raise WorldError(f"no user {user_id}") from None

    def chat(self, chat_id: int) -> Chat:
        """The chat with that id. Raises WorldError if there is none."""
        try:
            return self.chats[chat_id]
        except KeyError:
            raise WorldError(f"no chat {chat_id}") from None

    def message(self, chat_id: int, message_id: int) -> Message:
        """The message with that id, even a deleted one. Raises WorldError if there never was one."""
        try:
            return self.chat(chat_id).messages[message_id]
        except KeyError:
            raise WorldError(f"no message {message_id} in chat {chat_id}") from None

    def bot_status(self, chat: Chat) -> str:
        return chat.status_of(self.bot.id)

    def changed_since(self, revision: int) -> tuple[int, set[int]]:
        """(the revision now, the ids of the chats that changed after `revision`); 0 asks for all chats.

        A chat changes with every event, pin, reaction, answer to a button, member, topic and setting.
        """
        return self.changes.revision, self.changes.since(revision)

    def revision_of(self, chat_id: int) -> int:
        """The revision at which the chat changed last."""
        return self.changes.of(chat_id)

    # -- changing things ---------------------------------------------------------------------------

    def touch(self, chat: Chat) -> None:
        """Note that something about the chat changed, and wake all that wait for a change."""
        self.changes.note(chat.id)
        self.signal.fire()

    def add_chat(self, chat: Chat) -> Chat:
        self.chats[chat.id] = chat
        self.touch(chat)
        return chat

    def add_user(self, user: User) -> User:
        """Add a person and their private chat with the bot, which they have not started yet."""
        if user.id in self.users:
            raise WorldError(f"user {user.id} exists already")
        self.users[user.id] = user
        members = {user.id: Member(user.id), self.bot.id: Member(self.bot.id)}
        self.add_chat(Chat(user.id, PRIVATE, members=members))
        return user

    def add_callback(self, query: CallbackQuery) -> None:
        self.callbacks[query.id] = query
        if self.remember is not None and len(self.callbacks) > self.remember:
            del self.callbacks[next(iter(self.callbacks))]

    def change_markup(self, message: Message, markup: Json | None) -> None:
        """Put another inline keyboard under the message. Its old one can still be pressed with force."""
        if message.reply_markup and message.reply_markup != markup:
            message.past_markups.append(message.reply_markup)
            if self.remember is not None:
                del message.past_markups[:-MARKUPS_TO_REMEMBER]
        message.reply_markup = markup

    def post(self, chat: Chat, sender_id: int, content: Json, **more: Any) -> Message:
        """Put a message into `chat` and tell nobody. `more` are further fields of Message."""
        chat.last_message_id += 1
        message = Message(chat.id, chat.last_message_id, self.unix(), content, sender_id, **more)
        chat.messages[message.message_id] = message
        self.record(chat, "sent", message, actor_id=sender_id)
        return message

    def record(
        self, chat: Chat, kind: str, message: Message | None, *, actor_id: int | None = None, text: str = ""
    ) -> None:
        """Write a line into the chat's story and wake all that wait for a change."""
        snapshot = None
        if message is not None:
            if kind in ("sent", "edited", "keyboard"):
                self.last_revision += 1
                message.revision = self.last_revision
            snapshot = replace(message, content=copy.copy(message.content))
        message_id = message.message_id if message else None
        chat.events.append(ChatEvent(self.clock.now(), kind, message_id, actor_id, text, snapshot))
        # Twice as many at most, so that the list is not moved with every event.
        if self.remember is not None and len(chat.events) >= 2 * self.remember:
            del chat.events[: -self.remember]
        self.touch(chat)

    def delete(self, chat: Chat, message: Message, *, by: int) -> None:
        message.deleted = True
        if message.message_id in chat.pinned:
            chat.pinned.remove(message.message_id)
        self.record(chat, "deleted", message, actor_id=by)
