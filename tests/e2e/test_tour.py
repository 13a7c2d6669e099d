"""The tour as a process of its own, on each engine: it ends well, and its transcript says what it should."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.tour.processes import LOGS
from sandbox.world import DEFAULT_TOKEN

COMMAND = (sys.executable, "-c", "from bot.cli import main; main()", "demo", "--tour", "--out")
SECONDS = 120
PART = re.compile(r"^> · (\d{8}-\d{4}) (\S+) 约?([\d.]+)(万?)(\S+)", re.MULTILINE)
TOTAL = re.compile(r"^> (\S+) 累计 约?([\d.]+)(万?)(\S+)", re.MULTILINE)


@asynccontextmanager
async def tour(out: Path, settings: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    env = {**os.environ, "PYTHONUTF8": "1", **settings}
    process = await asyncio.create_subprocess_exec(*COMMAND, str(out), stdout=pipe, stderr=pipe, env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()  # it ends its own processes
        await process.communicate()


def chats_of(transcript: str) -> dict[str, str]:
    """Name of a chat → what was said there."""
    parts = re.split(r"(?m)^## (.+)$", transcript)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def amount(number: str, wan: str) -> int:
    return round(float(number) * (10_000 if wan else 1))


def traced(sources: str) -> dict[str, tuple[int, list[tuple[str, str, int]]]]:
    """Item → its total and its parts: receipt number, unit, amount."""
    found = {}
    places = list(TOTAL.finditer(sources))
    for place, following in zip(places, [*places[1:], None], strict=True):
        below = sources[place.end() : following.start() if following else len(sources)]
        parts = [(m[1], m[2], amount(m[3], m[4])) for m in PART.finditer(below)]
        found[place[1]] = (amount(place[2], place[3]), parts)
    return found


def check_tally(group: str) -> None:
    """In the group's topic, exceptions first, with the numbers of the published report."""
    tally = group[group.index("【创城工作日报】12月18日") :]
    order = ["逾期任务 1 项", "西城街道：整治城中村环境卫生死角，已逾期2天", "未报告单位 1 个：农业农村局"]
    order += ["零报告单位 2 个：北苑街道、文旅局", "各单位", "工作量"]
    order += ["· 清理违规广告牌匾：今日 576处，累计 576处", "· 清理野广告：今日 11.6万张，累计 11.6万张"]
    places = [tally.index(part) for part in order]
    assert places == sorted(places)
    assert "（话题 每日播报）\n\n> 【创城工作日报】" in group


def check_sources(chats: dict[str, str]) -> None:
    """Each part of each number is a receipt that somebody of that unit got for that amount."""
    office = chats["创城办综合组组长（私聊）"]
    found = traced(office[office.index("数据来源（截至") :])
    assert found["清理违规广告牌匾"][0] == 576
    assert found["清理野广告"][0] == 116_000
    for total, parts in found.values():
        assert sum(part for _, _, part in parts) == total
        for number, unit, _ in parts:
            receipts = [name for name, said in chats.items() if f"【回执】{number}" in said]
            assert len(receipts) == 1
            assert receipts[0].startswith(unit)


def check_others(chats: dict[str, str]) -> None:
    leader = chats["市场监管局分管领导（私聊）"]
    assert leader.count("> 【工作提示】12月18日") == 1
    assert "【任务提醒】" not in leader
    merged = chats["市场监管局市场科科长（私聊）"]
    assert merged.count("> 【任务提醒】12月18日，共 2 项") == 1
    assert "🔴 对全区重点市场开展集中整治，已逾期3天" in merged
    assert "应通知：西城街道城管办主任" in chats["西城街道联络员（私聊）"]
    assert "这个邀请链接已经使用过" in chats["东城街道借调人员（私聊）"]
    assert chats["路过的市民（私聊）"].count("您还没有入册") == 2
    assert chats["区委分管领导（私聊）"].count("【创城简报】12月18日") == 2
    assert all(said.count("> 【任务提醒】") <= 1 for said in chats.values())


async def test_tour(tmp_path: Path, database_url: str) -> None:
    out = tmp_path / "out"
    on_postgres = database_url.startswith("postgresql")
    settings = {"CHUANGCHENG_DATABASE_URL": database_url} if on_postgres else {}
    async with tour(out, settings) as process, asyncio.timeout(SECONDS):
        told, complained = await process.communicate()
    assert (process.returncode, complained.decode()) == (0, "")
    lines = told.decode().splitlines()
    assert any("退回（整治校园周边环境）：完成时限“尽快完成”无法识别" in line for line in lines)
    transcript = (out / "transcript.md").read_text("utf-8")
    assert transcript.startswith("# 创城通演示：2026年12月18日的一天")
    chats = chats_of(transcript)
    assert next(iter(chats)) == "创城工作群（群聊）"
    check_tally(chats["创城工作群（群聊）"])
    check_sources(chats)
    check_others(chats)
    assert not re.search(r"/start \S", transcript)
    logs = "".join((out / name).read_text("utf-8") for name in LOGS)
    assert DEFAULT_TOKEN not in logs + transcript
    assert "Traceback" not in logs
