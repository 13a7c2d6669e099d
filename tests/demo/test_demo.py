"""The demo and the parts of the tour: what they need, what they say without it, and how they end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
import typer

from bot import cli
from bot.settings import load_settings
from demo import start
from demo.stage import processes
from demo.stage.errors import DemoError
from demo.tour.chats import BotMessage, Chats
from demo.tour.people import Person, together
from demo.tour.wording import Wording
from locales import LOCALES, Text, plain
from models.db import Database
from models.people import all_units
from rules.people.roles import Role
from sandbox.testing import running
from services.campaign import Campaign
from tests.support.patience import PATIENCE
from tests.support.people import Roster
from tests.support.processes import Forge

TOKEN = re.compile(r"start=([\w-]{20,})")


@pytest.mark.parametrize(
    ("key", "piece"),
    [
        ("nags.report_button", " 报进展："),
        ("progress.receipt.title", "进展已收到，谢谢。"),
        ("tally.title", "【创城工作日报】"),
        ("progress.confirm_button", "✅ 确认提交"),
    ],
)
def test_pieces_of_texts(key: str, piece: str) -> None:
    assert Wording("zh").piece(key) == piece


@pytest.mark.parametrize("locale", LOCALES)
def test_texts_hold_their_piece(locale: str) -> None:
    words = Wording(locale)
    said = plain(
        Text("nags.title", day=Text("common.day", month=12, day=18, iso="2026-12-18"), count=2), locale
    )
    assert words.piece("nags.title") in said
    assert words.piece("nags.title_hint") not in said


def test_order_of_texts() -> None:
    said = "🔴 逾期任务 1 项\n各单位（累计办结/按期/逾期）\n工作量"
    words = Wording("zh")
    assert words.in_order(said, ["tally.late_title", "tally.units_title", "tally.quantities_title"])
    assert not words.in_order(said, ["tally.units_title", "tally.late_title"])
    assert not words.in_order(said, ["tally.late_title", "tally.not_reported"])


def test_missing_button() -> None:
    message = BotMessage(1, 2, 3, "", ["签收", "报进展"], None)
    assert message.label("报") == "报进展"
    with pytest.raises(DemoError) as failure:
        message.label("办结")
    assert plain(failure.value.text) == "消息下没有按钮“办结”。"


async def test_nothing_came() -> None:
    async with running() as telegram, Chats(telegram.control_url, patience=0.1) as chats:
        person = await Person.arrive(chats, "城管局联络员", "zh")
        await person.start()
        with pytest.raises(DemoError) as failure:
            await person.hear("【回执】", "576处")
    assert plain(failure.value.text) == (
        "城管局联络员等了 0.1 秒，没有收到应有的消息（应含：【回执】、576处）。"
    )


async def test_refused_act_and_lost_sandbox() -> None:
    async with running() as telegram, Chats(telegram.control_url) as chats:
        with pytest.raises(DemoError) as refused:
            await chats.act("send_text", chat=1, user=1, text="x")
        url = telegram.control_url
    async with Chats(url) as chats:
        with pytest.raises(DemoError) as lost:
            await chats.act("clock")
    assert [error.value.text.key for error in (refused, lost)] == ["tour.failed.sandbox"] * 2


async def test_first_failure_ends_the_others() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fails() -> None:
        raise DemoError("tour.failed.not_there", what="x")

    with pytest.raises(DemoError, match="not_there"):
        await together([waits(), fails()])
    assert ended.is_set()


def test_children_get_our_settings_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHUANGCHENG_BRIEF_TIME", "10:00")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("https_proxy", "http://192.0.2.1:1")
    env = processes.environment({"LOCALE": "zh"})
    assert env["CHUANGCHENG_LOCALE"] == "zh"
    assert not {"CHUANGCHENG_BRIEF_TIME", "HTTP_PROXY", "https_proxy"} & set(env)


@pytest.mark.parametrize("stubborn", [False, True])
async def test_processes_are_ended_on_failure(
    stubborn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_END_SECONDS", 0.2 if stubborn else 20.0)
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN); " if stubborn else ""
    code = f"import signal; {ignore}print('ready', flush=True); signal.pause()"
    command = (sys.executable, "-c", code)
    env = processes.environment({})
    seen: list[asyncio.subprocess.Process] = []

    async def fails() -> None:
        log = tmp_path / "log"
        async with processes.running(command, log=log, folder=tmp_path, env=env, pipe=True) as process:
            seen.append(process)
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
            raise DemoError("tour.failed.not_there", what="x")

    with pytest.raises(DemoError, match="not_there"):
        await fails()
    assert seen[0].returncode == (-signal.SIGKILL if stubborn else -signal.SIGTERM)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
async def test_a_killed_demo_leaves_no_process(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from demo.stage.processes import running\n"
        "async def main():\n"
        "    sleep = (sys.executable, '-c', 'import time; time.sleep(600)')\n"
        "    async with running(sleep, log=Path('log'), folder=Path('.'), env={}) as child:\n"
        "        print(child.pid, flush=True)\n"
        "        await child.wait()\n"
        "asyncio.run(main())\n"
    )
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=pipe, cwd=tmp_path)
    assert process.stdout is not None
    child = int(await process.stdout.readline())
    process.kill()
    # The child has inherited no end of this pipe but its log, so only its own end can be waited for.
    await process.wait()
    async with asyncio.timeout(PATIENCE):
        await asyncio.to_thread(_until_gone, child)


def _until_gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        select.select([handle], [], [])
        os.close(handle)


def test_wrong_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHUANGCHENG_LOCALE", "xx")
    with pytest.raises(typer.Exit) as ended:
        cli.demo(tour=True, out=tmp_path / "out")
    assert ended.value.exit_code == 2
    assert "CHUANGCHENG_LOCALE" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    assert start.demonstrate(start.DemoSettings("zh"), tmp_path / "file" / "out") == 1
    assert "无法使用" in capsys.readouterr().err


@asynccontextmanager
async def started(
    forge: Forge, out: Path, *options: str, settings: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``chuangcheng demo`` and tell it to end at the block's end; it ends its own processes.

    It starts the program's processes from the forge; in a test of the tour they start as in life.
    """
    pipe = asyncio.subprocess.PIPE
    env = {**os.environ, "PYTHONUTF8": "1", **(settings or {})}
    program = forge.command("tests.support.demonstrating")
    how = json.dumps(forge.command())
    command = (*program, how, "demo", "--out", str(out), *options)
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=env, limit=2**20)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def lines_until(process: asyncio.subprocess.Process, part: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while not (lines and part in lines[-1]):
            line = await process.stdout.readline()
            assert line, f"ended before {part!r}: {lines}"
            lines.append(line.decode())
    return lines


async def test_tour_that_is_interrupted(forge: Forge, tmp_path: Path) -> None:
    async with started(forge, tmp_path / "out", "--tour") as process:
        await lines_until(process, "新增")
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            _, complained = await process.communicate()
    assert process.returncode == start.INTERRUPTED
    assert complained.decode().splitlines() == ["演示被中断，进程均已结束。"]
    assert not (tmp_path / "out" / "transcript.md").exists()


async def test_used_database_is_left_alone(
    forge: Forge, tmp_path: Path, database: Database, database_url: str, campaign: Campaign, now: datetime
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        await roster.contact(await roster.unit("某局"), "某局联络员", Role.LIAISON)
    settings = {"CHUANGCHENG_DATABASE_URL": database_url}
    async with started(forge, tmp_path / "out", "--tour", settings=settings) as process:
        async with asyncio.timeout(PATIENCE):
            out, complained = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    (sentence,) = complained.decode().splitlines()
    assert "空数据库" in sentence
    async with database.reading() as session:
        assert [unit.name for unit in await all_units(session)] == ["某局"]


def test_settings_of_a_real_installation_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ``.env`` beside the demo may name a real database; the demo must not use it."""
    (tmp_path / ".env").write_text("CHUANGCHENG_DATABASE_URL=postgresql+psycopg://x@192.0.2.1/real\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings(dotenv=False).database_url.get_secret_value() == ""
    assert load_settings().database_url.get_secret_value() != ""
