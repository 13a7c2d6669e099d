"""``python -m sandbox``: a stand-in for Telegram in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import signal
import sys
from datetime import datetime

from sandbox.clock import SandboxClock
from sandbox.errors import WorldError
from sandbox.testing import running
from sandbox.world import DEFAULT_TOKEN, DEFAULT_USERNAME, World


def loopback(host: str) -> str:
    """`host` as an address. Raises ArgumentTypeError unless only this machine can reach it."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        if ipaddress.ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"the sandbox serves loopback only, not {host}")


def _clock(moment: str) -> SandboxClock:
    try:
        return SandboxClock(datetime.fromisoformat(moment))
    except (ValueError, WorldError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", type=loopback, default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default=DEFAULT_TOKEN)
    parser.add_argument("--bot-username", default=DEFAULT_USERNAME)
    parser.add_argument(
        "--start-at", type=_clock, default=None, metavar="ISO", help="simulate the clock from here"
    )
    return parser


async def _serve(arguments: argparse.Namespace) -> None:
    world = World(token=arguments.token, bot_username=arguments.bot_username, clock=arguments.start_at)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(world, host=arguments.host, port=arguments.port) as server:
        sys.stdout.write(json.dumps(server.to_json()) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> int:
    arguments = _parser().parse_args()
    try:
        asyncio.run(_serve(arguments))
    except OSError as error:
        sys.stderr.write(f"cannot listen on {arguments.host}:{arguments.port}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
