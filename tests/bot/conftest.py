"""Fixtures for the bot: a sender with a real database, a real bot of python-telegram-bot, and the sandbox."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlalchemy.orm
from telegram import Bot

from bot.workers import worker_process
from models.db import Database
from models.people import Contact
from rules.people.roles import Role
from sandbox.testing import RunningSandbox
from services import access
from tests.bot.desk import Commits, Desk, account, make_bot
from tests.bot.evening import Evening
from tests.bot.program import program_at
from tests.bot.terminal import Here, run_here
from tests.bot.town import Town, town_at
from tests.support.people import Roster
from tests.support.processes import Done, Forge


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let durations come as timedelta, as the program does."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture(autouse=True)
def _forged_workers(monkeypatch: pytest.MonkeyPatch, forge: Forge) -> None:
    """Let the processes that work for the program come from the forge."""
    monkeypatch.setattr(worker_process, "PROGRAM", forge.command())


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


@pytest.fixture
async def evening(desk: Desk) -> AsyncIterator[Evening]:
    chat = await desk.group()
    responsible = await desk.contact("责任人", Role.RESPONSIBLE_PERSON)
    async with desk.database.transaction() as session:
        contact = await session.get_one(Contact, responsible.id)
        roster = Roster(session, desk.clock.moment, desk.campaign)
        unit = (await access.actor_of(session, contact)).unit
        await roster.task(unit, "清理违规广告牌匾", date(2026, 12, 18), contact)
    desk.clock.moment += timedelta(minutes=1)
    async with program_at(desk) as program:
        me = account(responsible)
        said = await desk.people.send_text(me, me, "今天清理违规广告牌匾12处")
        await program.take_in()
        card = await desk.people.wait_for(me, contains="请核对后提交")
        await desk.people.press(me, me, card.message_id, "确认提交")
        await program.take_in()
        yield Evening(program, chat, responsible, said)
