"""How fast 1,000 nags to 1,000 chats and 60 messages to a group go out under Telegram's limits.

It also counts refused messages (429), and measures how long a person who meanwhile asks something waits. It
uses real processes and the real clock: ``chuangcheng run`` against the sandbox. The tasks become due while
the program runs, and its own tick promises the letters. ``drain.py [DATABASE_URL]`` takes an empty database;
by default it uses SQLite in a temporary folder. It takes about four minutes, and exits with 1 if a promise is
broken.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import httpx
import sqlalchemy as sa

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from programs import sandbox, worked, zone_at_ten  # noqa: E402  # the path comes first

from demo.stage.processes import environment, running  # noqa: E402
from models.calendar import WorkingDayOverride  # noqa: E402
from models.db import Database  # noqa: E402
from models.people import Contact, ContactState, Unit  # noqa: E402
from models.tasks import Task  # noqa: E402
from models.upgrade import upgrade  # noqa: E402
from rules.delivery.delivery import MessageKind  # noqa: E402
from rules.people.roles import Role, Tier  # noqa: E402
from rules.slots import SlotTimes  # noqa: E402
from rules.tasks.task_lifecycle import TaskState  # noqa: E402
from sandbox.client import SandboxClient  # noqa: E402
from sandbox.shapes import ApiCall  # noqa: E402
from services import outbox  # noqa: E402
from services.campaign import Campaign  # noqa: E402
from services.views import say  # noqa: E402
from tests.support.people import Roster  # noqa: E402

CHATS, GROUP_MESSAGES, UNITS, NAGGED_ASK = 1_000, 60, 40, 10
PER_SECOND, PER_MINUTE = 30, 20
LEAST, LONGEST_ANSWER = 0.95, 1.0
AT_REST, ASK_EVERY = 10, 2.0
IN_THE_ANSWER: Final = "/help"
"""Words that the answer holds and no nag does."""
PATIENCE: Final = 240.0
FIRST_CHAT: Final = 6_200_000_001


class Answer(NamedTuple):
    """When an answer was asked for, and how many seconds it took."""

    asked: float
    took: float


@dataclass(slots=True)
class Found:
    """The measurements: how long answers took, and when messages arrived at the sandbox."""

    rest: list[Answer] = field(default_factory=list)
    meanwhile: list[Answer] = field(default_factory=list)
    nagged: list[Answer] = field(default_factory=list)
    nags: list[float] = field(default_factory=list)
    group: list[float] = field(default_factory=list)
    all: list[float] = field(default_factory=list)
    refused: int = 0
    worked: float = 0.0


async def enrol(people: SandboxClient, chats: Sequence[int]) -> None:
    """Create people who have started the bot."""
    for chat in chats:
        await people.create_user(f"第{chat - FIRST_CHAT}人", id=chat)
        await people.start(chat)


async def forget_updates(ready: dict[str, Any]) -> None:
    """Acknowledge the updates so far, so that the program need not answer a thousand times /start."""
    url = f"{ready['base_url']}{ready['token']}/getUpdates"
    async with httpx.AsyncClient(trust_env=False) as client:
        last = (await client.post(url, data={"offset": "-1"})).json()["result"][-1]["update_id"]
        await client.post(url, data={"offset": str(last + 1)})


async def prepare(database: Database, now: datetime, campaign: Campaign) -> int:
    """Write the asking person, and that today is a working day. Returns that person's chat."""
    async with database.transaction() as session:
        session.add(WorkingDayOverride(day=campaign.today(now), working=True, updated_at=now))
        roster = Roster(session, now, campaign)
        asking = await roster.contact(await roster.unit("创城办"), "联络员", Role.LIAISON)
        return asking.telegram_user_id or 0


async def make_due(database: Database, group: int, now: datetime, campaign: Campaign) -> None:
    """Write 1,000 people, each with a task overdue since yesterday, and 60 messages to the group."""
    today = campaign.today(now)
    async with database.transaction() as session:
        unit_rows = [{"name": f"第{n}街道", "tier": Tier.STREET} for n in range(UNITS)]
        units = (await session.execute(sa.insert(Unit).returning(sa.column("id")), unit_rows)).scalars().all()
        contacts = [
            {
                "unit_id": units[n % UNITS],
                "name": f"第{n}人",
                "telegram_user_id": FIRST_CHAT + n,
                "state": ContactState.ENROLLED,
                "enrolled_at": now,
            }
            for n in range(CHATS)
        ]
        made = sa.insert(Contact).returning(sa.column("id"), sort_by_parameter_order=True)
        ids = (await session.execute(made, contacts)).scalars().all()
        tasks = [
            {
                "identity": f"{n:064d}",
                "action": "市容环境整治",
                "objective": f"整治第{n}片区占道经营",
                "standard": "达到创城标准",
                "deadline": today - timedelta(days=1),
                "state": TaskState.IN_PROGRESS,
                "lead_unit_id": units[n % UNITS],
                "responsible_person": f"第{n}人",
                "responsible_id": contact_id,
                "assigned_at": now - timedelta(days=9),
                "nagged_until": now - timedelta(hours=12),
                "next_nag_at": now,
                "created_at": now - timedelta(days=9),
                "updated_at": now - timedelta(days=9),
            }
            for n, contact_id in enumerate(ids)
        ]
        await session.execute(sa.insert(Task), tasks)
        for n in range(GROUP_MESSAGES):
            view = say("common.contact", unit="创城办", name=f"第{n}条")
            await outbox.enqueue(session, MessageKind.NOTICE, f"bench:{n}", view, now=now, chat=(group, None))


async def ask(people: SandboxClient, chat: int) -> Answer:
    asked = time.monotonic()
    sent = await people.send_text(chat, chat, "/help")
    await people.wait_for(chat, sent.message_id, contains=IN_THE_ANSWER, timeout=60)
    return Answer(asked, time.monotonic() - asked)


async def keep_asking(
    people: SandboxClient, chat: int, answers: list[Answer], count: int | None = None
) -> None:
    for _ in itertools.count() if count is None else range(count):
        answers.append(await ask(people, chat))
        await asyncio.sleep(ASK_EVERY)


async def ask_while_nagged(people: SandboxClient, answers: list[Answer]) -> None:
    """Let ten people whose own nags are last in the line ask as soon as the first nag has arrived."""
    # Another process counts the nags.
    while not any(  # noqa: ASYNC110  # it tells nobody when
        in_range(int(chat)) for chat in (await people.limits())["accepted_by_chat"]
    ):
        await asyncio.sleep(0.2)
    for chat in range(FIRST_CHAT + CHATS - NAGGED_ASK, FIRST_CHAT + CHATS):
        answers.append(await ask(people, chat))


async def drained(people: SandboxClient, group: int) -> None:
    """Return when everything has arrived, or after ``PATIENCE``."""
    ending = time.monotonic() + PATIENCE
    while time.monotonic() < ending:
        await asyncio.sleep(3)
        accepted = (await people.limits())["accepted_by_chat"]
        nags = sum(in_range(int(chat)) for chat in accepted)
        if nags >= CHATS and accepted.get(str(group), 0) >= GROUP_MESSAGES:
            break


def in_range(chat: int | None) -> bool:
    return chat is not None and FIRST_CHAT <= chat < FIRST_CHAT + CHATS


async def measure(url: str, folder: Path) -> Found:
    zone = zone_at_ten()
    settings = {"DATABASE_URL": url, "TIMEZONE": zone, "LOG_LEVEL": "WARNING", "DATA_DIR": str(folder)}
    campaign, found = Campaign(slots=SlotTimes(zone=ZoneInfo(zone))), Found()
    database = Database(url)
    await upgrade(database)
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        asking = await prepare(database, datetime.now(UTC), campaign)
        await people.create_user("联络员", id=asking)
        await people.start(asking)
        await enrol(people, range(FIRST_CHAT, FIRST_CHAT + CHATS))
        group = (await people.create_group("创城工作群", members=[asking])).id
        await forget_updates(ready)
        await people.set_limits(enabled=True, per_second=PER_SECOND, per_group_minute=PER_MINUTE)
        api = {"BOT_TOKEN": ready["token"], "API_BASE_URL": ready["base_url"]}
        api["API_FILE_URL"] = ready["base_file_url"]
        command = (sys.executable, "-c", "from bot.cli import main; main()", "run")
        env = environment(settings | api)
        async with running(command, log=folder / "bot.log", folder=folder, env=env) as program:
            await ask(people, asking)  # an answer means that it has started
            await asyncio.sleep(ASK_EVERY)
            await keep_asking(people, asking, found.rest, AT_REST)
            talking = asyncio.create_task(keep_asking(people, asking, found.meanwhile))
            nagged = asyncio.create_task(ask_while_nagged(people, found.nagged))
            before = worked(program.pid)
            await make_due(database, group, datetime.now(UTC), campaign)
            await drained(people, group)
            await nagged
            talking.cancel()
            found.worked = worked(program.pid) - before
        sort_out(found, await people.calls("send*"), group, (await people.limits())["refused"])
    await database.close()
    sys.stderr.write((folder / "bot.log").read_text()[-4000:])
    return found


def sort_out(found: Found, calls: Sequence[ApiCall], group: int, refused: int) -> None:
    sent = [call for call in calls if call.status == httpx.codes.OK]
    firsts = {call.chat_id: call.monotonic for call in reversed(sent) if in_range(call.chat_id)}
    found.nags = list(firsts.values())
    found.group = [call.monotonic for call in sent if call.chat_id == group]
    if found.nags:
        first, last = min(found.nags), max(found.nags)
        found.all = [call.monotonic for call in sent if first <= call.monotonic <= last]
    found.refused = refused


def rate(times: Sequence[float]) -> float:
    """Messages a second, from the first to the last."""
    return (len(times) - 1) / (max(times) - min(times)) if len(times) > 1 else 0.0


def longest(answers: Sequence[Answer]) -> float:
    return max((one.took for one in answers), default=0.0)


def show(found: Found) -> bool:
    """Print one table. Returns whether all promises hold."""
    overall, group = rate(found.all) / PER_SECOND, rate(found.group) * 60 / PER_MINUTE
    first = min(found.nags, default=0.0)
    promising = [one for one in found.meanwhile if one.asked < first]
    draining = [one for one in found.meanwhile if one.asked >= first]
    sent = max(len(found.nags) + len(found.group) + len(found.meanwhile), 1)
    rows = [
        ("nags that arrived", len(found.nags), f"{CHATS}", len(found.nags) == CHATS),
        ("messages in the group", len(found.group), f"{GROUP_MESSAGES}", len(found.group) == GROUP_MESSAGES),
        ("all chats, of 30 a second", percent(overall), percent(LEAST), overall >= LEAST),
        ("the group, of 20 a minute", percent(group), percent(LEAST), group >= LEAST),
        ("answers 429", found.refused, "0", not found.refused),
        ("the program's processor time for each", f"{1000 * found.worked / sent:.0f} ms", "", True),
        ("longest answer at rest", seconds(longest(found.rest)), "", True),
        answers("longest answer while the tick promises", promising),
        answers("longest answer while the nags go out", draining),
        answers("the same for those whose own nag is in the line", found.nagged),
    ]
    lines = ["| 1,000 nags, 60 messages to a group | measured | promised | |", "|---|--:|--:|---|"]
    for name, measured, promised, kept in rows:
        lines.append(f"| {name} | {measured} | {promised} | {'' if kept else 'BROKEN'} |")
    sys.stdout.write("\n".join(lines) + f"\n\nload when it ended: {os.getloadavg()[0]:.1f}\n")
    return all(kept for *_, kept in rows)


def answers(name: str, found: Sequence[Answer]) -> tuple[str, object, str, bool]:
    """The table's row for people who asked meanwhile."""
    took = longest(found)
    return f"{name}, of {len(found)}", seconds(took), seconds(LONGEST_ANSWER), took <= LONGEST_ANSWER


def percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def seconds(number: float) -> str:
    return f"{number:.2f} s"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as name:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite+aiosqlite:///{name}/chuangcheng.db"
        return 0 if show(asyncio.run(measure(url, Path(name)))) else 1


if __name__ == "__main__":
    sys.exit(main())
