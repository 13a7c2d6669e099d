"""What the sender keeps of a chat: its waiting prompts, and what is known of its promised messages."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.sending.prompt_showing import Prompt
from services.delivery.prompts import PromptKey


@dataclass(slots=True)
class Lane:
    """The state of a chat's lane.

    ``at``: the key of the prompt that is being sent. ``ahead``: whether somebody waits for the chat's next
    promised message; None: there is none. It may be ``stale``. ``asks``: the database is being asked for it,
    and may not tell of what is committed meanwhile. ``hurry``: somebody begins to wait here, so a message in
    the line of those to many people gives way. ``again_at``: a message that nobody waits for failed or may
    not go yet; it is tried again at this loop time. ``over``: cards that lose their buttons when nothing else
    is left to do.
    """

    prompts: deque[Prompt] = field(default_factory=deque)
    at: PromptKey | None = None
    over: deque[int] = field(default_factory=deque)
    paused_until: float = 0.0
    again_at: float = 0.0
    ahead: bool | None = None
    asks: bool = False
    stale: bool = False
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


@contextmanager
def asking(lane: Lane) -> Iterator[None]:
    """A block that asks the database for the lane's next promised message."""
    lane.stale, lane.asks = False, True
    try:
        yield
    finally:
        lane.asks = False
