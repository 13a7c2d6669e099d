"""How long another chat waits for its answer, and the office for a sheet, during the largest import.

It uses real processes over a sandbox. The program reads, previews and writes a breakdown of 5,000 rows (with
5,000 people in the roster), while another person sends ``/cancel`` and the office presses for the sheet of
``/ladder`` again and again. The same is measured at rest before. ``import_while_chatting.py [DATABASE_URL]``
takes an empty database; by default it uses SQLite in a temporary folder.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from models.db import Database  # noqa: E402  # the path comes first
from models.upgrade import upgrade  # noqa: E402
from rules.people.roles import Role  # noqa: E402
from sandbox.client import SandboxClient  # noqa: E402
from sandbox.shapes import MessageRecord  # noqa: E402
from sandbox.testing import RunningSandbox, running  # noqa: E402
from services.campaign import Campaign  # noqa: E402
from services.importing.jobs.roster_writing import apply_roster  # noqa: E402
from services.importing.plans.roster_plan import plan_roster  # noqa: E402
from services.importing.rows.roster_rows import parse_roster  # noqa: E402
from tests.conftest import NOW  # noqa: E402
from tests.services.importing.builders import sheet, task, workbook  # noqa: E402
from tests.support.people import Roster  # noqa: E402
from tests.support.processes import settings_for  # noqa: E402

ROWS, UNITS = 4_990, 50
OFFICE, OTHER = "创城办工作人员", "另一位联络员"
AT_REST: Final = 30
"""The number of answers that are measured before the import."""

SHEETS_AT_REST: Final = 5


def units() -> list[str]:
    return [f"第{number}街道" for number in range(1, UNITS + 1)]


def roster_file() -> bytes:
    header = ("单位", "层级", "姓名", "角色")
    people = [(unit, "街道", f"{unit}的第{n}人", "责任人") for unit in units() for n in range(ROWS // UNITS)]
    return workbook([header, *people])


def breakdown() -> bytes:
    names = units()
    rows = []
    for number in range(ROWS):
        unit = names[number % UNITS]
        person = f"{unit}的第{number // UNITS}人"
        rows.append(
            task(目标任务=f"整治第{number}片区", 责任单位=unit, 责任人=person, 配合单位=names[number % 7])
        )
    return sheet(*rows)


async def prepare(database: Database, people: SandboxClient) -> tuple[int, int]:
    """Write the roster and two accounts. Returns the chats of the office and of the other person."""
    async with database.transaction() as session:
        await apply_roster(session, await plan_roster(session, parse_roster(roster_file(), "x")), now=NOW)
        roster = Roster(session, NOW, Campaign())
        unit = await roster.unit("创城办")
        contacts = [
            await roster.contact(unit, OFFICE, Role.OFFICE),
            await roster.contact(unit, OTHER, Role.LIAISON),
        ]
    chats = [contact.telegram_user_id or 0 for contact in contacts]
    for name, chat in zip((OFFICE, OTHER), chats, strict=True):
        await people.create_user(name, id=chat)
        await people.start(chat)
    return chats[0], chats[1]


async def answer_time(people: SandboxClient, chat: int) -> float:
    started = time.perf_counter()
    sent = await people.send_text(chat, chat, "/cancel")
    await people.wait_for(chat, sent.message_id, timeout=60)
    return time.perf_counter() - started


async def chatter(people: SandboxClient, chat: int, times: list[float], count: int | None = None) -> None:
    """Ask one question after another, ``count`` of them or without end.

    A private chat gets one message a second, so a question that came sooner would measure that limit.
    """
    for _ in itertools.count() if count is None else range(count):
        await asyncio.sleep(1.1)
        times.append(await answer_time(people, chat))


async def papers(
    people: SandboxClient, office: int, ladder: int, times: list[float], count: int | None = None
) -> None:
    """Press for the sheet again and again. Its message and its file are two of the chat's, one a second."""
    for _ in itertools.count() if count is None else range(count):
        await asyncio.sleep(2.2)
        started = time.perf_counter()
        last = (await people.messages(office))[-1].message_id
        await people.press(office, office, ladder, "导出表格")
        await people.wait_for(office, last, kind="document", timeout=60)
        times.append(time.perf_counter() - started)


async def edited(message: MessageRecord, people: SandboxClient, part: str) -> MessageRecord:
    while part not in message.text:
        message = await people.wait_for_edit(message, timeout=300)
    return message


async def measure(telegram: RunningSandbox, database: Database, env: dict[str, str]) -> None:
    people = telegram.client
    office, other = await prepare(database, people)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "run", env={**os.environ, **env}, cwd=ROOT
    )
    try:
        for chat in (office, other):
            await people.wait_for(chat, timeout=60)
        rest: list[float] = []
        await chatter(people, other, rest, AT_REST)
        show("at rest", rest)
        asked = await people.send_text(office, office, "/ladder")
        ladder = (
            await people.wait_for(office, asked.message_id, contains="请导出表格", timeout=60)
        ).message_id
        sheets: list[float] = []
        await papers(people, office, ladder, sheets, SHEETS_AT_REST)
        show("at rest, a sheet", sheets)
        await during(people, office, other, ladder)
    finally:
        program.terminate()
        await program.wait()


async def during(people: SandboxClient, office: int, other: int, ladder: int) -> None:
    data = breakdown()
    for stage, part in (("reading 4,990 rows", "导入预览"), ("writing 4,990 rows", "已导入")):
        times: list[float] = []
        sheets: list[float] = []
        talking = [
            asyncio.create_task(chatter(people, other, times)),
            asyncio.create_task(papers(people, office, ladder, sheets)),
        ]
        started = time.perf_counter()
        if part == "导入预览":
            await people.send_document(office, office, data, name="任务分解表.xlsx")
            message = await edited(
                await people.wait_for(office, contains="正在读取", timeout=60), people, part
            )
        else:
            await people.press(office, office, message.message_id, "确认导入")
            await edited(message, people, part)
        for one in talking:
            one.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        show(f"{stage} ({time.perf_counter() - started:.0f} s)", times)
        show(f"{stage}, a sheet", sheets)


def show(stage: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else max(times)
    sys.stdout.write(
        f"{stage:32} {len(times):4} answers  median {statistics.median(times):.3f} s"
        f"  p95 {p95:.3f} s  max {max(times):.3f} s\n"
    )
    sys.stdout.flush()


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite+aiosqlite:///{folder}/chuangcheng.db"
        database = Database(url)
        await upgrade(database)
        more: dict[str, Any] = {"LOG_LEVEL": "ERROR"}
        async with running() as telegram:
            await measure(telegram, database, settings_for(telegram, url, **more))
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())
