"""A process that gets JSON on its stdin and gives a file back on its stdout."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import suppress


async def answer_of(command: Sequence[str], said: bytes) -> tuple[int, bytes]:
    """Start a process, which gets the number of bytes as its last argument; its exit code and its output.

    It does not outlive who waits for it.
    """
    process = await asyncio.create_subprocess_exec(*command, str(len(said)), stdin=PIPE, stdout=PIPE)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipe")
    try:
        # Its stdin stays open. When it closes, this process has ended, and so does the other.
        with suppress(ConnectionError):
            process.stdin.write(said)
            await process.stdin.drain()
        content = await process.stdout.read()
        process.stdin.close()
        return await process.wait(), content
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
