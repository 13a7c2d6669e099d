"""Processes of our own program that work for the running one: how they start, and one that makes a file."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from typing import Final

# -P: a folder that happens to have the name of one of our packages must not be taken for it.
PROGRAM: Final = (sys.executable, "-P", "-m", "bot.cli")
"""Our program; a command and its arguments follow."""


async def answer_of(command: str, said: bytes) -> tuple[int, bytes]:
    """Start a process that gets JSON on its stdin and gives a file back on its stdout.

    It gets the number of bytes as its argument. Returns its exit code and its output. It does not outlive
    who waits for it.
    """
    process = await asyncio.create_subprocess_exec(*PROGRAM, command, str(len(said)), stdin=PIPE, stdout=PIPE)
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
