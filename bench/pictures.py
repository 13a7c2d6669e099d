"""How soon the pictures of an evening are there: thirty groups get theirs within a minute of the words.

It uses real processes: ``chuangcheng run`` against the sandbox, whose clock is set to the tally's hour. Each
group has a scope of twenty units, so that no two pictures are alike. The time is counted at the sandbox, from
the last tally in words to the last picture. It takes about a minute, and exits with 1 if it is too long.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from programs import sandbox, worked  # noqa: E402  # the path comes first

from demo.stage.processes import environment, running  # noqa: E402
from models.db import Database, ident  # noqa: E402
from models.groups import GroupChat  # noqa: E402
from models.upgrade import upgrade  # noqa: E402
from rules.people.roles import Role, Tier  # noqa: E402
from sandbox.client import SandboxClient  # noqa: E402
from services.campaign import Campaign  # noqa: E402
from tests.support.people import Roster  # noqa: E402

GROUPS, UNITS = 30, 20
MOST: Final = 60.0
PATIENCE: Final = 120.0
MORNING: Final = datetime(2026, 12, 15, 2, tzinfo=UTC)
EVENING: Final = datetime(2026, 12, 15, 10, tzinfo=UTC)
MANAGER: Final = 6_300_000_001


async def fill(database: Database, people: SandboxClient) -> list[int]:
    """Make the groups with their units and tasks; returns their chats."""
    await people.create_user("创城办", id=MANAGER)
    chats = []
    async with database.transaction() as session:
        roster = Roster(session, MORNING, Campaign())
        office = await roster.contact(await roster.unit("创城办"), "工作人员", Role.OFFICE)
        for number in range(GROUPS):
            above = await roster.unit(f"第{number + 1}街道", Tier.STREET)
            for place in range(UNITS):
                unit = await roster.unit(f"第{number + 1}街道{place + 1}号社区", Tier.VILLAGE, above)
                await roster.task(unit, "清理违规广告牌匾", date(2026, 12, 10 + place))
            chat = (await people.create_group(f"第{number + 1}街道工作群", members=[MANAGER])).id
            chats.append(chat)
            session.add(
                GroupChat(
                    chat_id=chat,
                    title=f"第{number + 1}街道工作群",
                    unit_id=ident(above),
                    bound_by=ident(office),
                    bound_at=MORNING,
                    tallied_until=MORNING - timedelta(days=1),
                )
            )
    return chats


async def measure(folder: Path) -> float:
    """Seconds from the last words to the last picture."""
    url = f"sqlite+aiosqlite:///{folder / 'evening.db'}"
    database = Database(url)
    await upgrade(database)
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        chats = await fill(database, people)
        await database.close()
        await people.set_clock(EVENING - timedelta(minutes=1))
        settings = {
            "BOT_TOKEN": ready["token"],
            "API_BASE_URL": ready["base_url"],
            "API_FILE_URL": ready["base_file_url"],
            "DATABASE_URL": url,
            "DATA_DIR": str(folder),
            "CLOCK_URL": f"{ready['control_url']}/clock",
        }
        command = (sys.executable, "-P", "-m", "bot.cli", "run")
        async with running(command, log=folder / "bot.log", folder=folder, env=environment(settings)) as bot:
            await people.wait_for_call("getUpdates", answered=False)
            await people.set_clock(EVENING)
            began = time.monotonic()
            for chat in chats:
                await people.wait_for(chat, kind="photo", timeout=PATIENCE)
            whole = time.monotonic() - began
            words = [one.monotonic for one in await people.calls("sendMessage") if one.chat_id in chats]
            pictures = [one.monotonic for one in await people.calls("sendPhoto")]
            say(f"{len(pictures)} pictures, the last one {whole:.1f} s after the tally's hour")
            say(f"{worked(bot.pid):.1f} s of processor time by the program, without what draws")
            return max(pictures) - max(words)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(measure(Path(folder)))
    say(f"the last picture came {took:.1f} s after the last words; at most {MOST:.0f} s")
    sys.exit(took > MOST)


if __name__ == "__main__":
    main()
