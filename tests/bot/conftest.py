"""Fixtures for the bot: a sender with a real database, a real bot of python-telegram-bot, and the sandbox."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlalchemy.orm
from telegram import Bot

from models.db import Database
from sandbox.testing import RunningSandbox
from tests.bot.desk import Commits, Desk, make_bot
from tests.bot.terminal import Here, run_here
from tests.bot.town import Town, town_at
from tests.support.processes import Done


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let durations come as timedelta, as the program does."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], sqlite_template: Path, tmp_path: Path) -> Here:
    """Run commands in this process, on a migrated, empty database unless a test names another one."""
    shutil.copy(sqlite_template, tmp_path / "here.db")
    url = f"sqlite+aiosqlite:///{tmp_path / 'here.db'}"

    def run(*arguments: str, **settings: str) -> Done:
        return run_here(capsys, arguments, {"DATABASE_URL": url} | settings)

    return run


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
    telegram: RunningSandbox,
    bot: Bot,
    database: Database,
    commits: Commits,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    monkeypatch.setattr("bot.delivery.GATHER_SECONDS", 0.0)
    desk = Desk(telegram, bot, database, commits, now)
    yield desk
    await desk.stop()


@pytest.fixture
async def town(desk: Desk) -> AsyncIterator[Town]:
    async with town_at(desk) as town:
        yield town
