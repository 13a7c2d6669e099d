"""Runs the sandbox and the program as processes of their own, and ends them by id whatever happens."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from demo.stage.errors import DemoError

# The program lets messages on their way arrive before it ends.
_END_SECONDS: Final = 25.0
_START_SECONDS: Final = 30.0
_PROGRAM: Final = (sys.executable, "-m", "bot.cli")
_SANDBOX: Final = (sys.executable, "-m", "sandbox", "--port", "0")
LOGS: Final = ("sandbox.log", "bot.log", "command-line.log")
_SANDBOX_LOG, PROGRAM_LOG, _COMMANDS_LOG = LOGS
_PR_SET_PDEATHSIG: Final = 1
_PROXIES: Final = frozenset({"http_proxy", "https_proxy", "all_proxy"})


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child: with these ``CHUANGCHENG_`` settings and none of this machine's.

    It has no proxies either: loopback must not go through one.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CHUANGCHENG_") and name.lower() not in _PROXIES
    }
    ours = {f"CHUANGCHENG_{name}": value for name, value in settings.items()}
    return {**kept, "PYTHONUTF8": "1", **ours}


@asynccontextmanager
async def running(
    command: Sequence[str], *, log: Path, folder: Path, env: Mapping[str, str], pipe: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running process, which is ended on the way out.

    It has a process group of its own, so that Ctrl-C reaches it through us alone. Its output goes to ``log``;
    with ``pipe`` only its stderr does.
    """
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if pipe else file,
            stderr=file,
            cwd=folder,
            env=env,
            process_group=0,
            preexec_fn=_end_with_parent,
        )
    try:
        yield process
    finally:
        await _end(process)


def _end_with_parent() -> None:
    """Let this child be told to end when its parent dies, by kill -9, too. Only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Stage:
    """A running sandbox, and all that the program needs to run against it."""

    out: Path
    folder: Path
    control_url: str
    env: Mapping[str, str]

    @property
    def shared_database(self) -> bool:
        """Whether the database was given, so that others may use it, too."""
        return "CHUANGCHENG_DATABASE_URL" in self.env

    async def command(self, *arguments: str) -> str:
        """Run a command of the program. Returns its output. ``DemoError``: it did not exit with 0."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *_PROGRAM,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            cwd=self.folder,
            env=self.env,
            process_group=0,
        )
        try:
            said, complained = await process.communicate()
        finally:
            await _end(process)
        self._log(arguments, complained)
        if process.returncode != 0:
            last = complained.decode(errors="replace").strip().rpartition("\n")[2]
            raise DemoError("tour.failed.command", command=arguments[0], code=process.returncode, said=last)
        return said.decode()

    def _log(self, arguments: Sequence[str], complained: bytes) -> None:
        """Keep a command's complaints only: what it prints may be links, which are keys."""
        with (self.out / _COMMANDS_LOG).open("ab") as file:
            file.write(f"$ chuangcheng {' '.join(arguments)}\n".encode() + complained)

    @asynccontextmanager
    async def program(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The running program (``chuangcheng run``). It may take a moment until it polls."""
        command = (*_PROGRAM, "run")
        async with running(command, log=self.out / PROGRAM_LOG, folder=self.folder, env=self.env) as process:
            try:
                yield process
            except DemoError:
                if process.returncode is None:
                    raise
                raise self.ended() from None

    def ended(self) -> DemoError:
        """The error for a program that ended without being told to."""
        return DemoError("tour.failed.ended", log=str(self.out / PROGRAM_LOG))


@asynccontextmanager
async def stage(
    out: Path, folder: Path, start: datetime, settings: Mapping[str, str]
) -> AsyncIterator[Stage]:
    """A running sandbox whose clock stands at ``start``. Logs go to ``out``, data to ``folder``."""
    command = (*_SANDBOX, "--start-at", start.isoformat())
    log = out / _SANDBOX_LOG
    async with running(command, log=log, folder=folder, env=environment({}), pipe=True) as process:
        ready = await _first_line(process, log)
        yield stage_at(ready, out, folder, settings)


def stage_at(ready: Mapping[str, str], out: Path, folder: Path, settings: Mapping[str, str]) -> Stage:
    """The stage of a sandbox that runs. ``ready``: the line with which it says so."""
    more = {
        "BOT_TOKEN": ready["token"],
        "API_BASE_URL": ready["base_url"],
        "API_FILE_URL": ready["base_file_url"],
        "CLOCK_URL": f"{ready['control_url']}/clock",
        "DATA_DIR": str(folder / "data"),
    }
    return Stage(out, folder, ready["control_url"], environment({**more, **settings}))


async def _first_line(process: asyncio.subprocess.Process, log: Path) -> dict[str, Any]:
    line = b""
    if process.stdout is not None:
        with suppress(TimeoutError):
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
    if not line:
        raise DemoError("tour.failed.not_started", log=str(log))
    ready: dict[str, Any] = json.loads(line)
    return ready
