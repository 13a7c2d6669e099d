"""How much memory the program has after 20,000 updates, of which 50 ask for sheets and papers of orders.

People write reports and confirm them. It takes very long.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from programs import memory

from models.db import Database, ident
from models.people import Contact
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from services.access import actor_of
from services.campaign import Campaign
from services.cases.orders import dispatching
from speed.district import LIFTED, PROGRAM, WORDS, District, district, fill, sqlite
from speed.figures import Figure, Place
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

PEOPLE, UPDATES, SHEETS, PAPERS = 100, 20_000, 25, 25
AT_ONCE: Final = 20
"""People who act at the same time."""
MOST: Final = 125.0
DIFFERENT: Final = 20
"""So many rounds go by until somebody repeats their words; words said just before are asked about."""
POLICY, EXPORT = "/ladder", "导出"
ORDER, PAPER = "督办单", "督办单文件"


def measure(place: Place) -> list[Figure]:
    return asyncio.run(_measure(place.folder))


async def _measure(folder: Path) -> list[Figure]:
    url = sqlite(folder)
    accounts = await fill(url, PEOPLE)
    office, liaison = await _issue_order(url)
    everybody = [*accounts, office, liaison]
    async with district(folder, url, everybody, more=LIFTED, program=PROGRAM) as here:
        (order,) = [one for one in await here.people.messages(liaison, sender="bot") if ORDER in one.text]
        rounds = UPDATES // (2 * PEOPLE)
        for turn in range(rounds):
            await _round(here, accounts, WORDS.format(10 + turn % DIFFERENT))
            if turn % (rounds // SHEETS) == 0:
                await _sheet(here, office)
            if turn % (rounds // PAPERS) == 0:
                await _file(here, liaison, order.message_id, PAPER)
        used = memory(here.pid)
    return [Figure(f"memory after {UPDATES:,} updates", used, "MB", most=MOST)]


async def _issue_order(url: str) -> tuple[int, int]:
    """An order of one case to a unit. Returns the accounts of the office and of who gets it."""
    database, campaign = Database(url), Campaign()
    async with database.transaction() as session:
        now = datetime.now(UTC)
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        unit = await roster.unit("城管局")
        liaison = await roster.actor(unit, "城管局联络员", Role.LIAISON)
        office = await actor_of(session, await session.get_one(Contact, 1))
        case = await desk.report(office, await desk.category(unit=unit))
        await desk.step(case, CaseEvent.REGISTER, office)
        await dispatching.dispatch(turn_for(session, office, now, campaign), [ident(case)], ident(unit))
    await database.close()
    return office.contact.telegram_user_id or 0, liaison.contact.telegram_user_id or 0


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
    await _file(here, office, shown.message_id, EXPORT)


async def _file(here: District, account: int, message: int, label: str) -> None:
    """Press for a file, and wait until it has come."""
    last = (await here.people.messages(account, sender="bot"))[-1].message_id
    await here.people.press(account, account, message, label)
    await here.people.wait_for(account, last, kind="document", timeout=60)
