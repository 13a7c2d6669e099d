"""What an error of PTB tells about a message: as a table, and as it comes over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.error import Forbidden as PtbForbidden

from bot.outcomes import outcome_of
from rules.delivery.delivery import (
    ForbiddenOutcome,
    MigratedOutcome,
    Outcome,
    PausedOutcome,
    RejectedOutcome,
    SentOutcome,
    TopicGoneOutcome,
    UnknownOutcome,
    UnsentOutcome,
)
from sandbox.client import SandboxClient
from sandbox.testing import RunningSandbox
from tests.bot.desk import make_bot
from tests.support.postgres import free_port

CHAT = 6_100_000_001


def caused(error: NetworkError, cause: Exception) -> NetworkError:
    """Return ``error`` as PTB raises it from an error of httpx."""
    error.__cause__ = cause
    return error


TABLE: list[tuple[TelegramError, Outcome]] = [
    (ChatMigrated(-1_002_000_000_001), MigratedOutcome(-1_002_000_000_001)),
    (PtbForbidden("Forbidden: bot was blocked by the user"), ForbiddenOutcome()),
    (InvalidToken("Unauthorized"), UnsentOutcome("the token was refused")),
    (BadRequest("Message is not modified: same content"), SentOutcome(0)),
    (BadRequest("Chat not found"), RejectedOutcome("Chat not found")),
    (BadRequest("Message is too long"), RejectedOutcome("Message is too long")),
    (NetworkError("Request Entity Too Large"), RejectedOutcome("too large")),
    (NetworkError("Bad Gateway"), UnknownOutcome("NetworkError")),
    (NetworkError("Internal Server Error"), UnknownOutcome("NetworkError")),
    (Conflict("Conflict"), UnknownOutcome("Conflict")),
    (TelegramError("Invalid server response"), UnknownOutcome("TelegramError")),
    (TimedOut(), UnknownOutcome("TimedOut")),
    (caused(TimedOut(), httpx.ConnectTimeout("")), UnsentOutcome("ConnectTimeout")),
    (caused(TimedOut(), httpx.PoolTimeout("")), UnsentOutcome("PoolTimeout")),
    (caused(TimedOut(), httpx.ReadTimeout("")), UnknownOutcome("ReadTimeout")),
    (caused(TimedOut(), httpx.WriteTimeout("")), UnknownOutcome("WriteTimeout")),
    (caused(NetworkError("?"), httpx.ConnectError("")), UnsentOutcome("ConnectError")),
    (caused(NetworkError("?"), httpx.ReadError("")), UnknownOutcome("ReadError")),
    (caused(NetworkError("?"), httpx.WriteError("")), UnknownOutcome("WriteError")),
    (caused(NetworkError("?"), httpx.RemoteProtocolError("")), UnknownOutcome("RemoteProtocolError")),
]


@pytest.mark.parametrize("words", ["Message thread not found", "TOPIC_CLOSED", "TOPIC_DELETED"])
def test_a_topic_that_is_gone(words: str) -> None:
    """The message is worth a try in the general topic, unless the general topic itself is closed."""
    assert outcome_of(BadRequest(words), 7) == TopicGoneOutcome()
    assert outcome_of(BadRequest(words)) == RejectedOutcome(words)
    assert outcome_of(BadRequest("Chat not found"), 7) == RejectedOutcome("Chat not found")


@pytest.mark.parametrize(("error", "outcome"), TABLE, ids=lambda part: repr(part)[:50])
def test_the_table(error: TelegramError, outcome: Outcome) -> None:
    assert outcome_of(error) == outcome


@pytest.mark.parametrize("given", [7, timedelta(seconds=7)])
def test_429_pauses_for_as_long_as_telegram_says(given: int | timedelta) -> None:
    assert outcome_of(RetryAfter(given)) == PausedOutcome(7.0)


def test_the_order_of_the_clauses_matters() -> None:
    """PTB's class tree makes a naive ``except NetworkError`` wrong; this fails if PTB changes it."""
    assert issubclass(BadRequest, NetworkError)
    assert issubclass(TimedOut, NetworkError)


HTTP: list[tuple[dict[str, Any], type[Outcome]]] = [
    ({"status": 400}, RejectedOutcome),
    ({"status": 400, "description": "Bad Request: message is not modified"}, SentOutcome),
    ({"status": 400, "parameters": {"migrate_to_chat_id": -100}}, MigratedOutcome),
    ({"status": 401}, UnsentOutcome),
    ({"status": 403}, ForbiddenOutcome),
    ({"status": 404}, UnsentOutcome),
    ({"status": 409}, UnknownOutcome),
    ({"status": 413}, RejectedOutcome),
    ({"status": 429, "parameters": {"retry_after": 30}}, PausedOutcome),
    ({"status": 500}, UnknownOutcome),
    ({"status": 502}, UnknownOutcome),
    ({"status": 502, "mode": "garbage"}, UnknownOutcome),
    ({"status": 200, "mode": "garbage"}, UnknownOutcome),
    ({"mode": "drop_before"}, UnknownOutcome),
    ({"mode": "drop_after"}, UnknownOutcome),
]


@pytest.mark.parametrize(("fault", "kind"), HTTP, ids=lambda part: str(part)[:60])
async def test_as_it_comes_over_http(
    fault: dict[str, Any], kind: type[Outcome], bot: Bot, people: SandboxClient
) -> None:
    await people.fail("sendMessage", **fault)
    with pytest.raises(TelegramError) as raised:
        await bot.send_message(CHAT, "一")
    assert isinstance(outcome_of(raised.value), kind)


async def test_no_answer_in_time_is_unknown(telegram: RunningSandbox, people: SandboxClient) -> None:
    await people.fail("sendMessage", mode="hang")
    async with make_bot(telegram, read_timeout=0.1) as bot:
        with pytest.raises(TimedOut) as raised:
            await bot.send_message(CHAT, "一")
    assert outcome_of(raised.value) == UnknownOutcome("ReadTimeout")


async def test_nobody_listens_is_unsent(telegram: RunningSandbox) -> None:
    bot = make_bot(telegram)
    async with bot:
        bot._base_url = f"http://127.0.0.1:{free_port()}/bot{telegram.token}"
        with pytest.raises(NetworkError) as raised:
            await bot.send_message(CHAT, "一")
    assert outcome_of(raised.value) == UnsentOutcome("ConnectError")
