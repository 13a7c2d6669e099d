"""Whether the program keeps Telegram's pace where each of its calls takes 50 ms, and how long people wait.

People report evenly, as many a second as messages may go out, and each is answered by a card. The message
travels 50 ms and so does the card, on any machine. The rest of the wait is work, and waiting for the pace
that work has delayed. So it binds by the echo.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Final

from speed.bare_echo import beside_echo, echo, echo_since
from speed.district import WORDS, District, cards, district, fill, room, sqlite
from speed.figures import Figure, Place

PER_SECOND, SECONDS = 30, 20
WARM: Final = 60
"""From their messages the program first learns how long one travels."""
LATENCY: Final = 0.05
PATIENCE: Final = 60.0
PACE, ANSWER = 97.0, 0.3
WHAT: Final = f"{PER_SECOND} reports a second, 50 ms latency"


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


async def _measure(folder: Path) -> list[Figure]:
    before = await echo(room(folder, "before"))
    pace, late, note = await _waited(folder)
    stays = 1000 * (late - 2 * LATENCY)
    echo_now = await echo_since(before, folder)
    most = 1000 * (ANSWER - 2 * LATENCY)
    return [
        Figure(f"{WHAT}: pace", pace, "%", least=PACE),
        Figure(f"{WHAT}: 95th percentile of the answers", late, "s", note=note),
        beside_echo(f"{WHAT}: the same without the travels", stays, echo_now, most),
    ]


async def _waited(folder: Path) -> tuple[float, float, str]:
    url = sqlite(folder)
    accounts = await fill(url, PER_SECOND * SECONDS + WARM)
    async with district(folder, url, accounts) as here:
        await here.people.fail("*", None, mode="delay", seconds=LATENCY)
        await _paced(here, accounts[:WARM])
        return await _paced(here, accounts[WARM:])


async def _paced(here: District, accounts: list[int]) -> tuple[float, float, str]:
    """Percent of the pace that went out; seconds of the waits' 95th percentile; words on their median."""
    last = max(call.number for call in await here.people.calls())
    asked: dict[int, float] = {}
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, account in enumerate(accounts):
            await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
            asked[account] = time.monotonic()
            group.create_task(here.people.send_text(account, account, WORDS.format(12)))
    while len(found := await cards(here.people, last)) < len(accounts):
        if time.monotonic() - began > SECONDS + PATIENCE:
            raise TimeoutError(f"{len(found)} cards of {len(accounts)}")
        await asyncio.sleep(0.5)
    arrived = {call.chat_id: call.monotonic + LATENCY for call in found if call.chat_id is not None}
    rate = (len(arrived) - 1) / (max(arrived.values()) - min(arrived.values()))
    waited = [at - asked[account] for account, at in arrived.items()]
    late = statistics.quantiles(waited, n=20, method="inclusive")[-1]
    return 100 * rate / PER_SECOND, late, f"median {statistics.median(waited):.2f} s"
