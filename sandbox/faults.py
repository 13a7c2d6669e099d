"""Faults that a test orders, and the log of every call that the program made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from sandbox.errors import REASONS, ApiError, WorldError
from sandbox.model import Json

MODES: Final = ("error", "drop_before", "drop_after", "hang", "hang_after", "delay", "garbage")
_DESCRIPTIONS: Final = {
    400: "Bad Request: ordered by the test",
    403: "Forbidden: bot was blocked by the user",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
}


@dataclass(slots=True)
class Fault:
    """What happens to the next calls that fit.

    `method` may hold wildcards (``send*``); `count` None or -1 means until cleared. Modes: ``error`` answers
    `status`. ``drop_before`` cuts the connection before the effect, ``drop_after`` after it. ``hang`` and
    ``hang_after`` keep it open without an answer for `seconds` (None: until the client gives up) and then cut
    it. ``delay`` waits `seconds` and goes on as usual. ``garbage`` answers `status` with `description` as the
    whole body, or with a body that is not JSON.
    """

    method: str
    count: int | None = 1
    chat: int | None = None
    status: int = 500
    description: str | None = None
    parameters: Json | None = None
    mode: str = "error"
    seconds: float | None = None
    private: bool = False
    used: int = 0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise WorldError(f"unknown mode {self.mode!r}; there are {', '.join(MODES)}")
        if self.status == 429 and self.parameters is None:
            self.parameters = {"retry_after": 1}

    def fits(self, method: str, chat_id: int | None) -> bool:
        spent = self.count is not None and 0 <= self.count <= self.used
        named = fnmatchcase(method.lower(), self.method.lower())
        fits_chat = self.chat in (None, chat_id) and (not self.private or (chat_id or 0) > 0)
        return not spent and named and fits_chat

    def error(self) -> ApiError:
        description = self.description or _DESCRIPTIONS.get(self.status) or REASONS.get(self.status, "Error")
        if self.description is None and self.status == 429 and self.parameters:
            description = f"Too Many Requests: retry after {self.parameters.get('retry_after')}"
        return ApiError(self.status, description, self.parameters)


@dataclass(slots=True)
class LoggedCall:
    """One call of the Bot API. `status` is None while it has no answer, 0 if the connection was cut."""

    number: int
    method: str
    monotonic: float
    at: str
    chat_id: int | None
    params: Json
    status: int | None = None
    description: str | None = None
    fault: str | None = None

    def to_json(self) -> Json:
        names = ("number", "method", "monotonic", "at", "chat_id", "params", "status", "description", "fault")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class Faults:
    rules: list[Fault] = field(default_factory=list)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The first rule that fits, counted as used."""
        rule = next((rule for rule in self.rules if rule.fits(method, chat_id)), None)
        if rule is not None:
            rule.used += 1
        return rule


@dataclass(slots=True)
class CallLog:
    """The calls, the oldest first. With a `limit` it keeps at least so many of the latest; numbers go on."""

    limit: int | None = None
    entries: list[LoggedCall] = field(default_factory=list)
    last: int = 0

    def open(
        self, method: str, *, monotonic: float, at: str, chat_id: int | None, params: dict[str, Any]
    ) -> LoggedCall:
        self.last += 1
        call = LoggedCall(self.last, method, monotonic, at, chat_id, params)
        self.entries.append(call)
        if self.limit is not None and len(self.entries) >= 2 * self.limit:
            del self.entries[: -self.limit]
        return call

    def find(self, method: str = "*", *, after: int = 0, chat: int | None = None) -> Iterator[LoggedCall]:
        """Calls with a number above `after`, the oldest first; `method` may hold wildcards."""
        forgotten = self.last - len(self.entries)
        for call in self.entries[max(0, after - forgotten) :]:
            if fnmatchcase(call.method.lower(), method.lower()) and chat in (None, call.chat_id):
                yield call
