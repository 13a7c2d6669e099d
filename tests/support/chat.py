"""Telegram chats without Telegram: raw updates as JSON go into the bot's intake.

Intake, PTB's dispatch, handlers, services and the database are the real ones. Two parts that would use
the network are replaced: PTB's HTTP request, and the sender. A test can look at the sender's messages.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

import pytest
from pydantic import SecretStr
from sqlmodel import col, select
from telegram import InlineKeyboardButton
from telegram.ext import Application
from telegram.request import BaseRequest

import bot.app
from bot.prompts import Prompts
from bot.receiving.intake import Intake
from bot.receiving.raw_updates import lane_of
from bot.receiving.update_handling import UpdateHandling
from bot.rendering import RenderedView, render_view
from bot.sender import Sender
from bot.sending.prompt_showing import Prompt
from bot.settings import Settings
from bot.telegram import Telegram
from locales import Text, html_text, plain
from models.db import Database
from models.delivery import live_messages, messages
from models.delivery.messages import Outbox
from rules.delivery.delivery import DeliveryState
from services import buttons, office_notices
from services import message_subjects as subjects
from services.campaign import Campaign
from services.delivery import prompts, rendering
from services.delivery.prompts import PromptKey
from services.views import ButtonSpec, FileSpec
from tests.support.turns import tick_for

TOKEN = "1234567890:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
BOT = {"id": 1234567890, "is_bot": True, "first_name": "创城通", "username": "chuangcheng_bot"}
Json = dict[str, Any]

_updates = count(700_000_001)
_messages = count(101)


def text_of(key: str, locale: str = "zh", *, html: bool = False, **values: Any) -> str:
    """The words of a text key; a message is HTML, a button is not."""
    return (html_text if html else plain)(Text(key, **values), locale)


def forbid_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any connection to another machine fail the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1"}:
            raise AssertionError(f"a test reached for {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


# -- raw updates ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram account; its private chat has the same id."""

    id: int
    language: str | None = "zh-hans"

    @property
    def chat(self) -> Json:
        return {"id": self.id, "type": "private", "first_name": "某人"}

    @property
    def user(self) -> Json:
        language = {} if self.language is None else {"language_code": self.language}
        return {"id": self.id, "is_bot": False, "first_name": "某人", **language}


def group(chat_id: int, title: str = "创城工作群") -> Json:
    return {"id": chat_id, "type": "supergroup", "title": title}


def update(kind: str, body: Json) -> Json:
    return {"update_id": next(_updates), kind: body}


def message(person: Person, *, chat: Json | None = None, reply_to: int | None = None, **content: Any) -> Json:
    """A message as Telegram describes it; ``content`` is text, photo, sticker and so on."""
    where = chat or person.chat
    body = {
        "message_id": next(_messages),
        "date": 1_797_000_000,
        "from": person.user,
        "chat": where,
        **content,
    }
    text = content.get("text", "")
    if text.startswith("/"):
        length = len(text.split()[0])
        body["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    if reply_to is not None:
        body["reply_to_message"] = {"message_id": reply_to, "date": 1_797_000_000, "chat": where, "from": BOT}
    return body


def said(person: Person, text: str, **where: Any) -> Json:
    return update("message", message(person, text=text, **where))


def edited(person: Person, text: str, **where: Any) -> Json:
    return edit(update("message", message(person, text=text, **where)))


def edit(sent: Json, **changes: Any) -> Json:
    """The update that reports an edit of a message sent before."""
    return update("edited_message", {**sent["message"], "edit_date": 1_797_000_060, **changes})


def photo(name: str) -> list[Json]:
    """Two sizes of one photo; the larger comes last, as in Telegram's updates."""
    sizes = (("small", 90), ("large", 1280))
    return [
        {"file_id": f"{name}-{size}", "file_unique_id": f"u-{name}-{size}", "width": width, "height": width}
        for size, width in sizes
    ]


def document(name: str) -> Json:
    return {"file_id": "a-file", "file_unique_id": "u-a-file", "file_name": name}


def pressed(person: Person, data: str | None, message_id: int, *, chat: Json | None = None) -> Json:
    where = chat or person.chat
    shown = {"message_id": message_id, "date": 1_797_000_000, "chat": where, "from": BOT, "text": "…"}
    query = {
        "id": str(next(_updates)),
        "from": person.user,
        "chat_instance": "1",
        "message": shown,
        "data": data,
    }
    return update("callback_query", query)


def bot_status(
    person: Person, new: str, *, chat: Json | None = None, old: str | None = None, may_pin: bool = True
) -> Json:
    """The update that says: ``person`` blocked, unblocked, added, removed, promoted or demoted the bot."""

    def member(status: str) -> Json:
        more: Json = {"until_date": 0} if status == "kicked" else {}
        if status == "administrator":
            rights = (
                *("manage_chat", "delete_messages", "manage_video_chats", "restrict_members"),
                *("promote_members", "change_info", "invite_users", "post_stories"),
                *("edit_stories", "delete_stories"),
            )
            more = {f"can_{right}": False for right in rights}
            more |= {"can_be_edited": False, "is_anonymous": False, "can_pin_messages": may_pin}
        return {"user": BOT, "status": status, **more}

    change = {
        "chat": chat or person.chat,
        "from": person.user,
        "date": 1_797_000_000,
        "old_chat_member": member(old or ("member" if new in {"kicked", "left"} else "left")),
        "new_chat_member": member(new),
    }
    return update("my_chat_member", change)


# -- the bot behind them -------------------------------------------------------------------------------


class OfflineRequest(BaseRequest):
    """Answers only the call that asks who the bot is; any other call to Telegram fails the test."""

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, url: str, *args: Any, **options: Any) -> tuple[int, bytes]:
        method = url.rsplit("/", 1)[-1]
        if method != "getMe":
            raise AssertionError(f"{method} would go over the network")
        return 200, json.dumps({"ok": True, "result": BOT}).encode()


async def offline_application(monkeypatch: pytest.MonkeyPatch) -> Application[Any, Any, Any, Any, Any, Any]:
    """The program's own application with its handlers; it reaches no network."""
    monkeypatch.setattr(bot.app, "HTTPXRequest", lambda **_options: OfflineRequest())
    application = bot.app.build_application(Settings(bot_token=SecretStr(TOKEN)))
    await application.initialize()
    return application


@dataclass
class FixedClock:
    moment: datetime

    async def now(self) -> datetime:
        return self.moment

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot as its reader sees it. ``edit``: the earlier message that it replaces."""

    chat_id: int
    message_id: int
    parts: Sequence[str]
    buttons: Sequence[tuple[str, str]]
    thread_id: int | None = None
    edit: bool = False
    state: DeliveryState | None = None
    files: Sequence[FileSpec] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.parts)

    def data(self, label: str) -> str:
        """The callback data of the one button with that label.

        If there is none, that of the one button whose label contains it.
        """
        exact = [data for shown, data in self.buttons if label == shown]
        (found,) = exact or [data for shown, data in self.buttons if label in shown]
        return found

    def labels(self) -> list[str]:
        return [label for label, _ in self.buttons]


class _Screen(Sender):
    """Keeps the prompts that intake hands over after its commit."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.reactions: list[tuple[int, int, str]] = []
        self.over: list[tuple[int, int]] = []

    async def react(self, chat_id: int, message_id: int, emoji: str) -> None:
        self.reactions.append((chat_id, message_id, emoji))

    def end_card(self, chat_id: int, message_id: int) -> None:
        self.over.append((chat_id, message_id))

    def submit(self, prompts: list[Prompt]) -> None:
        self.prompts += prompts

    def is_behind(self, chat_id: int) -> bool:
        return False

    def has_prompt(self, chat_id: int, key: PromptKey) -> bool:
        return any(prompt.key == key for prompt in self.prompts)

    def wake(self) -> None: ...


class _Toasts(Telegram):
    """Keeps the answers to pressed buttons, and the reactions."""

    def __init__(self) -> None:
        self.shown: list[tuple[str | None, bool]] = []
        self.reactions: list[tuple[int, int, str]] = []

    async def react(self, chat_id: int, message_id: int, emoji: str) -> None:
        self.reactions.append((chat_id, message_id, emoji))

    async def answer(self, query_id: str, text: str | None, *, alert: bool) -> None:
        self.shown.append((text, alert))


class Chats:
    """Acts for people in their chats, and shows what the bot answers."""

    def __init__(
        self,
        database: Database,
        application: Application[Any, Any, Any, Any, Any, Any],
        campaign: Campaign,
        now: datetime,
    ) -> None:
        self.database = database
        self.campaign = campaign
        self.clock = FixedClock(now)
        self.screen = _Screen()
        self.telegram = _Toasts()
        parts = (self.screen, self.clock, campaign)
        handling = UpdateHandling(database, application, self.telegram, *parts)
        self.intake = Intake(database, application.bot, *parts, handling)
        self.shown: list[Shown] = []

    @property
    def toasts(self) -> list[tuple[str | None, bool]]:
        return self.telegram.shown

    @property
    def reactions(self) -> list[tuple[int, int, str]]:
        """All reactions as (chat, message, emoji); reactions to albums come last."""
        return [*self.telegram.reactions, *self.screen.reactions]

    def has_buttons(self, shown: Shown) -> bool:
        """Whether the message, as it was last shown, still has its buttons."""
        last = [
            one for one in self.shown if (one.chat_id, one.message_id) == (shown.chat_id, shown.message_id)
        ]
        return bool(last[-1].buttons) and (shown.chat_id, shown.message_id) not in self.screen.over

    async def handle(self, *raw: Json) -> list[float]:
        """Store updates and handle them; return the delays that the bot asks for before another try.

        No delay is waited for.
        """
        await self.intake.store(list(raw))
        delays = []
        for lane in dict.fromkeys(map(lane_of, raw)):
            # This is the step that a lane repeats. The lane itself would sleep between two tries.
            while (delay := await self.intake._next(lane)) is not None:
                delays.append(delay)
        return [delay for delay in delays if delay]

    async def answers(self, *raw: Json) -> list[Shown]:
        """Handle updates, and return the messages shown in answer, in order."""
        await self.handle(*raw)
        return await self._show_prompts()

    async def handle_waiting(self, lane: int) -> list[Shown]:
        """Handle what waits in a chat's lane, and return the messages shown in answer."""
        while await self.intake._next(lane) is not None:
            pass
        return await self._show_prompts()

    async def cards(self) -> list[Shown]:
        """Show the cards of albums that have come in, without waiting until they are due."""
        albums = Prompts(self.database, self.screen, self.clock, self.campaign)
        async with self.database.reading() as session:
            to_come = await prompts.to_come(session)
        for draft_id, due in to_come:
            await albums._hand_over(draft_id, due)
        return await self._show_prompts()

    async def _show_prompts(self) -> list[Shown]:
        prompts, self.screen.prompts = self.screen.prompts, []
        found = []
        for prompt in prompts:
            found.append(await self._show(prompt.chat_id, prompt.thread_id, prompt.rendered, prompt.edit))
            if prompt.shown is not None:
                async with self.database.transaction() as session:
                    over = await prompt.shown(session, found[-1].message_id)
                if over is not None:
                    self.screen.end_card(prompt.chat_id, over)
        self.shown += found
        return found

    async def answer(self, *raw: Json) -> Shown:
        (only,) = await self.answers(*raw)
        return only

    async def say(self, person: Person, text: str, **where: Any) -> Shown:
        return await self.answer(said(person, text, **where))

    async def press(
        self, person: Person, shown: Shown, label: str, *, chat: Json | None = None
    ) -> list[Shown]:
        return await self.answers(pressed(person, shown.data(label), shown.message_id, chat=chat))

    async def post(self) -> list[Shown]:
        """Deliver all promised messages, as the sender does, and show them."""
        found = []
        async with self.database.transaction() as session:
            waiting = select(Outbox).where(Outbox.state == DeliveryState.NEW).order_by(col(Outbox.id))
            for row in (await session.exec(waiting)).all():
                rendered = await rendering.render(tick_for(session, self.clock.moment, self.campaign), row)
                state = DeliveryState.WITHDRAWN if rendered is None else DeliveryState.SENT
                await messages.move_delivery(session, row.id or 0, [DeliveryState.NEW], state)
                if rendered is not None:
                    found.append((row, render_view(session, *rendered, self.clock.moment)))
        shown = []
        for row, made in found:
            one = await self._show(row.chat_id, row.thread_id, made, None)
            if made.listed is not None:
                async with self.database.transaction() as session:
                    kind = office_notices.live_kind(row)
                    await live_messages.keep_list(session, row.id or 0, row.chat_id, made.listed, kind=kind)
                    await office_notices.place(session, row, [one.message_id])
            shown.append(one)
        self.shown += shown
        return shown

    async def _show(
        self, chat_id: int, thread_id: int | None, rendered: RenderedView, edit: int | None
    ) -> Shown:
        words = "\n".join(rendered.parts)
        assert not _DOUBLED.search(words), f"two signs where one belongs: {words}"
        rows: Iterable[Sequence[Any]] = rendered.keyboard.inline_keyboard if rendered.keyboard else ()
        buttons = [(button.text, _data(button)) for row in rows for button in row]
        message_id = edit or next(_messages)
        async with self.database.transaction() as session:
            await subjects.remember(session, chat_id, message_id, rendered.about)
        files = [file for album in rendered.albums for file in album]
        return Shown(chat_id, message_id, rendered.parts, buttons, thread_id, edit is not None, files=files)


# What joins sentences must not bring a second sign: 。；
_DOUBLED: Final = re.compile(r"[。；，、][。；，、]")


def _data(button: InlineKeyboardButton) -> str:
    """What a press sends or, for a button that copies, what it copies."""
    return button.copy_text.text if button.copy_text else str(button.callback_data)


async def own_button(chats: Chats, action: str, only_for: int | None = None, **arguments: object) -> str:
    """The key of a new button that does ``action`` with arguments of the test's choice."""
    async with chats.database.transaction() as session:
        spec = ButtonSpec(Text("tasks.report_button"), action, arguments, only_for)
        return buttons.add(session, spec, chats.clock.moment)
