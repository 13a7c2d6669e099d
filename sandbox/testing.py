"""Runs a world's server, inside a test's event loop or in a process of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.client import SandboxClient
from sandbox.server import create_app
from sandbox.world import World


class _CuttableProtocol(H11Protocol):
    """Tells each request its connection, which ASGI hides, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base class
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class SandboxServer(uvicorn.Server):
    """uvicorn without its own signal handlers and waiting loops. So it starts and ends at once."""

    def __init__(self, world: World) -> None:
        config = uvicorn.Config(
            create_app(world),
            http=_CuttableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=75,
        )
        super().__init__(config)
        self.ready = asyncio.Event()
        self._stop = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stop.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self.ready.set()
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await _take_in_what_comes(sockets or [])
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # Every handler that waits notices when its client hangs up, so this ends by itself.
        while self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks))
            await asyncio.sleep(0)
        for server in self.servers:
            await server.wait_closed()


@dataclass(slots=True)
class RunningSandbox:
    """A running sandbox with its addresses. `client` acts as people through the control API."""

    world: World
    authority: str
    port: int
    client: SandboxClient

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def base_url(self) -> str:
        """The Bot API's address in the form of python-telegram-bot, which appends the token."""
        return f"http://{self.authority}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://{self.authority}/file/bot"

    @property
    def control_url(self) -> str:
        return f"http://{self.authority}/control"

    def to_json(self) -> dict[str, Any]:
        """The line that `python -m sandbox` prints when it is ready."""
        return {
            "base_url": self.base_url,
            "base_file_url": self.base_file_url,
            "control_url": self.control_url,
            "token": self.token,
            "bot_username": self.world.bot.username,
        }


@asynccontextmanager
async def running(
    world: World | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[RunningSandbox]:
    """Serve `world` (a new one by default) in this event loop on a free port, until the block ends."""
    world = world or World()
    listener = _listen(host, port)
    server = SandboxServer(world)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await _until_ready(server, serving)
        port = listener.getsockname()[1]
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        async with SandboxClient(f"http://{authority}/control") as client:
            yield RunningSandbox(world, authority, port, client)
    finally:
        server.stop()
        await serving
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, with the protocol named.

    Only then asyncio sets TCP_NODELAY; without it every answer would wait 40 ms for the client's
    acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


async def _take_in_what_comes(listeners: Sequence[socket.socket]) -> None:
    """Accept no further connection, and let those that are being accepted become the server's.

    A server that is closed in between forgets them, and nobody closes their sockets.
    """
    for listener in listeners:
        asyncio.get_running_loop().remove_reader(listener)
    await asyncio.sleep(0)  # a transport is made
    await asyncio.sleep(0)  # the server hears of it


async def _until_ready(server: SandboxServer, serving: asyncio.Task[None]) -> None:
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait((ready, serving), return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        ready.cancel()
        await serving
        raise RuntimeError("the sandbox's server ended before it was ready")
