"""The sender with a real database, a real bot of python-telegram-bot, and the sandbox behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
import sqlalchemy.orm
from telegram import Bot

from models.db import Database
from sandbox.testing import RunningSandbox
from tests.bot.desk import Commits, Desk, make_bot
from tests.bot.town import Town, town_at


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the program sets it: durations come as timedelta."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
async def bot(telegram: RunningSandbox) -> AsyncIterator[Bot]:
    async with make_bot(telegram) as bot:
        yield bot


@pytest.fixture
def commits() -> Iterator[Commits]:
    seen = Commits()
    sa.event.listen(sa.orm.Session, "after_commit", seen.note)
    yield seen
    sa.event.remove(sa.orm.Session, "after_commit", seen.note)


@pytest.fixture
async def desk(
    telegram: RunningSandbox, bot: Bot, database: Database, commits: Commits, now: datetime
) -> AsyncIterator[Desk]:
    desk = Desk(telegram, bot, database, commits, now)
    yield desk
    await desk.stop()


@pytest.fixture
async def town(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    async with town_at(desk, monkeypatch) as town:
        yield town
