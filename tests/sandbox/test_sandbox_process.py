"""``python -m sandbox`` as a process of its own."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox.__main__ import loopback
from sandbox.client import SandboxClient
from sandbox.testing import running
from sandbox.world import World


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "sandbox", *arguments)
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)


@asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    process = await _start(*arguments)
    try:
        assert process.stdout is not None
        yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_says_where_it_is_and_ends_when_told() -> None:
    options = ("--start-at", "2026-12-18T08:00+08:00", "--bot-username", "test_bot", "--token", "42:abc")
    async with _process(*options) as (process, ready):
        port = ready["control_url"].split(":")[2].split("/")[0]
        assert ready == {
            "base_url": f"http://127.0.0.1:{port}/bot",
            "base_file_url": f"http://127.0.0.1:{port}/file/bot",
            "control_url": f"http://127.0.0.1:{port}/control",
            "token": "42:abc",
            "bot_username": "test_bot",
        }
        async with SandboxClient(ready["control_url"]) as people:
            assert await people.now() == datetime(2026, 12, 18, tzinfo=UTC)
            user = await people.create_user("城管局联络员")
            await people.start(user.id)
            assert await people.pending() == 1
            waiting = asyncio.create_task(people.act("wait_for", chat=user.id, timeout=60))
            await people.act("clock")
            process.terminate()
            assert await process.wait() == 0
            with pytest.raises(httpx.TransportError):
                await waiting
        assert process.stderr is not None
        assert await process.stderr.read() == b""


WRONG = [
    ("--host", "0.0.0.0"),  # noqa: S104 - it is the address that must be refused
    ("--host", "example.org"),
    ("--start-at", "2026-12-18T08:00"),
    ("--start-at", "soon"),
]


@pytest.mark.parametrize("arguments", WRONG)
async def test_wrong_usage(arguments: tuple[str, str]) -> None:
    process = await _start(*arguments)
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert b"Traceback" not in err
    assert arguments[0].encode() in err


def test_loopback_addresses() -> None:
    assert [loopback(host) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1")] == [
        "127.0.0.1",
        "127.0.0.1",
        "127.1.2.3",
        "::1",
    ]


def test_worlds_share_nothing() -> None:
    one, two = World(), World()
    one.menu_button = {"type": "default"}
    one.commands["x", ""] = []
    assert (two.menu_button, two.commands, len(two.chats)) == ({"type": "commands"}, {}, 0)


@pytest.mark.parametrize("turns", range(5))
async def test_its_end_forgets_no_connection_that_is_just_coming(turns: int) -> None:
    """A socket that nobody closes is a warning when it is collected, and so an error here."""
    async with running() as sandbox:
        with socket.create_connection(("127.0.0.1", sandbox.port)):
            pass
        for _ in range(turns):
            await asyncio.sleep(0)
    gc.collect()
