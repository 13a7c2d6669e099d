"""How long ``chuangcheng run`` takes to its first poll, and how much memory it has then, on SQLite."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Final

from programs import memory, sandbox

from demo.stage.processes import environment, running
from sandbox.client import SandboxClient
from speed.district import PROGRAM, enrol, fill, settings_of, sqlite
from speed.figures import Figure, Place

PEOPLE: Final = 200
MEMORY, OF_OTHER = 110.0, 0.6


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


async def _measure(folder: Path) -> list[Figure]:
    url = sqlite(folder)
    accounts = await fill(url, PEOPLE)
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        await enrol(people, ready, accounts)
        last = max(call.number for call in await people.calls())
        env = environment(settings_of(url, folder, ready))
        began = time.monotonic()
        async with running(
            (sys.executable, *PROGRAM), log=folder / "bot.log", folder=folder, env=env
        ) as program:
            polled = await people.wait_for_call("getUpdates", after=last, answered=False, timeout=60)
            used = memory(program.pid)
    return [
        Figure("start to the first poll", polled.monotonic - began, "s", of_other=OF_OTHER),
        Figure("memory at the first poll", used, "MB", most=MEMORY),
    ]
