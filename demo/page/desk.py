"""One window of the page: which chat it shows, as whom, and its pieces on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from nicegui import ui

from demo.page import samples
from demo.page.chat_views import ChatView, DayView, ViewMaker
from demo.page.district import District
from demo.page.keyed_list import KeyedList
from demo.page.rendering import Rendering
from demo.page.side_views import SideViews
from demo.page.walk import Walk
from demo.page.words import PageWords
from demo.sample import data
from sandbox.model import PRESENT_STATES, Chat

PAGE: Final = 50
"""So many messages are in the page at first, and so many more come when the visitor scrolls up to them."""


@dataclass(slots=True)
class Pieces:
    """The places of the page that change."""

    chats: KeyedList
    head: KeyedList
    messages: KeyedList
    keyboard: KeyedList
    below: KeyedList
    walk: KeyedList
    clock: KeyedList
    faults: KeyedList
    over: KeyedList


@dataclass(slots=True)
class Desk:
    """A window. ``chat``: the chat that it shows; 0: none yet. ``user``: whom the visitor plays there."""

    district: District
    walk: Walk
    words: PageWords
    chat: int = 0
    user: int = 0
    thread: int | None = None
    limit: int = PAGE
    render: Rendering = field(init=False)
    pieces: Pieces = field(init=False)
    frame: ui.element = field(init=False)
    _lines: dict[int, tuple[object, str]] = field(default_factory=dict)
    _shown: object = None

    # -- building ------------------------------------------------------------------------------------------

    def build(self, chat: int = 0) -> None:
        """Make the page's frame and show what there is; ``chat``: the one that the address names."""
        self.render = Rendering(self.words)
        self.frame = _box("div", "page")
        with self.frame:
            with _box("header", "top"):
                other = "en" if self.words.locale == "zh" else "zh"
                name = {"en": "English", "zh": "中文"}[other]
                ui.html(self.render("top", other=other, other_name=name), sanitize=False)
            with _box("nav", "chats", self.words("page.chats.title")):
                ui.html(self.render("find"), sanitize=False)
                chats = KeyedList(_box("div", "chat-lines"))
            with _box("section", "chat"):
                head = KeyedList(_box("div", "head"))
                box = _box("div", "messages", self.words("page.chat.messages")).props("tabindex=0 role=log")
                messages = KeyedList(box)
                keyboard = KeyedList(_box("div", "keyboard"))
                below = KeyedList(_box("div", "below"))
            with _box("aside", "side", self.words("page.top.side_button")):
                walk, clock, drills = (KeyedList(ui.element("section")) for _ in range(3))
            over = KeyedList(_box("div", "over"))
        # What people and the bot write is in the program's language, whatever that of the page is.
        box.props["lang"] = self.district.words.locale
        self.pieces = Pieces(chats, head, messages, keyboard, below, walk, clock, drills, over)
        for name, handler in (
            ("choose", self.choose),
            ("as", self.play),
            ("topic", self.choose_topic),
            ("older", self.show_older),
            ("reveal", self.reveal),
        ):
            ui.on(name, lambda event, handler=handler: handler(event.args))
        self.look()
        self.choose(chat)

    # -- what the visitor chooses --------------------------------------------------------------------------

    def choose(self, chat_id: object) -> None:
        """Show a chat: a person's own, or a group as one of its members."""
        chat = self.district.world.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            return
        members = self._members(chat)
        self.chat, self.thread, self.limit = chat.id, None, PAGE
        self.user = chat.id if chat.is_private else next(iter(members), (0, ""))[0]
        self.walk.opened(chat.id)
        self.look()
        self.district.changed()

    def play(self, user_id: object) -> None:
        """Write in the group as this member from now on."""
        if isinstance(user_id, int) and user_id in self.district.residents:
            self.user = user_id
            self.look()

    def choose_topic(self, thread: object) -> None:
        self.thread = thread if isinstance(thread, int) else None
        self.limit = PAGE
        self.look()

    def show_older(self, _: object) -> None:
        self.limit += PAGE
        self.look()

    def reveal(self, message_id: object) -> None:
        """Show a message of this chat that is further up, or in another topic."""
        chat = self.district.world.chats.get(self.chat)
        message = chat.messages.get(message_id) if chat and isinstance(message_id, int) else None
        if chat is None or message is None or message.deleted:
            return
        self.thread = None if message.thread_id != self.thread else self.thread
        self.limit = max(self.limit, len(chat.messages) - list(chat.messages).index(message.message_id) + 1)
        self.look()
        ui.run_javascript(f"revealMessage({message.message_id})")

    # -- showing -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Show what has changed since the last look."""
        self.pieces.over.update([("over", self.render("preparing", **self._state()))])
        self.pieces.chats.update(list(self._chat_lines()))
        self._show_chat()
        self._show_side()

    def _state(self) -> dict[str, Any]:
        preparing, failed = self.district.preparing, self.district.failed
        return {
            "preparing": self.words.say(preparing) if preparing else "",
            "failed": self.words.say(failed) if failed else "",
        }

    def _show_side(self) -> None:
        side = SideViews(self.district, self.walk, self.words)
        self.pieces.walk.update([("walk", self.render("walk", **side.walk_values()))])
        self.pieces.clock.update([("clock", self.render("clock", **side.clock_values()))])
        self.pieces.faults.update([("faults", self.render("faults", **side.fault_values()))])

    def _views(self) -> ViewMaker:
        return ViewMaker(self.district, self.words, self.user, self.thread, self.limit)

    def _chat_lines(self) -> Iterator[tuple[str, str]]:
        """The groups and people, by unit; a line is only rendered anew if it differs."""
        views, unit = self._views(), ""
        for chat in self.district.chats():
            resident = self.district.residents.get(chat.id)
            if resident is not None and resident.unit != unit:
                unit = resident.unit
                yield f"unit-{unit}", self.render("unit_line", unit=unit)
            if chat.id == self.chat:
                self.district.read(chat)
            state = (
                self.district.world.revision_of(chat.id),
                self.district.seen.get(chat.id),
                chat.id == self.chat,
            )
            if self._lines.get(chat.id, (None, ""))[0] != state:
                line = self.render("chat_line", c=views.chat_line(chat, self.chat))
                self._lines[chat.id] = (state, line)
            yield f"chat-{chat.id}", self._lines[chat.id][1]

    def _show_chat(self) -> None:
        chat = self.district.world.chats.get(self.chat)
        if chat is None:
            self.pieces.messages.update([("empty", self.render("empty"))])
            return
        around = (self.district.program.is_on, self.walk.next_step())
        revision = self.district.world.revision_of(chat.id)
        shown = (self.chat, self.user, self.thread, self.limit, revision, around)
        if shown == self._shown:
            return
        self._shown = shown
        views = self._views()
        line = views.chat_line(chat, self.chat)
        self.frame.props(f"data-chat={chat.id} data-user={self.user}")
        self.pieces.head.update([("head", self._head(views, line, chat))])
        found = [
            (
                view.key,
                self.render("day", day=view) if isinstance(view, DayView) else self.render("message", m=view),
            )
            for view in views.messages(chat)
        ]
        older = [("older", self.render("older", count=views.older))] if views.older else []
        self.pieces.messages.update(older + found)
        self.pieces.keyboard.update([("keys", self.render("keyboard", rows=views.keyboard(chat)))])
        self.pieces.below.update([("composer", self._composer(views, line, chat))])

    def _head(self, views: ViewMaker, line: ChatView, chat: Chat) -> str:
        topics = [(topic.thread_id, topic.name) for topic in chat.topics.values()]
        return self.render(
            "chat_head",
            c=line,
            members=self._members(chat),
            user=self.user,
            topics=topics,
            thread=self.thread,
            pinned=views.pinned(chat),
            blocked=chat.blocked,
            on=self.district.program.is_on,
            next=self.walk.next_step(),
        )

    def _members(self, chat: Chat) -> list[tuple[int, str]]:
        """The people of a group, by id and name; none for a private chat."""
        if chat.is_private:
            return []
        return [
            (one.user_id, self.district.residents[one.user_id].name)
            for one in chat.members.values()
            if one.user_id in self.district.residents and one.status in PRESENT_STATES
        ]

    def _composer(self, views: ViewMaker, line: ChatView, chat: Chat) -> str:
        return self.render(
            "composer",
            c=line,
            blocked=chat.blocked,
            user=self.user,
            thread=self.thread,
            samples=samples.NAMES,
            places=[point.name for point in data.points().lines[:4]],
            commands=views.commands(chat),
        )


def _box(tag: str, name: str, label: str = "") -> ui.element:
    """A part of the frame; ``label`` names it for who cannot see it."""
    box = ui.element(tag)
    box.props["id"] = name
    if label:
        box.props["aria-label"] = label
    return box
