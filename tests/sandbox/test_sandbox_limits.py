"""Telegram's sending limits, on a clock that the test moves by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telegram import Bot, InputMediaPhoto
from telegram.error import RetryAfter

from sandbox.client import ControlError, SandboxClient
from sandbox.limits import RateLimits
from sandbox.media import generate_png
from sandbox.shapes import UserRecord
from tests.sandbox.conftest import Api, Ticks


async def _status(api: Api, chat: int) -> int:
    return (await api("sendMessage", chat_id=chat, text="x")).status_code


async def test_off_by_default_but_counted(people: SandboxClient, api: Api, user: UserRecord) -> None:
    assert {await _status(api, user.id) for _ in range(40)} == {200}
    report = await people.limits()
    assert (report["accepted"], report["refused"], report["peak_per_second"]) == (40, 0, 40)
    assert report["accepted_by_chat"] == {str(user.id): 40}


async def test_one_chat(people: SandboxClient, api: Api, user: UserRecord, ticks: Ticks) -> None:
    await people.set_limits(enabled=True, chat_burst=2)
    assert [await _status(api, user.id) for _ in range(3)] == [200, 200, 429]
    answer = await api("sendMessage", chat_id=user.id, text="x")
    assert answer.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    ticks.now += 1
    assert [await _status(api, user.id) for _ in range(2)] == [200, 429]
    assert (await people.limits())["refused_by_chat"] == {str(user.id): 3}
    other = await people.create_user("环卫处联络员")
    await people.start(other.id)
    assert await _status(api, other.id) == 200


async def test_all_chats_together(people: SandboxClient, api: Api, ticks: Ticks) -> None:
    await people.set_limits(enabled=True)
    chats = [await people.create_user(f"联络员{n}") for n in range(31)]
    for chat in chats:
        await people.start(chat.id)
    assert [await _status(api, chat.id) for chat in chats] == [200] * 30 + [429]
    ticks.now += 1
    assert await _status(api, chats[-1].id) == 200
    assert (await people.limits())["peak_per_second"] == 30


async def test_a_group(people: SandboxClient, bot: Bot, user: UserRecord, ticks: Ticks) -> None:
    await people.set_limits(enabled=True)
    group = await people.create_group("工作群", members=[user.id])
    for _ in range(18):
        ticks.now += 1
        await bot.send_message(group.id, "x")
    album = [InputMediaPhoto(generate_png(str(n))) for n in range(3)]
    with pytest.raises(RetryAfter) as caught:
        await bot.send_media_group(group.id, album)
    assert caught.value.retry_after == timedelta(seconds=43)
    ticks.now += 43
    await bot.send_media_group(group.id, album)


async def test_edits_count_when_told(people: SandboxClient, bot: Bot, user: UserRecord) -> None:
    await people.set_limits(enabled=True, chat_burst=1)
    sent = await bot.send_message(user.id, "一")
    await bot.edit_message_text("二", user.id, sent.message_id)
    await people.set_limits(edits=True)
    with pytest.raises(RetryAfter):
        await bot.edit_message_text("三", user.id, sent.message_id)
    assert (await people.messages(user.id))[-1].text == "二"
    with pytest.raises(ControlError, match="unknown limit settings"):
        await people.set_limits(per_hour=5)


def test_a_refused_message_does_not_count() -> None:
    ticks = Ticks()
    limits = RateLimits(ticks)
    limits.settings.change({"enabled": True, "chat_burst": 1})
    limits.take(7)
    waits = [limits._wait(7, 1, ticks.now) for _ in range(3)]
    assert waits == [1.0, 1.0, 1.0]
    ticks.now += 0.4
    assert limits._wait(7, 1, ticks.now) == pytest.approx(0.6)
