"""Faults that a test asks for: errors, cut connections with and without effect, and silence."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from sandbox.client import ControlError, SandboxClient
from sandbox.shapes import UserRecord
from sandbox.testing import RunningSandbox, running
from sandbox.world import World
from tests.sandbox.conftest import make_bot


async def _texts(people: SandboxClient, user: UserRecord) -> list[str]:
    return [m.text for m in await people.messages(user.id, sender="bot")]


ERRORS: list[tuple[int, type[TelegramError]]] = [
    (400, BadRequest),
    (401, InvalidToken),
    (403, Forbidden),
    (429, RetryAfter),
    (500, NetworkError),
    (502, NetworkError),
]


@pytest.mark.parametrize(("status", "error"), ERRORS)
async def test_errors(
    people: SandboxClient, bot: Bot, user: UserRecord, status: int, error: type[TelegramError]
) -> None:
    await people.fail("sendMessage", status=status)
    with pytest.raises(error):
        await bot.send_message(user.id, "一")
    await bot.send_message(user.id, "二")
    assert await _texts(people, user) == ["二"]
    calls = await people.calls("sendMessage")
    assert [(c.status, c.fault) for c in calls] == [(status, "error"), (200, None)]


async def test_descriptions_and_parameters(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.fail("sendMessage", status=429, parameters={"retry_after": 7})
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(user.id, "一")
    assert caught.value.retry_after == timedelta(seconds=7)
    await people.fail("sendMessage", status=400, description="Bad Request: chat not found")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(user.id, "一")


async def test_only_that_chat_and_that_method(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    other = await people.create_user("环卫处联络员")
    await people.start(other.id)
    await people.fail("send*", None, chat=other.id, status=403)
    await bot.send_message(user.id, "一")
    for _ in range(3):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(other.id, "一")
    await bot.get_chat(other.id)
    await people.clear_faults()
    await bot.send_message(other.id, "二")
    with pytest.raises(ControlError, match="unknown mode"):
        await people.act("fail", method="*", mode="explode")


async def test_cut_before_has_no_effect(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.fail("sendMessage", mode="drop_before")
    with pytest.raises(NetworkError) as caught:
        await bot.send_message(user.id, "没有发出")
    assert isinstance(caught.value.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
    assert await _texts(people, user) == []
    assert [c.status for c in await people.calls("sendMessage")] == [0]


async def test_cut_after_has_the_effect(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.fail("sendMessage", mode="drop_after")
    with pytest.raises(NetworkError) as caught:
        await bot.send_message(user.id, "其实发出了")
    assert isinstance(caught.value.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
    assert await _texts(people, user) == ["其实发出了"]
    call = (await people.calls("sendMessage"))[0]
    assert (call.status, call.fault, call.params["text"]) == (0, "drop_after", "其实发出了")


async def test_a_cut_poll_loses_nothing(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.fail("getUpdates", mode="drop_after")
    with pytest.raises(NetworkError):
        await bot.get_updates()
    assert [u.message.text for u in await bot.get_updates() if u.message] == ["/start"]


@pytest.mark.parametrize(("mode", "arrived"), [("hang", []), ("hang_after", ["等不到回音"])])
async def test_silence(
    telegram: RunningSandbox, people: SandboxClient, bot: Bot, user: UserRecord, mode: str, arrived: list[str]
) -> None:
    await people.act("fail", method="sendMessage", mode=mode)
    with pytest.raises(TimedOut):
        await bot.send_message(user.id, "等不到回音", read_timeout=0.2)
    assert (await people.wait_for_call("sendMessage")).status == 0
    assert await _texts(people, user) == arrived


async def test_clearing_lets_go_what_hangs(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.fail("sendMessage", mode="hang_after")
    sending = asyncio.create_task(bot.send_message(user.id, "卡住", read_timeout=60))
    pending = await people.wait_for_call("sendMessage", answered=False)
    assert pending.status is None
    await people.wait_for(user.id, contains="卡住")
    await people.clear_faults()
    with pytest.raises(NetworkError):
        await sending


async def test_delay_goes_on_afterwards(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.fail("sendMessage", mode="delay", seconds=3600)
    sending = asyncio.create_task(bot.send_message(user.id, "迟到", read_timeout=60))
    await people.wait_for_call("sendMessage", answered=False)
    assert await _texts(people, user) == []
    await people.clear_faults()
    assert (await sending).text == "迟到"


async def test_garbage(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.fail("sendMessage", mode="garbage", status=502)
    with pytest.raises(NetworkError):
        await bot.send_message(user.id, "一")


async def test_downloads_fail_too(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    sent = await people.send_document(user.id, user.id, b"abc")
    file = await bot.get_file(str(sent.file_id))
    await people.fail("download", status=404)
    with pytest.raises(InvalidToken):
        await file.download_as_bytearray()
    await people.fail("download", mode="drop_before")
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert bytes(await file.download_as_bytearray()) == b"abc"


async def test_calls_are_logged(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    mark = len(await people.calls())
    waiting = asyncio.create_task(people.wait_for_call("send*", after=mark, count=2))
    await bot.send_message(user.id, "一")
    await bot.send_message(user.id, "二")
    second = await waiting
    assert (second.params["text"], second.chat_id, second.status) == ("二", user.id, 200)
    assert [c.params["text"] for c in await people.calls("sendmessage", chat=user.id)] == ["一", "二"]
    assert await people.calls(after=second.number) == []


async def test_telegram_out_of_reach_and_back() -> None:
    """The world outlives its server, and a new server serves it on the same port."""
    world = World()
    async with running(world) as first:
        port = first.port
        user = await first.client.create_user("城管局联络员")
        await first.client.start(user.id)
        bot = make_bot(first)
        await bot.initialize()
    with pytest.raises(NetworkError) as caught:
        await bot.send_message(user.id, "断网")
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    async with running(world, port=port) as second:
        await bot.send_message(user.id, "恢复")
        assert [m.text for m in await second.client.messages(user.id)] == ["/start", "恢复"]
        await bot.shutdown()


async def test_stopping_ends_waiting_polls() -> None:
    async with running() as server:
        bot = make_bot(server)
        await bot.initialize()
        poll = asyncio.create_task(bot.get_updates(timeout=50, read_timeout=60))
        await server.client.wait_for_call("getUpdates", answered=False)
    with pytest.raises(NetworkError):
        await poll
    await bot.shutdown()
