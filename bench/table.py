"""What the hot paths cost, beside python-telegram-bot's bare echo in the same run.

A report is one message of a person, up to its card; 确认 is one press, up to the receipt. Each program runs
as a process of its own against the sandbox. It is measured by the processor time that it uses for a message
of each of ``PEOPLE`` people, one after the other. The programs take turns, ``RUNS`` times; the table shows
medians. ``table.py [RUNS]`` takes about half a minute a run.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from programs import sandbox, worked  # noqa: E402  # the path comes first

from demo.stage.processes import environment, running  # noqa: E402
from models.db import Database  # noqa: E402
from models.upgrade import upgrade  # noqa: E402
from rules.people.roles import Role  # noqa: E402
from sandbox.client import SandboxClient  # noqa: E402
from services.campaign import Campaign  # noqa: E402
from tests.support.people import Roster  # noqa: E402
from tests.support.postgres import PostgresServer  # noqa: E402

PEOPLE: Final = 100
RUNS: Final = 3
WARM: Final = 10
"""The first messages are not measured: a program that has just started fills its caches."""
WORDS: Final = "今天清理违规广告牌匾{}处，出动志愿者20人"
CARD, CONFIRM, RECEIPT = "请核对", "确认提交", "回执"
PROGRAM: Final = ("-c", "from bot.cli import main; main()", "run")
Costs = dict[str, list[float]]
"""By the name of a row: milliseconds of processor time for one message, a figure a run."""


async def each(pid: int, accounts: Sequence[int], act: Callable[[int], Awaitable[None]]) -> float:
    """Let people act one after the other. Returns the milliseconds that the process spends on one of them."""
    for account in accounts[:WARM]:
        await act(account)
    before = worked(pid)
    for account in accounts[WARM:]:
        await act(account)
    return 1000 * (worked(pid) - before) / (len(accounts) - WARM)


async def echo(folder: Path, costs: Costs) -> None:
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        accounts = range(7_000_000_001, 7_000_000_001 + PEOPLE)
        for account in accounts:
            await people.create_user("某人", id=account)
            await people.start(account)
        env = environment({}) | {"ECHO_TOKEN": ready["token"], "ECHO_BASE_URL": ready["base_url"]}
        command = (sys.executable, str(ROOT / "bench" / "echo.py"))
        async with running(command, log=folder / "echo.log", folder=folder, env=env) as program:

            async def write(account: int) -> None:
                sent = await people.send_text(account, account, WORDS.format(12))
                await people.wait_for(account, sent.message_id)

            costs.setdefault("echo", []).append(await each(program.pid, accounts, write))


async def prepare(url: str) -> list[int]:
    """Write ``PEOPLE`` people with a task each. Returns their accounts."""
    database = Database(url)
    await upgrade(database)
    accounts = []
    async with database.transaction() as session:
        roster = Roster(session, datetime.now(UTC), Campaign())
        await roster.contact(await roster.unit("创城办"), "创城办工作人员", Role.OFFICE)
        for number in range(PEOPLE):
            unit = await roster.unit(f"第{number}街道")
            person = await roster.contact(unit, f"第{number}人", Role.RESPONSIBLE_PERSON)
            await roster.task(unit, "清理违规广告牌匾", None, person)
            accounts.append(person.telegram_user_id or 0)
    await database.close()
    return accounts


async def reports(url: str, name: str, folder: Path, costs: Costs) -> None:
    accounts = await prepare(url)
    settings = {"DATABASE_URL": url, "LOG_LEVEL": "WARNING", "DATA_DIR": str(folder)}
    async with sandbox(folder) as ready, SandboxClient(ready["control_url"]) as people:
        for account in accounts:
            await people.create_user("某人", id=account)
            await people.start(account)
        api = {"BOT_TOKEN": ready["token"], "API_BASE_URL": ready["base_url"]}
        api["API_FILE_URL"] = ready["base_file_url"]
        env = environment(settings | api)
        log = folder / f"{name}.log"
        async with running((sys.executable, *PROGRAM), log=log, folder=folder, env=env) as program:
            for account in accounts:
                await people.wait_for(account)  # the answer to /start
            cards = {}

            async def write(account: int) -> None:
                sent = await people.send_text(account, account, WORDS.format(12))
                cards[account] = (await people.wait_for(account, sent.message_id, contains=CARD)).message_id

            async def confirm(account: int) -> None:
                await people.press(account, account, cards[account], CONFIRM)
                await people.wait_for(account, cards[account], contains=RECEIPT)

            for row, act in (("报告 → 卡片", write), ("确认 → 回执", confirm)):
                costs.setdefault(f"{row}, {name}", []).append(await each(program.pid, accounts, act))


async def measure(runs: int, folder: Path, server: PostgresServer) -> Costs:
    costs: Costs = {}
    for run in range(runs):
        here = folder / str(run)
        here.mkdir()
        await echo(here, costs)
        await reports(f"sqlite+aiosqlite:///{here}/chuangcheng.db", "SQLite", here, costs)
        server.create(f"table{run}")
        await reports(server.url(f"table{run}"), "PostgreSQL", here, costs)
    return costs


def show(costs: Costs) -> None:
    bare = statistics.median(costs["echo"])
    lines = ["| one message | milliseconds of processor time | × echo |", "|---|--:|--:|"]
    for name, found in costs.items():
        middle = statistics.median(found)
        lines.append(f"| {name} | {middle:.1f} | {middle / bare:.1f} |")
    sys.stdout.write("\n".join(lines) + f"\n\nload when it ended: {os.getloadavg()[0]:.1f}\n")


def main() -> None:
    server = PostgresServer()
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as name:
            show(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS, Path(name), server)))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
