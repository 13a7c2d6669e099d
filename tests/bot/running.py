"""The program at work in the test's own loop: all parts, as ``run`` wires them, on a desk's database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

import bot.app
from bot.api_clock import ApiClock
from bot.app import RunOptions, _RunningParts
from bot.loops import Loop
from bot.settings import Settings
from models.db import Database
from tests.bot.desk import AT_ONCE, Desk

LONG = 3600.0


@dataclass
class DatabaseWork:
    """What the database was asked, by all parts together."""

    transactions: int = 0
    statements: list[str] = field(default_factory=list)


@contextmanager
def counted(database: Database) -> Iterator[DatabaseWork]:
    """Count the transactions that begin in the block, and what they ask; beginning is no statement."""
    work, engine = DatabaseWork(), database.engine.sync_engine

    def began(_connection: object) -> None:
        work.transactions += 1

    def asked(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            work.statements.append(statement)

    sa.event.listen(engine, "begin", began)
    sa.event.listen(engine, "before_cursor_execute", asked)
    try:
        yield work
    finally:
        sa.event.remove(engine, "begin", began)
        sa.event.remove(engine, "before_cursor_execute", asked)


class RunningProgram:
    """The running parts, and the names of those that have looked at the database, in their order."""

    def __init__(self, parts: _RunningParts) -> None:
        self.parts = parts
        self.looks: list[str] = []
        self._at_work = 0
        self._looked = asyncio.Event()
        for part in parts._loops:
            self._follow(part)

    def _follow(self, part: Loop) -> None:
        inner = part.look

        async def look() -> float:
            self._at_work += 1
            try:
                return await inner()
            finally:
                self._at_work -= 1
                self.looks.append(type(part).__name__)
                self._looked.set()

        part.look = look  # type: ignore[method-assign]  # to see when it looks

    async def looked(self, name: str, times: int = 1) -> None:
        """Wait until a part has looked so often from now on."""
        before = self.looks.count(name)
        while self.looks.count(name) < before + times:
            self._looked.clear()
            await self._looked.wait()

    def is_idle(self) -> bool:
        parts = self.parts
        woken = any(part._woken.is_set() for part in parts._loops)
        sends = any(lane.task is not None for lane in parts.sender._lanes.values()) or parts.sender._making
        lanes = parts.intake._lanes or sends
        return not (woken or lanes or self._at_work)

    async def idle(self) -> None:
        """Wait until no part has anything to do, nor is about to."""
        still = 0
        while still < 20:
            await asyncio.sleep(0 if still else 0.01)
            still = still + 1 if self.is_idle() else 0


@asynccontextmanager
async def running(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch, *, net: float = LONG, elsewhere: float = LONG
) -> AsyncIterator[RunningProgram]:
    """Run the program without ticks, which look by the minute, and without Telegram's pace.

    ``net``: seconds between the looks of a part that nobody wakes; ``elsewhere``: those for changes by other
    processes.
    """
    for name in (
        "receiving.intake.NET",
        "sender.NET",
        "live_editor.NET",
        "jobs.NET",
        "prompts.IDLE",
        "alarms.backlog.LOOK",
    ):
        monkeypatch.setattr(f"bot.{name}_SECONDS", net)
    monkeypatch.setattr("bot.loops.ELSEWHERE_SECONDS", elsewhere)
    monkeypatch.setattr("scheduler.runner.TICKS", ())
    settings = Settings(
        bot_token=SecretStr(desk.telegram.token),
        api_base_url=desk.telegram.base_url,
        api_file_url=desk.telegram.base_file_url,
        data_dir=folder,
        pace_per_second=1 / AT_ONCE.overall,
        pace_chat_per_second=1 / AT_ONCE.private,
        pace_group_per_minute=60 / AT_ONCE.group,
    )
    application = bot.app.build_application(settings)
    await application.initialize()
    stop = asyncio.Event()
    parts = _RunningParts(
        settings, application, desk.database, desk.clock, ApiClock(checks=False), RunOptions()
    )
    program = RunningProgram(parts)
    working = asyncio.create_task(parts.work(_for_ever, stop))
    try:
        await program.looked("Prompts")  # the last one to begin
        await program.idle()
        yield program
    finally:
        stop.set()
        await working
        await application.shutdown()


async def _for_ever() -> None:
    """Hold the database's lock: no test takes it away."""
    await asyncio.Event().wait()
