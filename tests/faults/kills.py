"""The program is killed, ended or started twice while people work and while messages go out."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from locales import Text, plain
from models.delivery.messages import Outbox
from rules.working_days import WorkingDays
from tests.conftest import NOW
from tests.faults.district import District

ZONE: Final = ZoneInfo("Asia/Shanghai")
SLOTS: Final = (("brief", 8), ("nag", 9), ("tally", 18))


async def killed_under_load(place: District, tries: int) -> None:
    async with place.at_work():
        for _ in range(tries):
            await place.live(place.chance.uniform(0.1, 1.5))
    await place.finish()


async def killed_while_messages_go_out(place: District, tries: int) -> None:
    """Each try is one slot of a working day, and a kill soon after the program has seen its hour."""
    day = NOW.astimezone(ZONE).date()
    for number in range(tries):
        slot, hour = SLOTS[number % len(SLOTS)]
        if number % len(SLOTS) == 0:
            day = WorkingDays().add(day, 1)
        await place.people.set_clock(datetime(day.year, day.month, day.day, hour, tzinfo=ZONE))
        await place.live(place.chance.uniform(0.2, 0.8))
        async with place.running() as bot:
            await place.until(partial(_promised, place, f"{day}/{slot}"), f"{slot} of {day} is promised")
            await place.settle()
            place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()


async def _promised(place: District, slot: str) -> bool:
    async with place.database.reading() as session:
        found = await session.exec(select(Outbox.id).where(col(Outbox.dedupe_key).startswith(slot)).limit(1))
        return found.first() is not None


async def down_for_days(place: District, tries: int) -> None:
    """The program is away over some days of slots. Back again it says each thing once, not once a day."""
    day = NOW.astimezone(ZONE).date()
    for _ in range(tries):
        day = WorkingDays().add(day, place.chance.randint(2, 4))
        hour = place.chance.choice((18, 19, 20))
        before = await place.titles()
        await place.people.set_clock(datetime(day.year, day.month, day.day, hour, tzinfo=ZONE))
        async with place.running() as bot:
            await place.until(partial(_promised, place, f"{day}/tally"), f"the tally of {day} is promised")
            await place.settle()
            place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
        for title, times in (await place.titles() - before).items():
            place.ledger.findings.count(f"{title} after the outage", wanted=1, found=times)
    await place.finish()


async def ended_under_load(place: District, tries: int) -> None:
    """SIGTERM, while the API answers slowly: the program ends in time, and nothing has to go out again."""
    await place.people.fail("send*", count=None, mode="delay", seconds=0.3)
    async with place.at_work():
        for _ in range(tries):
            async with place.running() as bot:
                await place.pause(0.1, 1.5)
                place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.people.clear_faults()
    await place.finish()


async def started_twice(place: District, tries: int) -> None:
    sentence = plain(Text("run.already_running"))
    async with place.running() as bot:
        async with place.at_work():
            for _ in range(tries):
                await place.pause(0.0, 0.3)
                async with place.program() as second:
                    place.expect(await second.ended() == 1, "a second instance is not refused")
                    place.expect(sentence in second.err.text, f"a second instance says {second.err.text}")
        await place.settle()
        place.expect(await bot.stop() == 0, f"SIGTERM: {bot.err.text}")
    await place.finish()
