"""Whether the program keeps Telegram's pace where each of its calls takes 50 ms, and how long people wait.

People report evenly, as many a second as messages may go out, and each is answered by a card.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Final

from speed.district import WORDS, District, cards, district, fill, sqlite
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
    url = sqlite(folder)
    accounts = await fill(url, PER_SECOND * SECONDS + WARM)
    async with district(folder, url, accounts) as here:
        await here.people.fail("*", None, mode="delay", seconds=LATENCY)
        await _paced(here, accounts[:WARM])
        return await _paced(here, accounts[WARM:])


async def _paced(here: District, accounts: list[int]) -> list[Figure]:
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
    note = f"median {statistics.median(waited):.2f} s"
    return [
        Figure(f"{WHAT}: pace", 100 * rate / PER_SECOND, "%", least=PACE),
        Figure(f"{WHAT}: 95th percentile of the answers", late, "s", most=ANSWER, note=note),
    ]
