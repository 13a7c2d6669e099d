"""Telegram's sending limits. They are off until a test switches them on; the counts are kept either way."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from sandbox.errors import ApiError, WorldError


@dataclass(slots=True)
class LimitSettings:
    """The limits. They count messages, not calls: each item of an album counts.

    `per_second`: over all chats. `chat_burst`: the number of messages that one chat takes at once before its
    pace (`per_chat_second`) counts; this is Telegram's tolerance. `per_group_minute`: in one group. `edits`:
    whether edits count too.
    """

    enabled: bool = False
    per_second: int = 30
    per_chat_second: float = 1.0
    chat_burst: int = 3
    per_group_minute: int = 20
    edits: bool = False

    def change(self, values: dict[str, Any]) -> None:
        known = {item.name for item in fields(self)}
        if unknown := set(values) - known:
            raise WorldError(f"unknown limit settings: {sorted(unknown)}; there are {sorted(known)}")
        for name, value in values.items():
            setattr(self, name, value)


class RateLimits:
    """Counts messages in sliding windows of monotonic time, which the simulated clock does not touch."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.settings = LimitSettings()
        self._monotonic = monotonic
        self._overall: deque[float] = deque()
        self._group: dict[int, deque[float]] = defaultdict(deque)
        self._tokens: dict[int, tuple[float, float]] = {}
        self.reset_counts()

    def reset_counts(self) -> None:
        self.accepted: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()
        self.peak_per_second = 0

    def take(self, chat_id: int, messages: int = 1) -> None:
        """Count `messages` for `chat_id`. Raises ApiError 429 with ``retry_after`` in whole seconds."""
        now = self._monotonic()
        wait = self._wait(chat_id, messages, now)
        if self.settings.enabled and wait > 0:
            self.refused[chat_id] += messages
            seconds = max(1, math.ceil(wait))
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        self._overall.extend([now] * messages)
        self._group[chat_id].extend([now] * messages)
        self._tokens[chat_id] = (self._available(chat_id, now) - messages, now)
        self.accepted[chat_id] += messages
        self.peak_per_second = max(self.peak_per_second, len(self._overall))

    def _wait(self, chat_id: int, messages: int, now: float) -> float:
        settings = self.settings
        waits = [_window(self._overall, settings.per_second - messages, 1.0, now)]
        group = _window(self._group[chat_id], settings.per_group_minute - messages, 60.0, now)
        if chat_id < 0:
            waits.append(group)
        missing = min(messages, settings.chat_burst) - self._available(chat_id, now)
        waits.append(missing / settings.per_chat_second)
        return max(waits)

    def _available(self, chat_id: int, now: float) -> float:
        settings = self.settings
        left, since = self._tokens.get(chat_id, (float(settings.chat_burst), now))
        return min(float(settings.chat_burst), left + (now - since) * settings.per_chat_second)

    def report(self) -> dict[str, Any]:
        """Settings and counts. The ids of chats are strings, because JSON has no other keys."""
        return {
            "settings": asdict(self.settings),
            "accepted": sum(self.accepted.values()),
            "refused": sum(self.refused.values()),
            "peak_per_second": self.peak_per_second,
            "accepted_by_chat": {str(chat): count for chat, count in self.accepted.items()},
            "refused_by_chat": {str(chat): count for chat, count in self.refused.items()},
        }


def _window(times: deque[float], room: int, seconds: float, now: float) -> float:
    """Forget times that have left the window; the seconds until it holds no more than `room`."""
    while times and times[0] <= now - seconds:
        times.popleft()
    if len(times) <= max(room, 0):
        return 0.0
    return times[len(times) - max(room, 0) - 1] + seconds - now
