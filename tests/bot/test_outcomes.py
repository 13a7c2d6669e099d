"""What an error of PTB tells about the message: as a table, and as it comes over HTTP."""

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
from rules.delivery import Forbidden, Migrated, Outcome, Paused, Rejected, Sent, TopicGone, Unknown, Unsent
from sandbox.client import SandboxClient
from sandbox.testing import Running
from tests.bot.desk import make_bot
from tests.support.postgres import free_port

CHAT = 6_100_000_001


def caused(error: NetworkError, cause: Exception) -> NetworkError:
    """``error`` as PTB raises it from one of httpx."""
    error.__cause__ = cause
    return error


TABLE: list[tuple[TelegramError, Outcome]] = [
    (ChatMigrated(-1_002_000_000_001), Migrated(-1_002_000_000_001)),
    (PtbForbidden("Forbidden: bot was blocked by the user"), Forbidden()),
    (InvalidToken("Unauthorized"), Unsent("the token was refused")),
    (BadRequest("Message is not modified: same content"), Sent(0)),
    (BadRequest("Chat not found"), Rejected("Chat not found")),
    (BadRequest("Message is too long"), Rejected("Message is too long")),
    (NetworkError("Request Entity Too Large"), Rejected("too large")),
    (NetworkError("Bad Gateway"), Unknown("NetworkError")),
    (NetworkError("Internal Server Error"), Unknown("NetworkError")),
    (Conflict("Conflict"), Unknown("Conflict")),
    (TelegramError("Invalid server response"), Unknown("TelegramError")),
    (TimedOut(), Unknown("TimedOut")),
    (caused(TimedOut(), httpx.ConnectTimeout("")), Unsent("ConnectTimeout")),
    (caused(TimedOut(), httpx.PoolTimeout("")), Unsent("PoolTimeout")),
    (caused(TimedOut(), httpx.ReadTimeout("")), Unknown("ReadTimeout")),
    (caused(TimedOut(), httpx.WriteTimeout("")), Unknown("WriteTimeout")),
    (caused(NetworkError("?"), httpx.ConnectError("")), Unsent("ConnectError")),
    (caused(NetworkError("?"), httpx.ReadError("")), Unknown("ReadError")),
    (caused(NetworkError("?"), httpx.WriteError("")), Unknown("WriteError")),
    (caused(NetworkError("?"), httpx.RemoteProtocolError("")), Unknown("RemoteProtocolError")),
]


@pytest.mark.parametrize("words", ["Message thread not found", "TOPIC_CLOSED", "TOPIC_DELETED"])
def test_a_topic_that_is_gone(words: str) -> None:
    """Worth a try in the general one, unless that is what is closed."""
    assert outcome_of(BadRequest(words), 7) == TopicGone()
    assert outcome_of(BadRequest(words)) == Rejected(words)
    assert outcome_of(BadRequest("Chat not found"), 7) == Rejected("Chat not found")


@pytest.mark.parametrize(("error", "outcome"), TABLE, ids=lambda part: repr(part)[:50])
def test_the_table(error: TelegramError, outcome: Outcome) -> None:
    assert outcome_of(error) == outcome


@pytest.mark.parametrize("given", [7, timedelta(seconds=7)])
def test_429_pauses_for_as_long_as_telegram_says(given: int | timedelta) -> None:
    assert outcome_of(RetryAfter(given)) == Paused(7.0)


def test_the_order_of_the_clauses_matters() -> None:
    """What makes a naive ``except NetworkError`` wrong, as long as PTB is built so."""
    assert issubclass(BadRequest, NetworkError)
    assert issubclass(TimedOut, NetworkError)


HTTP: list[tuple[dict[str, Any], type[Outcome]]] = [
    ({"status": 400}, Rejected),
    ({"status": 400, "description": "Bad Request: message is not modified"}, Sent),
    ({"status": 400, "parameters": {"migrate_to_chat_id": -100}}, Migrated),
    ({"status": 401}, Unsent),
    ({"status": 403}, Forbidden),
    ({"status": 404}, Unsent),
    ({"status": 409}, Unknown),
    ({"status": 413}, Rejected),
    ({"status": 429, "parameters": {"retry_after": 30}}, Paused),
    ({"status": 500}, Unknown),
    ({"status": 502}, Unknown),
    ({"status": 502, "mode": "garbage"}, Unknown),
    ({"status": 200, "mode": "garbage"}, Unknown),
    ({"mode": "drop_before"}, Unknown),
    ({"mode": "drop_after"}, Unknown),
]


@pytest.mark.parametrize(("fault", "kind"), HTTP, ids=lambda part: str(part)[:60])
async def test_as_it_comes_over_http(
    fault: dict[str, Any], kind: type[Outcome], bot: Bot, people: SandboxClient
) -> None:
    await people.fail("sendMessage", **fault)
    with pytest.raises(TelegramError) as raised:
        await bot.send_message(CHAT, "一")
    assert isinstance(outcome_of(raised.value), kind)


async def test_no_answer_in_time_is_unknown(telegram: Running, people: SandboxClient) -> None:
    await people.fail("sendMessage", mode="hang")
    async with make_bot(telegram, read_timeout=0.1) as bot:
        with pytest.raises(TimedOut) as raised:
            await bot.send_message(CHAT, "一")
    assert outcome_of(raised.value) == Unknown("ReadTimeout")


async def test_nobody_listens_is_unsent(telegram: Running) -> None:
    bot = make_bot(telegram)
    async with bot:
        bot._base_url = f"http://127.0.0.1:{free_port()}/bot{telegram.token}"
        with pytest.raises(NetworkError) as raised:
            await bot.send_message(CHAT, "一")
    assert outcome_of(raised.value) == Unsent("ConnectError")
