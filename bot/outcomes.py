"""What a failed call to Telegram tells about the message: unsent for certain, or nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from rules import delivery
from rules.delivery import Outcome

# The connection did not come about, so nothing can have arrived.
_NEVER_CONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NOT_MODIFIED: Final = "message is not modified"
_TOO_LARGE: Final = "too large"


def outcome_of(error: TelegramError) -> Outcome:
    """Classify an error of a sending call. Subclasses come before their bases: ``BadRequest`` and
    ``TimedOut`` are both ``NetworkError``."""
    if isinstance(error, RetryAfter):
        return delivery.Paused(_seconds(error.retry_after))
    if isinstance(error, ChatMigrated):
        return delivery.Migrated(error.new_chat_id)
    if isinstance(error, Forbidden):
        return delivery.Forbidden()
    if isinstance(error, InvalidToken):
        return delivery.Unsent("the token was refused")
    if isinstance(error, BadRequest):
        return _of_bad_request(error)
    if isinstance(error, NetworkError):
        return _of_network_error(error)
    return delivery.Unknown(type(error).__name__)


def _of_bad_request(error: BadRequest) -> Outcome:
    if _NOT_MODIFIED in str(error).lower():
        return delivery.Sent(0)
    return delivery.Rejected(str(error))


def _of_network_error(error: NetworkError) -> Outcome:
    cause = error.__cause__
    if isinstance(cause, _NEVER_CONNECTED):
        return delivery.Unsent(type(cause).__name__)
    if _TOO_LARGE in str(error).lower():
        return delivery.Rejected("too large")
    return delivery.Unknown(type(cause).__name__ if cause else type(error).__name__)


def _seconds(retry_after: int | timedelta) -> float:
    return retry_after.total_seconds() if isinstance(retry_after, timedelta) else float(retry_after)
