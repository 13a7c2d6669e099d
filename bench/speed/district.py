"""A district for the rows that run the program: its people with a task each, the program, and who acts."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from programs import sandbox, worked

from demo.stage.processes import environment, running
from models.db import Database
from models.upgrade import upgrade
from rules.people.roles import Role
from sandbox.client import SandboxClient
from sandbox.shapes import ApiCall
from services.campaign import Campaign
from tests.support.people import Roster

WORDS: Final = "今天清理违规广告牌匾{}处，出动志愿者20人"
CARD, CONFIRM, RECEIPT = "请核对", "确认提交", "回执"
PROGRAM: Final = ("-c", "from bot.cli import main; main()", "run")
MEASURED: Final = (str(Path(__file__).with_name("measured_program.py")), "run")
"""The program under a script that can count; see there."""
QUIET: Final = 1.5
"""Seconds without a call after which the program has done what it does after a start."""
LIFTED: Final = {
    "PACE_PER_SECOND": "30000",
    "PACE_CHAT_PER_SECOND": "1000",
    "PACE_GROUP_PER_MINUTE": "20000",
}
"""Settings with which messages may go out a thousand times faster than Telegram allows."""
HELD: Final = ("getupdates", "getme")


@dataclass(frozen=True, slots=True)
class District:
    """The running program and who acts in its chats."""

    pid: int
    people: SandboxClient
    accounts: Sequence[int]

    async def write(self, account: int, words: str = WORDS.format(12)) -> int:
        """A report of one message, up to its card. Returns the card's number."""
        sent = await self.people.send_text(account, account, words)
        return (await self.people.wait_for(account, sent.message_id, contains=CARD, timeout=60)).message_id

    async def confirm(self, account: int, card: int) -> None:
        """确认, up to the receipt."""
        await self.people.press(account, account, card, CONFIRM)
        await self.people.wait_for(account, card, contains=RECEIPT, timeout=60)

    async def settled(self) -> None:
        """Return when the program has called nothing but ``getUpdates`` for a while."""
        last = time.monotonic()
        after = 0
        while time.monotonic() - last < QUIET:
            await asyncio.sleep(QUIET / 5)
            calls = await self.people.calls(after=after)
            after = max((call.number for call in calls), default=after)
            if any(call.method.lower() not in HELD for call in calls):
                last = time.monotonic()


async def fill(url: str, count: int) -> list[int]:
    """Write so many people with a task each. Returns their accounts."""
    database = Database(url)
    await upgrade(database)
    accounts = []
    async with database.transaction() as session:
        roster = Roster(session, datetime.now(UTC), Campaign())
        await roster.contact(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE)
        for number in range(count):
            unit = await roster.unit(f"第{number}街道")
            person = await roster.contact(unit, f"第{number}人", Role.RESPONSIBLE_PERSON)
            await roster.task(unit, "清理违规广告牌匾", None, person)
            accounts.append(person.telegram_user_id or 0)
    await database.close()
    return accounts


async def enrol(people: SandboxClient, ready: Mapping[str, Any], accounts: Collection[int]) -> None:
    """Let these people have started the bot, and nothing be left to answer."""
    for account in accounts:
        await people.create_user("某人", id=account)
        await people.start(account)
    url = f"{ready['base_url']}{ready['token']}/getUpdates"
    async with httpx.AsyncClient(trust_env=False) as client:
        last = (await client.post(url, data={"offset": "-1"})).json()["result"][-1]["update_id"]
        await client.post(url, data={"offset": str(last + 1)})


def settings_of(url: str, folder: Path, ready: Mapping[str, Any]) -> dict[str, str]:
    api = {"BOT_TOKEN": ready["token"], "API_BASE_URL": ready["base_url"]}
    api["API_FILE_URL"] = ready["base_file_url"]
    return {"DATABASE_URL": url, "LOG_LEVEL": "WARNING", "DATA_DIR": str(folder), **api}


@asynccontextmanager
async def district(
    folder: Path,
    url: str,
    accounts: Sequence[int],
    *,
    wishes: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
    program: Sequence[str] = MEASURED,
) -> AsyncIterator[District]:
    """The program, when it has done what it does after a start.

    ``wishes``: what ``measured_program`` is to do; ``more``: more settings. ``program``: ``PROGRAM`` where
    memory is measured, for that script takes some. Then the menus of each person take 0.2 s at the start.
    """
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        await enrol(people, ready, accounts)
        env = environment({**settings_of(url, folder, ready), **(more or {})}) | dict(wishes or {})
        polled = max(call.number for call in await people.calls())
        command, log = (sys.executable, *program), folder / "bot.log"
        async with running(command, log=log, folder=folder, env=env) as started:
            await people.wait_for_call("getUpdates", after=polled, timeout=60)
            here = District(started.pid, people, accounts)
            await here.settled()
            yield here


async def each(pid: int, accounts: Sequence[int], warm: int, act: Callable[[int], Awaitable[None]]) -> float:
    """Let people act one after the other. Returns the milliseconds that the process spends on one of them.

    The first ``warm`` are not measured: a program that has just started fills its caches.
    """
    for account in accounts[:warm]:
        await act(account)
    before = worked(pid)
    for account in accounts[warm:]:
        await act(account)
    return 1000 * (worked(pid) - before) / (len(accounts) - warm)


async def cards(people: SandboxClient, after: int) -> list[ApiCall]:
    """The messages that the program has sent since that call."""
    return [call for call in await people.calls("sendMessage", after=after) if call.status == httpx.codes.OK]


def room(folder: Path, name: str) -> Path:
    """A new folder in it."""
    made = folder / name
    made.mkdir()
    return made


def sqlite(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/chuangcheng.db"


def echo_command() -> tuple[str, ...]:
    # The echo is part of the harness, so it is the same beside any checkout.
    return sys.executable, str(Path(__file__).parents[1] / "echo.py")
