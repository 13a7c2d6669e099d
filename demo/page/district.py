"""The district that the page plays: its people, its group, the program and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from demo.page import faults
from demo.page.clock import PageClock
from demo.page.program import PageProgram
from demo.page.words import PageWords
from demo.sample import data
from demo.stage.processes import Stage
from locales import Text
from sandbox.model import Chat, Message
from sandbox.world import World

log = structlog.get_logger(__name__)
BOT_WITHIN: Final = 15.0
"""So many real seconds a person waits for the bot's answer to a button."""


@dataclass(slots=True)
class Resident:
    """A person of the roster. ``id`` is also that of their chat with the bot; ``link``: their invitation."""

    id: int
    name: str
    post: str
    roles: str
    unit: str
    link: str = ""


@dataclass(slots=True)
class District:
    """All that the page shows. ``seen``: chat → the last message that somebody has had on their screen.

    ``preparing``: what is being prepared; None: everything stands. ``failed``: why it could not be prepared.
    """

    world: World
    stage: Stage
    words: PageWords
    residents: dict[int, Resident] = field(default_factory=dict)
    group: int = 0
    seen: dict[int, int] = field(default_factory=dict)
    preparing: Text | None = None
    failed: Text | None = None
    watchers: set[Callable[[], None]] = field(default_factory=set)
    program: PageProgram = field(init=False)
    clock: PageClock = field(init=False)

    def __post_init__(self) -> None:
        self.program = PageProgram(self.stage, self.world, self.changed)
        self.clock = PageClock(self.world, self.program, self.changed)

    def changed(self) -> None:
        """Let every window look again, and once more if one has read what another shows as unread.

        A window that fails is logged, and holds up no other.
        """
        before = dict(self.seen)
        for watcher in tuple(self.watchers):
            try:
                watcher()
            except Exception:
                log.exception("a window of the page cannot be shown")
        if self.seen != before:
            self.changed()

    async def watch(self) -> None:
        """Call the watchers after every change of the world and of its faults, until cancelled."""
        state = self._state()
        while True:

            def later(known: object = state) -> tuple[int, set[str]] | None:
                now = self._state()
                return now if now != known else None

            state = await self.world.signal.until(later, 3600.0) or state
            self.changed()
            await asyncio.sleep(0.03)  # a burst of changes is one look

    def _state(self) -> tuple[int, set[str]]:
        return self.world.changes.revision, faults.ordered(self.world)

    # -- people and chats ----------------------------------------------------------------------------------

    def resident(self, name: str) -> Resident:
        return next(one for one in self.residents.values() if one.name == name)

    def chats(self) -> list[Chat]:
        """The groups, then the people's chats, in the order of the roster."""
        groups = [chat for chat in self.world.chats.values() if not chat.is_private]
        return groups + [self.world.chats[one] for one in self.residents]

    def is_enrolled(self, resident: Resident) -> bool:
        """Whether the person has opened their link."""
        return self.world.chats[resident.id].started

    def unread(self, chat: Chat) -> int:
        """How many messages of the bot nobody has looked at yet."""
        seen = self.seen.get(chat.id, 0)
        count = 0
        for message in reversed(chat.messages.values()):
            if message.message_id <= seen:
                break
            count += self.is_from_bot(message) and not message.deleted and message.kind != "service"
        return count

    def is_from_bot(self, message: Message) -> bool:
        return message.sender_id == self.world.bot.id

    def read(self, chat: Chat) -> None:
        """Note that somebody has the chat's last message on their screen."""
        if self.seen.get(chat.id, 0) != chat.last_message_id:
            self.seen[chat.id] = chat.last_message_id

    def last_of_bot(self, chat_id: int, *parts: str) -> Message | None:
        """The bot's last message in a chat that holds all ``parts``, deleted ones left out."""
        chat = self.world.chats.get(chat_id)
        for message in reversed(chat.messages.values()) if chat else ():
            holds = all(part in message.words for part in parts)
            if self.is_from_bot(message) and not message.deleted and holds:
                return message
        return None


def residents_of(roster: data.SampleRoster) -> list[Resident]:
    """The people of the roster, still without an id."""
    return [
        Resident(0, person.name, person.post, person.roles, unit.name)
        for unit in roster.units
        for person in unit.people
    ]
