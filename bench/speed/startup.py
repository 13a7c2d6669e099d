"""How long ``chuangcheng run`` takes to its first poll, and how much memory it has then, on SQLite."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from programs import memory, sandbox, worked

from demo.stage.processes import environment, running
from sandbox.client import SandboxClient
from speed.district import PROGRAM, enrol, fill, settings_of, sqlite
from speed.figures import Figure, Place

PEOPLE: Final = 200
MEMORY, OF_OTHER = 110.0, 0.6


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


class Start(NamedTuple):
    """Seconds by the clock and of processor time up to the first poll, and megabytes at that moment."""

    took: float
    worked: float
    memory: float


async def _measure(folder: Path) -> list[Figure]:
    url = sqlite(folder)
    accounts = await fill(url, PEOPLE)
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        await enrol(people, ready, accounts)
        env = environment(settings_of(url, folder, ready))
        await _start(people, folder, env)  # the first start of a checkout compiles it
        found = await _start(people, folder, env)
    return [
        Figure("start to the first poll: processor time", found.worked, "s", of_other=OF_OTHER),
        Figure("start to the first poll: by the clock", found.took, "s"),
        Figure("memory at the first poll", found.memory, "MB", most=MEMORY),
    ]


async def _start(people: SandboxClient, folder: Path, env: Mapping[str, str]) -> Start:
    last = max(call.number for call in await people.calls())
    began, command = time.monotonic(), (sys.executable, *PROGRAM)
    async with running(command, log=folder / "bot.log", folder=folder, env=env) as program:
        polled = await people.wait_for_call("getUpdates", after=last, answered=False, timeout=60)
        return Start(polled.monotonic - began, worked(program.pid), memory(program.pid))
