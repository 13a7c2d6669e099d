"""What the program costs while nothing happens: with 3,000 contacts, and 20 groups that have a board."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from programs import worked, zone_at_ten

from models.db import Database
from models.people import Contact, ContactState
from models.upgrade import upgrade
from rules.people.roles import Role, Tier
from services.campaign import Campaign
from speed.bare_echo import bare, beside_echo, echo, echo_since
from speed.district import QUIET, District, district, sqlite
from speed.figures import Figure, Place
from tests.support.people import Roster

PEOPLE, UNITS, GROUPS = 3_000, 100, 20
MINUTES, MINUTE = 3, 60.0
MOST: Final = 0.3
"""Seconds of processor time, where an echo is quiet."""
FIRST_ACCOUNT: Final = 6_400_000_001
BIND: Final = "/bind 全区"


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


async def _measure(folder: Path) -> list[Figure]:
    beside = await echo(folder)
    url = sqlite(folder)
    office = await _fill(url)
    async with district(folder, url, [office], more={"TIMEZONE": zone_at_ten()}) as here:
        await _bind_groups(here, office)
        await here.settled()
        await asyncio.sleep(20 * QUIET)  # a board that has just changed is looked at for a while
        spent = [await _minute(here.pid) for _ in range(MINUTES)]
    note = f"{MINUTES} minutes, each {', '.join(f'{one:.2f}' for one in spent)}"
    what = f"idle for a minute, {GROUPS} boards, {PEOPLE:,} contacts"
    minute = statistics.median(spent)
    beside = await echo_since(beside, folder)
    return [
        bare(beside),
        Figure(what, minute, "s", note=note),
        beside_echo(what, 1000 * minute, beside, 1000 * MOST),
    ]


async def _minute(pid: int) -> float:
    """Seconds of processor time that the program uses in a minute."""
    before = worked(pid)
    await asyncio.sleep(MINUTE)
    return worked(pid) - before


async def _fill(url: str) -> int:
    """Write the people, none of whom has a task. Returns the account of the office."""
    database = Database(url)
    await upgrade(database)
    async with database.transaction() as session:
        now = datetime.now(UTC)
        roster = Roster(session, now, Campaign())
        office = await roster.contact(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE)
        units = [(await roster.unit(f"第{number}街道", Tier.STREET)).id for number in range(UNITS)]
        await session.execute(sa.insert(Contact), _contacts(units, now))
    await database.close()
    return office.telegram_user_id or 0


def _contacts(units: Sequence[int | None], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "unit_id": units[number % UNITS],
            "name": f"第{number}人",
            "telegram_user_id": FIRST_ACCOUNT + number,
            "state": ContactState.ENROLLED,
            "enrolled_at": now,
        }
        for number in range(PEOPLE)
    ]


async def _bind_groups(here: District, office: int) -> None:
    for number in range(GROUPS):
        group = await here.people.create_group(f"第{number}群", members=[office])
        said = await here.people.send_text(group.id, office, BIND)
        await here.people.wait_for(group.id, said.message_id, timeout=60)
