"""How much memory the program has after 20,000 updates, 50 of which ask for a sheet. It takes very long.

People write reports and confirm them. Papers of orders are not asked for.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from programs import memory

from models.db import Database
from models.people import Contact
from speed.district import LIFTED, WORDS, District, district, fill, sqlite
from speed.figures import Figure, Place

PEOPLE, UPDATES, SHEETS = 100, 20_000, 50
AT_ONCE: Final = 20
"""People who act at the same time."""
MOST: Final = 125.0
DIFFERENT: Final = 20
"""So many rounds go by until somebody repeats their words; words said just before are asked about."""
POLICY, EXPORT = "/ladder", "导出"


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


async def _measure(folder: Path) -> list[Figure]:
    url = sqlite(folder)
    accounts = await fill(url, PEOPLE)
    office = await _office(url)
    async with district(folder, url, [*accounts, office], more=LIFTED) as here:
        rounds = UPDATES // (2 * PEOPLE)
        for turn in range(rounds):
            await _round(here, accounts, WORDS.format(10 + turn % DIFFERENT))
            if turn % (rounds // SHEETS) == 0:
                await _sheet(here, office)
        used = memory(here.pid)
    return [Figure(f"memory after {UPDATES:,} updates", used, "MB", most=MOST, note="no papers of orders")]


async def _office(url: str) -> int:
    """The account of the office."""
    database = Database(url)
    async with database.reading() as session:
        contact = await session.get_one(Contact, 1)
    await database.close()
    return contact.telegram_user_id or 0


async def _round(here: District, accounts: list[int], words: str) -> None:
    """Each person writes these words and confirms the card."""
    free = asyncio.Semaphore(AT_ONCE)

    async def act(account: int) -> None:
        async with free:
            await here.confirm(account, await here.write(account, words))

    async with asyncio.TaskGroup() as group:
        for account in accounts:
            group.create_task(act(account))


async def _sheet(here: District, office: int) -> None:
    said = await here.people.send_text(office, office, POLICY)
    shown = await here.people.wait_for(office, said.message_id, timeout=60)
    await here.people.press(office, office, shown.message_id, EXPORT)
    await here.people.wait_for(office, shown.message_id, timeout=60)
