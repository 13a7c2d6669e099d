"""How much memory the program takes while 100,000 stored updates of 1,000 chats are worked off.

It takes very long. Each update asks for help, which is answered by one message. Also: whether each chat keeps
its order, and how often the office is told that messages wait.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from programs import memory
from sqlmodel import col

from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.people import Contact
from speed.district import LIFTED, District, district, fill, sqlite
from speed.figures import Figure, Place

PEOPLE, UPDATES = 1_000, 100_000
AT_ONCE: Final = 5_000
"""So many are stored at once."""
SAMPLE: Final = 0.5
GROWTH: Final = 25.0
"""Megabytes: a lane for each of the chats, and what the libraries keep after their first 1,000 people."""
FIRST_UPDATE: Final = 1_000_000_000
ALARM: Final = "正按先后顺序处理"


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


async def _measure(folder: Path) -> list[Figure]:
    url = sqlite(folder)
    accounts = await fill(url, PEOPLE)
    database = Database(url)
    async with database.reading() as session:
        office = (await session.get_one(Contact, 1)).telegram_user_id or 0
    async with district(folder, url, [*accounts, office], more=LIFTED) as here:
        rest = memory(here.pid)
        bot_id = int((await here.people.bot())["id"])
        await _store(database, bot_id, accounts)
        began = time.monotonic()
        highest = await _worked_off(database, here)
        took = time.monotonic() - began
        told = [one for one in await here.people.messages(office, sender="bot") if ALARM in one.text]
    disordered = await _disordered(database)
    await database.close()
    note = f"{UPDATES / took:.0f} a second"
    what = f"{UPDATES:,} updates of {PEOPLE:,} chats worked off"
    return [
        Figure("memory at rest", rest, "MB"),
        Figure(f"{what}: highest memory", highest, "MB", most=rest + GROWTH, note=note),
        Figure(f"{what}: out of their chat's order", disordered, "", most=0),
        Figure(f"{what}: alarms to the office", len(told), "", most=1, least=1),
    ]


async def _store(database: Database, bot_id: int, accounts: Sequence[int]) -> None:
    """Put the updates into the inbox: each chat's first, then each chat's second, and so on."""
    async with database.transaction() as session:
        for first in range(0, UPDATES, AT_ONCE):
            rows = list(_rows(bot_id, accounts, range(first, first + AT_ONCE)))
            await session.execute(sa.insert(Inbox), rows)


def _rows(bot_id: int, accounts: Sequence[int], numbers: range) -> Iterator[dict[str, Any]]:
    now = datetime.now(UTC)
    for number in numbers:
        who, message = accounts[number % len(accounts)], FIRST_UPDATE + number
        person = {"id": who, "is_bot": False, "first_name": "某人", "language_code": "zh"}
        words = {"text": "/help", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]}
        said = {"message_id": message, "date": int(now.timestamp()), "from": person, **words}
        update = {"update_id": message, "message": said | {"chat": {"id": who, "type": "private"}}}
        yield {
            "bot_id": bot_id,
            "update_id": message,
            "subject": f"message:{who}:{message}:None",
            "lane": who,
            "payload": json.dumps(update),
            "received_at": now,
        }


async def _worked_off(database: Database, here: District) -> float:
    """Wait until nothing is left to do. Returns the highest memory meanwhile."""
    highest = memory(here.pid)
    open_ones = sa.select(sa.func.count()).where(sa.text("inbox.state = 'new'")).select_from(Inbox)
    while True:
        async with database.reading() as session:
            if not (await session.execute(open_ones)).scalar_one():
                return highest
        for _ in range(10):
            highest = max(highest, memory(here.pid))
            await asyncio.sleep(SAMPLE)


async def _disordered(database: Database) -> int:
    """How many updates were not handled, or before an earlier one of their chat."""
    before = sa.func.lag(col(Inbox.done_at)).over(partition_by=col(Inbox.lane), order_by=col(Inbox.id))
    rows = sa.select(col(Inbox.state), col(Inbox.done_at), before.label("before")).subquery()
    wrong = sa.or_(rows.c.state != InboxState.DONE, rows.c.done_at < rows.c.before)
    async with database.reading() as session:
        return int(
            (await session.execute(sa.select(sa.func.count()).select_from(rows).where(wrong))).scalar_one()
        )
