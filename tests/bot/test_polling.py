"""How long the poller rests when Telegram asks for it."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import httpx
import pytest
from telegram import Bot

from bot.receiving.intake import Intake
from bot.receiving.polling import Poller


@pytest.mark.parametrize(
    ("asked", "rest"),
    [(7, 7), (1.5, 1.5), (99_999, 300), (0, 1), (-5, 1), (float("nan"), 1), (float("inf"), 300)],
)
async def test_a_pause_has_bounds(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, asked: float, rest: float
) -> None:
    rests: list[float] = []

    async def wait(seconds: float, event: asyncio.Event) -> None:
        rests.append(seconds)
        poller.stop()

    async def fetch(_client: httpx.AsyncClient) -> httpx.Response:
        answer = {"ok": False, "error_code": 429, "parameters": {"retry_after": asked}}
        return httpx.Response(429, text=json.dumps(answer))

    monkeypatch.setattr("bot.receiving.polling.wait_up_to", wait)
    poller = Poller(bot, cast(Intake, None))
    monkeypatch.setattr(poller, "_fetch", fetch)
    await poller.run()
    assert rests == [rest]


async def test_the_first_answer_after_a_failure_says_that_the_network_is_back(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses, back, polls = iter([502, 502, 200, 200]), list[int](), list[int]()

    async def wait(seconds: float, event: asyncio.Event) -> None: ...

    async def fetch(_client: httpx.AsyncClient) -> httpx.Response:
        polls.append(next(statuses))
        if len(polls) == 4:
            poller.stop()
        return httpx.Response(polls[-1], text=json.dumps({"ok": polls[-1] == 200, "result": []}))

    monkeypatch.setattr("bot.receiving.polling.wait_up_to", wait)
    poller = Poller(bot, cast(Intake, None), lambda: back.append(len(polls)))
    monkeypatch.setattr(poller, "_fetch", fetch)
    await poller.run()
    assert back == [3]
