"""Twenty districts on one machine: what a program each costs, and how long people wait.

``scale.py [PROGRAMS] [MINUTES]``; ``make bench-scale`` plays 20 programs for ten real minutes. Each has a
database and a stand-in for Telegram of its own, 100 people who make 0.25 reports a second and confirm them,
and a group whose tally goes out in the middle; on a day off there is none. The stand-ins use the same cores,
so the programs alone would be quicker.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import product  # noqa: F401  # the product's path comes first
import sqlalchemy as sa
from programs import memory, worked, zone_at_ten
from speed.district import PROGRAM, WORDS, District, district, fill, room, sqlite
from speed.figures import Figure
from speed.printing import head, show

from models.db import Database
from models.people import Contact

PROGRAMS, MINUTES = 20, 10.0
PEOPLE: Final = 100
PER_SECOND: Final = 0.25
FIRST_NUMBER: Final = 10
MOST_WAIT: Final = 1.0
STARTING: Final = 4
"""So many programs start at the same time: each waits between the menus of its people."""
START_SECONDS: Final = 15.0
"""A program takes less than four times as long to start."""
BIND, TALLY = "/bind 全区", "日报"


@dataclass(slots=True)
class Played:
    """What one district has cost: seconds that people waited, and of processor time; megabytes at the end.

    ``tallies``: how many its group got.
    """

    waited: list[float] = field(default_factory=list)
    worked: float = 0.0
    memory: float = 0.0
    tallies: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A district with the group that gets its tally."""

    here: District
    chat_id: int


async def play(group: Group, seconds: float, first: float) -> Played:
    """Let people report evenly. ``first``: the seconds until the first report, another in each district."""
    here = group.here
    played, before, began = Played(), worked(here.pid), time.monotonic()
    last = max(call.number for call in await here.people.calls())
    writing: list[asyncio.Task[None]] = []

    async def write(account: int, number: int) -> None:
        # Whoever says the same again within a while is asked whether it is to count.
        words = WORDS.format(FIRST_NUMBER + number)
        asked = time.monotonic()
        card = await here.write(account, words)
        played.waited.append(time.monotonic() - asked)
        await here.confirm(account, card)

    for number in range(int(seconds * PER_SECOND)):
        await asyncio.sleep(max(0.0, began + first + number / PER_SECOND - time.monotonic()))
        writing.append(asyncio.create_task(write(here.accounts[number % PEOPLE], number)))
    await asyncio.gather(*writing)
    played.worked, played.memory = worked(here.pid) - before, memory(here.pid)
    sent = await here.people.calls("sendMessage", after=last)
    told = [call for call in sent if call.chat_id == group.chat_id and TALLY in str(call.params.get("text"))]
    played.tallies = len(told)
    return played


async def bound(here: District, url: str) -> Group:
    """Let the office bind a group to the whole district."""
    database = Database(url)
    async with database.reading() as session:
        first = sa.select(Contact.telegram_user_id).order_by(sa.text("id")).limit(1)
        office = int((await session.execute(first)).scalar_one())
    await database.close()
    await here.people.create_user("创城办工作人员", id=office)
    group = await here.people.create_group("创城工作群", members=[office])
    said = await here.people.send_text(group.id, office, BIND)
    await here.people.wait_for(group.id, said.message_id, timeout=60)
    return Group(here, group.id)


@dataclass(frozen=True, slots=True)
class City:
    """What the districts share. ``filled``: a database of which each gets a copy; ``begins``: a moment of
    ``time.monotonic`` at which people begin to report, if all programs run by then."""

    folder: Path
    filled: Path
    accounts: Sequence[int]
    settings: Mapping[str, str]
    begins: float
    seconds: float
    starting: asyncio.Semaphore
    started: asyncio.Barrier

    async def play_district(self, number: int) -> Played:
        """One district: its program starts, waits until all have, and is played."""
        mine = room(self.folder, f"district{number}")
        url = sqlite(mine)
        shutil.copy(self.filled, url.partition("///")[2])
        async with AsyncExitStack() as stack:
            async with self.starting:
                runs = district(mine, url, self.accounts, more=self.settings, program=PROGRAM)
                here = await stack.enter_async_context(runs)
                group = await bound(here, url)
            await self.started.wait()
            await asyncio.sleep(self.begins - time.monotonic())
            return await play(group, self.seconds, number / PER_SECOND / self.started.parties)


async def measure(folder: Path, programs: int, seconds: float) -> list[Played]:
    zone, url = zone_at_ten(), sqlite(folder)
    accounts = await fill(url, PEOPLE)
    start = START_SECONDS * programs
    # The hour of a tally is a whole minute: the nearest one.
    tally = datetime.now(ZoneInfo(zone)) + timedelta(seconds=start + seconds / 2 + 30)
    city = City(
        folder,
        Path(url.partition("///")[2]),
        accounts,
        {"TIMEZONE": zone, "TALLY_TIME": tally.strftime("%H:%M")},
        time.monotonic() + start,
        seconds,
        asyncio.Semaphore(STARTING),
        asyncio.Barrier(programs),
    )
    async with asyncio.TaskGroup() as group:
        played = [group.create_task(city.play_district(number)) for number in range(programs)]
    return [one.result() for one in played]


def figures(played: Sequence[Played], seconds: float) -> list[Figure]:
    waited = [one for district in played for one in district.waited]
    late = statistics.quantiles(waited, n=20, method="inclusive")[-1]
    each = statistics.median(one.worked for one in played) * 60 / seconds
    note = f"median {statistics.median(waited):.2f} s, longest {max(waited):.2f} s, of {len(waited)} cards"
    return [
        Figure("95th percentile of the wait for a card", late, "s", most=MOST_WAIT, note=note),
        Figure("tallies", sum(one.tallies for one in played), "", least=len(played), note="one each"),
        Figure("memory of a program at the end", statistics.median(one.memory for one in played), "MB"),
        Figure("processor time of a program a minute", each, "s"),
        Figure("cores that all programs use", sum(one.worked for one in played) / seconds, ""),
    ]


def main() -> None:
    programs = int(sys.argv[1]) if len(sys.argv) > 1 else PROGRAMS
    seconds = 60 * (float(sys.argv[2]) if len(sys.argv) > 2 else MINUTES)
    with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as name:
        played = asyncio.run(measure(Path(name), programs, seconds))
    head(beside=False)
    good = show(f"{programs} programs", figures(played, seconds), None)
    sys.stdout.write(f"\nload when it ended: {os.getloadavg()[0]:.1f}\n")
    sys.exit(not good)


if __name__ == "__main__":
    main()
