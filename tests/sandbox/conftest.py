"""Fixtures for the sandbox: a running one, and a real bot of python-telegram-bot that talks to it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from sandbox.client import SandboxClient
from sandbox.clock import SandboxClock
from sandbox.shapes import UserRecord
from sandbox.testing import RunningSandbox, running
from sandbox.world import World

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
START = datetime(2026, 12, 18, 1, 0, tzinfo=UTC)
Api = Callable[..., Awaitable[httpx.Response]]


def make_bot(telegram: RunningSandbox) -> Bot:
    """A real bot. Its HTTP clients load no certificates: loading would take longer than most tests."""
    return Bot(
        telegram.token,
        base_url=telegram.base_url,
        base_file_url=telegram.base_file_url,
        request=HTTPXRequest(connection_pool_size=64, httpx_kwargs={"verify": NO_TLS}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"verify": NO_TLS}),
    )


class Ticks:
    """A monotonic clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take ``retry_after`` as timedelta, as the program does: python-telegram-bot warns about numbers."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def telegram(ticks: Ticks) -> AsyncIterator[RunningSandbox]:
    """The sandbox, at 2026-12-18 09:00 in Shanghai."""
    async with running(World(clock=SandboxClock(START), monotonic=ticks)) as server:
        yield server


@pytest.fixture
async def bot(telegram: RunningSandbox) -> AsyncIterator[Bot]:
    async with make_bot(telegram) as bot:
        yield bot


@pytest.fixture
async def api(telegram: RunningSandbox) -> AsyncIterator[Api]:
    """Make raw calls: ``await api("sendMessage", chat_id=…)`` posts a form, as python-telegram-bot does."""
    base = f"{telegram.base_url}{telegram.token}/"
    async with httpx.AsyncClient(base_url=base, trust_env=False, verify=NO_TLS) as http:

        async def call(method: str, **parameters: Any) -> httpx.Response:
            return await http.post(method, data=parameters)

        yield call


@pytest.fixture
async def user(people: SandboxClient) -> UserRecord:
    """A person who has started the bot; the update about it still waits."""
    user = await people.create_user("城管局联络员")
    await people.start(user.id)
    return user
