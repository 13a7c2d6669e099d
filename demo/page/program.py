"""The program as the page's child: it is started, killed, started again, and asked what it will do next."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from demo.stage.errors import DemoError
from demo.stage.processes import PROGRAM_LOG, Stage
from sandbox.world import World

_POLLS_WITHIN: Final = 60.0
_A_DAY: Final = 86_400.0
_LAST_LINES: Final = 8
_LAST_BYTES: Final = 8_000


class ProgramState(StrEnum):
    """What the program does. ``ENDED``: it ended without being told to."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    KILLED = "killed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ComingMessage:
    """A message that goes out if nobody does anything until then. ``chat`` None: it has no single reader."""

    recipient: str
    reason: str
    chat: int | None


@dataclass(frozen=True, slots=True)
class Coming:
    """What goes out next, and when; ``at`` None: nothing within two weeks."""

    at: datetime | None
    messages: list[ComingMessage]


class PageProgram:
    """One program at a time. ``changed`` is called after each change of ``state``."""

    def __init__(self, stage: Stage, world: World, changed: Callable[[], None]) -> None:
        self._stage, self._world, self._changed = stage, world, changed
        self.state = ProgramState.OFF
        self._kept: AsyncExitStack | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        return self.state in (ProgramState.STARTING, ProgramState.RUNNING)

    @property
    def pid(self) -> int:
        """The process's id; 0: there is none."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Start the program unless it runs. Returns when it is started, not yet when it polls."""
        async with self._turn:
            if self.is_on:
                return
            await self._release()
            before = self._world.calls.last
            kept = AsyncExitStack()
            self._process = await kept.enter_async_context(self._stage.program())
            self._kept = kept
            self._set(ProgramState.STARTING)
            self._watch = asyncio.create_task(self._follow(self._process, before))

    async def kill(self) -> None:
        """End the program at once (SIGKILL), wherever it stands."""
        async with self._turn:
            if self._process is None or not self.is_on:
                return
            self._set(ProgramState.KILLED)
            self._process.kill()
            await self._process.wait()
            await self._release()

    async def stop(self) -> None:
        """Let the program end in order."""
        async with self._turn:
            self._set(ProgramState.OFF)
            await self._release()

    async def until_polling(self) -> bool:
        """Wait until the program asks for updates; False: it has not, or ended before."""
        await self._world.signal.until(lambda: self.state is not ProgramState.STARTING or None, _POLLS_WITHIN)
        return self.state is ProgramState.RUNNING

    async def coming(self) -> Coming | None:
        """What goes out next, from ``tick --dry-run --next --json``; None: the program cannot say it."""
        try:
            said = json.loads(await self._stage.command("tick", "--dry-run", "--next", "--json"))
        except DemoError:
            return None
        return _read_coming(said)

    def last_lines(self) -> list[str]:
        """The last lines of the program's log, for people who see that it does not run."""
        log = self._stage.out / PROGRAM_LOG
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LAST_BYTES))
            return file.read().decode(errors="replace").splitlines()[-_LAST_LINES:]

    async def _follow(self, process: asyncio.subprocess.Process, before: int) -> None:
        """Note when the program polls, and when it ends by itself."""

        def polls() -> bool | None:
            return next(self._world.calls.find("getUpdates", after=before), None) is not None or None

        ended = asyncio.create_task(process.wait())
        polled = asyncio.create_task(self._world.signal.until(polls, _A_DAY))
        try:
            await asyncio.wait((ended, polled), return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                self._set(ProgramState.RUNNING)
                await ended
            self._set(ProgramState.ENDED)
        finally:
            for task in (ended, polled):
                task.cancel()

    async def _release(self) -> None:
        watch, kept = self._watch, self._kept
        self._watch = self._kept = self._process = None
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        if kept is not None:
            await kept.aclose()

    def _set(self, state: ProgramState) -> None:
        self.state = state
        self._world.signal.fire()
        self._changed()


def _read_coming(said: dict[str, Any]) -> Coming:
    at = datetime.fromisoformat(said["at"]) if said["at"] else None
    messages = [ComingMessage(one["recipient"], one["reason"], one["chat"]) for one in said["messages"]]
    return Coming(at, messages)
