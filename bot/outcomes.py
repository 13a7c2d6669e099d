"""What a failed call to Telegram says about the message, and the record of it until the database takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.tracebacks import without_words
from models.db import Database, Session
from models.delivery import inbox
from rules.delivery import delivery
from rules.delivery.delivery import Outcome
from services.groups import group_binding
from services.people import enrolment

# There was no connection, so nothing can have arrived.
_NEVER_CONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NOT_MODIFIED: Final = "message is not modified"
_TOO_LARGE: Final = "too large"
_TOPIC_GONE: Final = ("thread not found", "topic_closed", "topic_deleted")


def outcome_of(error: TelegramError, thread_id: int | None = None) -> Outcome:
    """Classify the error of a call; ``thread_id``: the topic that it sent to.

    Subclasses come before their bases: ``BadRequest`` and ``TimedOut`` are both ``NetworkError``.
    """
    if isinstance(error, RetryAfter):
        return delivery.PausedOutcome(_seconds(error.retry_after))
    if isinstance(error, ChatMigrated):
        return delivery.MigratedOutcome(error.new_chat_id)
    if isinstance(error, Forbidden):
        return delivery.ForbiddenOutcome()
    if isinstance(error, InvalidToken):
        return delivery.UnsentOutcome("the token was refused")
    if isinstance(error, BadRequest):
        return _of_bad_request(error, thread_id)
    if isinstance(error, NetworkError):
        return _of_network_error(error)
    return delivery.UnknownOutcome(type(error).__name__)


async def still_true(session: Session, chat_id: int, outcome: Outcome, since: datetime) -> Outcome:
    """The outcome of a call that began at ``since``, as things are now.

    A person who has meanwhile written, or taken the bot back into their group, is not lost by an earlier
    refusal: their message is tried again.
    """
    if isinstance(outcome, delivery.ForbiddenOutcome) and await inbox.heard_since(session, chat_id, since):
        return delivery.UnsentOutcome("heard of since")
    return outcome


async def lose_chat(session: Session, chat_id: int, now: datetime, today: date) -> None:
    """Note that the bot may no longer write to that chat. ``today``: the local day."""
    if chat_id < 0:
        await group_binding.lose_group(session, chat_id, now=now)
    else:
        await enrolment.lose_contact(session, chat_id, now=now, today=today)


def _of_bad_request(error: BadRequest, thread_id: int | None) -> Outcome:
    words = str(error).lower()
    if _NOT_MODIFIED in words:
        return delivery.SentOutcome(0)
    # Without a topic there is no other place to try.
    if thread_id is not None and any(gone in words for gone in _TOPIC_GONE):
        return delivery.TopicGoneOutcome()
    return delivery.RejectedOutcome(without_words(str(error)))


def _of_network_error(error: NetworkError) -> Outcome:
    cause = error.__cause__
    if isinstance(cause, _NEVER_CONNECTED):
        return delivery.UnsentOutcome(type(cause).__name__)
    if _TOO_LARGE in str(error).lower():
        return delivery.RejectedOutcome("too large")
    return delivery.UnknownOutcome(type(cause).__name__ if cause else type(error).__name__)


def _seconds(retry_after: int | timedelta) -> float:
    return retry_after.total_seconds() if isinstance(retry_after, timedelta) else float(retry_after)


log = structlog.get_logger(__name__)
AGAIN_AFTER: Final = 1.0
T = TypeVar("T")


async def record(database: Database, write: Callable[[Session], Awaitable[T]]) -> T:
    """Run ``write`` in a transaction; try again until the database takes it."""
    while True:
        try:
            async with database.transaction() as session:
                return await write(session)
        except SQLAlchemyError:
            log.exception("what was sent cannot be recorded yet")
            await asyncio.sleep(AGAIN_AFTER)
