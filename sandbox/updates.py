"""The bot's queue of updates. A higher offset acknowledges them, and one poller at a time reads them."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.errors import ApiError
from sandbox.model import Json
from sandbox.signal import Signal

# Telegram sends these only to a bot that asks for them by name.
OPT_IN: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_LIMIT: Final = 100
MAX_TIMEOUT: Final = 50
_OTHER_POLLER: Final = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
_WEBHOOK_ACTIVE: Final = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
_WEBHOOK_SET: Final = "Conflict: terminated by setWebhook request"


@dataclass(slots=True, eq=False)
class _Poll:
    """A getUpdates that waits. `conflict` says why it had to make room."""

    conflict: str | None = None


class UpdateQueue:
    """A queue with offsets, as at Telegram: it forgets updates below the offset, and the rest comes again."""

    def __init__(self, signal: Signal, *, first_id: int = 730_000_001) -> None:
        self._signal = signal
        self._pending: deque[Json] = deque()
        self._poll: _Poll | None = None
        self.next_id = first_id
        self.allowed: frozenset[str] | None = None
        self.webhook: Json | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def pending(self) -> list[Json]:
        """The updates that are not acknowledged, the oldest first."""
        return list(self._pending)

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed is not None else kind not in OPT_IN

    def add(self, kind: str, payload: Json) -> int | None:
        """Queue one update; None if the bot did not ask for this kind."""
        if not self.wants(kind):
            return None
        return self.add_raw({kind: payload})

    def add_raw(self, update: Json) -> int:
        """Queue a body as it is, well formed or not. A missing ``update_id`` is filled in."""
        if "update_id" not in update:
            update = {"update_id": self.next_id, **update}
            self.next_id += 1
        self._pending.append(update)
        self._signal.fire()
        return int(update["update_id"])

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Remember ``allowed_updates``. None leaves it, an empty list asks for the usual kinds."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None
            self._signal.fire()

    def acknowledge(self, offset: int) -> None:
        """Forget updates below `offset`. A negative offset keeps only that many from the end."""
        before = len(self._pending)
        if offset > 0:
            self._pending = deque(u for u in self._pending if u["update_id"] >= offset)
        elif offset < 0:
            keep = max(0, before + offset)
            self._pending = deque(itertools.islice(self._pending, keep, None))
        if len(self._pending) != before:
            self._signal.fire()

    def drop_all(self) -> None:
        self._pending.clear()
        self._signal.fire()

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Json]:
        """The updates for one getUpdates: at once if there are any, else when they come.

        After `seconds` without any the result is empty. Raises ApiError 409 if a webhook is set, or if a
        newer poll takes this one's place.
        """
        if self.webhook is not None:
            raise ApiError(409, _WEBHOOK_ACTIVE)
        self._make_room(_OTHER_POLLER)
        mine = self._poll = _Poll()
        self.acknowledge(offset)

        def ready() -> list[Json] | None:
            if mine.conflict:
                return []
            return list(itertools.islice(self._pending, limit)) or None

        try:
            batch = await self._signal.until(ready, seconds)
        finally:
            if self._poll is mine:
                self._poll = None
        if mine.conflict:
            raise ApiError(409, mine.conflict)
        return batch or []

    def set_webhook(self, webhook: Json | None) -> None:
        """Store the address to which updates should go. A waiting getUpdates ends with 409."""
        self.webhook = webhook
        if webhook is not None:
            self._make_room(_WEBHOOK_SET)

    def _make_room(self, conflict: str) -> None:
        if self._poll is not None:
            self._poll.conflict = conflict
            self._signal.fire()
