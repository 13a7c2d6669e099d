"""The program as real processes: tests start them in milliseconds, read each line, and always end them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.testing import RunningSandbox
from tests.support.forking import PROGRAM, command_at
from tests.support.patience import PATIENCE

ROOT: Final = Path(__file__).parents[2]
Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended: its exit code (negative for a signal) and its output."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one JSON document on stdout; fails if there is none, or anything beside it."""
        return json.loads(self.out)


class Output:
    """One stream of a process, read while the process writes it."""

    def __init__(self) -> None:
        self.text = ""
        self._grown = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None

    async def read_from(self, descriptor: int) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
        )
        self._reading = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(65536):
            async with self._grown:
                self.text += chunk.decode("utf-8", "replace")
                self._grown.notify_all()

    async def wait_for(self, part: str, *, times: int = 1) -> None:
        """Wait until ``part`` was written ``times`` times; else ``AssertionError`` shows what was written."""
        try:
            async with asyncio.timeout(PATIENCE), self._grown:
                await self._grown.wait_for(lambda: self.text.count(part) >= times)
        except TimeoutError:
            raise AssertionError(f"{part!r} never came; there was:\n{self.text}") from None

    async def end(self) -> str:
        """Wait until the writer has closed its end, and return the whole text."""
        if self._reading is not None:
            await self._reading
        return self.text


class Program:
    """One running command."""

    def __init__(self, reader: asyncio.StreamReader, pid: int) -> None:
        self._reader = reader
        self.pid = pid
        self.out, self.err = Output(), Output()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        self.signal(signal.SIGKILL)

    async def ended(self) -> int:
        """Wait for the end; return the exit code (negative: a signal). ``AssertionError`` if it runs on."""
        try:
            async with asyncio.timeout(PATIENCE):
                answer = json.loads(await self._reader.readline())
                await self.out.end()
                await self.err.end()
        except TimeoutError:
            raise AssertionError(f"the program does not end; it said:\n{self.err.text}") from None
        return int(answer["code"])

    async def stop(self) -> int:
        """End it with SIGTERM, as a supervisor does, and return the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()


class Forge:
    """Starts commands from a server process that has imported everything; see ``tests.support.forking``.

    ``path``: the socket of a server that another process has started, and ends; else it has one of its own.
    """

    def __init__(self, path: str | None = None) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        if path is not None:
            self.path = path
            return
        self._folder = tempfile.TemporaryDirectory(prefix="chuangcheng-forge-")
        self.path = str(Path(self._folder.name) / "socket")
        command = [sys.executable, "-m", "tests.support.forking", self.path]
        self._server = subprocess.Popen(  # noqa: S603  # our own arguments
            command, cwd=ROOT, env=plain_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if self._server.stdout is None or self._server.stdout.readline() != b"listening\n":
            raise RuntimeError("the fork server did not start")

    def close(self) -> None:
        """End the server, if it is its own, and all commands that it still runs."""
        if self._server is not None:
            self._server.communicate(timeout=PATIENCE)
            self._folder.cleanup()

    @asynccontextmanager
    async def program(
        self, *arguments: str, env: Environment, stdin: int | None = None, **patches: Any
    ) -> AsyncIterator[Program]:
        """Start ``chuangcheng ARGUMENTS`` in the working folder; kill it at the block's end if it still runs.

        ``env``: its environment, added to the plain one. ``stdin``: a descriptor; without one there is no
        input. ``patches``: see ``tests.support.crashing.apply``.
        """
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.path)
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        job = {
            "module": PROGRAM,
            "argv": arguments,
            "env": plain_environment() | dict(env),
            "cwd": str(Path.cwd()),
            "patches": patches,
        }
        descriptors = [nothing if stdin is None else stdin, out_end, err_end]
        socket.send_fds(connection, [json.dumps(job).encode()], descriptors)
        for descriptor in (nothing, out_end, err_end):
            os.close(descriptor)
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        try:
            program = Program(reader, json.loads(await reader.readline())["pid"])
            await program.out.read_from(out)
            await program.err.read_from(err)
            yield program
        finally:
            writer.close()
            await writer.wait_closed()
            await program.out.end()
            # pytest shows this only with a test that fails.
            sys.stdout.write(await program.err.end())

    def command(self, module: str = PROGRAM, **patches: Any) -> tuple[str, ...]:
        """The command of a process that a test or the demo starts itself: see ``forking.command_at``."""
        return command_at(self.path, module, **patches)

    async def run(self, *arguments: str, env: Environment, **more: Any) -> Done:
        """Run a command to its end."""
        async with self.program(*arguments, env=env, **more) as program:
            code = await program.ended()
        return Done(code, program.out.text, program.err.text)


def plain_environment() -> dict[str, str]:
    """The environment that every process needs; it has no setting of the program."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def settings_for(telegram: RunningSandbox, database_url: str, **more: str) -> dict[str, str]:
    """The environment of a program that talks to the sandbox, and follows its clock if that is simulated."""
    settings = {
        "BOT_TOKEN": telegram.token,
        "API_BASE_URL": telegram.base_url,
        "API_FILE_URL": telegram.base_file_url,
        "DATABASE_URL": database_url,
    }
    if telegram.world.clock.simulated:
        settings["CLOCK_URL"] = f"{telegram.control_url}/clock"
    return {f"CHUANGCHENG_{name}": value for name, value in (settings | more).items()}
