"""What python-telegram-bot's bare echo costs, and what other work costs beside it.

Targets in milliseconds were set on a machine that needed ``QUIET_ECHO`` for one echo. The harness divides by
the echo of its own run, so that they bind on a slower machine and on a faster one alike.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Final

from programs import sandbox

from demo.stage.processes import environment, running
from sandbox.client import SandboxClient
from speed.district import WORDS, each, echo_command, room
from speed.figures import Figure

QUIET_ECHO: Final = 1.27
"""Milliseconds of processor time."""
PEOPLE, WARM, ROUNDS = 100, 10, 3
"""The processor time of a process is known in steps of 10 ms, so many echoes make one figure."""
FIRST_ACCOUNT: Final = 7_000_000_001


async def echo(folder: Path) -> float:
    """Milliseconds of processor time for one echo, now: the median of some rounds."""
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        accounts = range(FIRST_ACCOUNT, FIRST_ACCOUNT + PEOPLE)
        for account in accounts:
            await people.create_user("某人", id=account)
            await people.start(account)
        env = environment({}) | {"ECHO_TOKEN": ready["token"], "ECHO_BASE_URL": ready["base_url"]}
        async with running(echo_command(), log=folder / "echo.log", folder=folder, env=env) as program:

            async def write(account: int) -> None:
                sent = await people.send_text(account, account, WORDS.format(12))
                await people.wait_for(account, sent.message_id, timeout=30)

            return statistics.median([await each(program.pid, accounts, WARM, write) for _ in range(ROUNDS)])


async def echo_since(before: float, folder: Path) -> float:
    """Milliseconds of an echo in the time of some long work: ``before`` it, and now that it is done."""
    return (before + await echo(room(folder, "after"))) / 2


def bare(milliseconds: float) -> Figure:
    return Figure("python-telegram-bot's bare echo", milliseconds, "ms")


def in_echoes(what: str, milliseconds: float, echo_now: float, most: float, note: str = "") -> Figure:
    """So many echoes the work costs, of which it may cost ``most``."""
    return Figure(f"{what} : echo", milliseconds / echo_now, "×", most=most, note=note)


def beside_echo(what: str, milliseconds: float, echo_now: float, most: float) -> Figure:
    """The same. ``most``: the milliseconds that the work may cost where an echo is quiet."""
    note = f"{most:.3g} ms where an echo costs {QUIET_ECHO} ms"
    return in_echoes(what, milliseconds, echo_now, most / QUIET_ECHO, note)
