"""The tour as a process of its own: it ends without an error, and its transcript is right."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from openpyxl import load_workbook

from demo.stage.files import LEDGER, MONTH_PICTURE, PICTURE, REPORT, WEEK_PICTURE
from demo.stage.processes import LOGS
from sandbox.world import DEFAULT_TOKEN
from tests.support.left_out import is_whole
from tests.support.processes import Forge

Command = tuple[str, ...]
SECONDS = 600
PART = re.compile(r"^> · (\d{8}-\d{4}) (\S+) 约?([\d.]+)(万?)(\S+)", re.MULTILINE)
TOTAL = re.compile(r"^> (\S+) 累计 约?([\d.]+)(万?)(\S+)", re.MULTILINE)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Command:
    """The command of the demo: in ``make test-all`` as in life.

    In ``make test`` its processes come from the forge and import nothing anew; only the sandbox is started.
    """
    if is_whole(request.config):
        return (sys.executable, "-c", "from bot.cli import main; main()")
    forge: Forge = request.getfixturevalue("forge")
    return (*forge.command("tests.support.demonstrating"), json.dumps(forge.command()))


@asynccontextmanager
async def tour(command: Command, out: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    env = {**os.environ, "PYTHONUTF8": "1"}
    process = await asyncio.create_subprocess_exec(
        *command, "demo", "--tour", "--out", str(out), stdout=pipe, stderr=pipe, env=env
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()  # it ends its own processes
        await process.communicate()


def chats_of(transcript: str) -> dict[str, str]:
    """The words that were said in each chat, by its name."""
    parts = re.split(r"(?m)^## (.+)$", transcript)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def amount(number: str, wan: str) -> int:
    return round(float(number) * (10_000 if wan else 1))


def traced(sources: str) -> dict[str, tuple[int, list[tuple[str, str, int]]]]:
    """The total of each item, and its parts as (receipt number, unit, amount)."""
    found = {}
    places = list(TOTAL.finditer(sources))
    for place, following in zip(places, [*places[1:], None], strict=True):
        below = sources[place.end() : following.start() if following else len(sources)]
        parts = [(m[1], m[2], amount(m[3], m[4])) for m in PART.finditer(below)]
        found[place[1]] = (amount(place[2], place[3]), parts)
    return found


def check_tally(group: str) -> None:
    """Check the tally in the group's topic: exceptions first, and the numbers of the published report."""
    before, tally = (
        f"【创城工作日报】12月18日{part}" for part in group.split("【创城工作日报】12月18日")[1:]
    )
    assert "· 清理违规广告牌匾：今日 567处，累计 567处" in before
    assert "更正：" not in before
    order = ["逾期任务 1 项", "西城街道：整治城中村环境卫生死角，已逾期2天", "定期报送未报告 1 项"]
    order += ["农业农村局：完善城乡垃圾集中清运长效机制，12月18日（农业农村局社会事业科科长）"]
    order += ["零报告单位 2 个：北苑街道、文旅局", "各单位", "工作量"]
    order += ["· 清理野广告：今日 11.6万张，累计 11.6万张", "· 清理违规广告牌匾：今日 576处，累计 576处"]
    order += ["更正：12月18日18:06"]
    places = [tally.index(part) for part in order]
    assert places == sorted(places)
    assert "（话题 每日播报）\n\n> 【创城工作日报】" in group
    assert "（话题 每日播报）\n\n> 【创城进展看板】全区" in group


def check_sources(chats: dict[str, str]) -> None:
    """Check that each part of each number is a receipt that a person of that unit got for that amount."""
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


def check_edges(chats: dict[str, str]) -> None:
    """Check the import by chat, the album, the correction, and the task that is returned, then completed."""
    office = chats["创城办综合组组长（私聊）"]
    steps = ["> [文件 tasks.docx]", "退回 1 行", "[文件 tasks-退回1行.xlsx]", "“tasks.docx”已导入"]
    steps += ["【办结申请】对全区重点市场开展集中整治", "佐证 0 件", "［佐证不足］", "当前状态：已退回"]
    steps += ["佐证 1 件", "按下 ［办结］", "当前状态：已办结"]
    assert_in_order(office, steps)
    asking = [
        "按下 ［确认提交］",
        "【退回】",
        "原因：佐证不足",
        "佐证：1 张图片",
        "按下 ［确认提交］",
        "【办结】",
    ]
    assert_in_order(chats["市场监管局市场科科长（私聊）"], asking)
    album = ["> [照片]", "> [照片]", "> [照片]", "佐证：3 张图片", "【回执】"]
    assert_in_order(chats["南苑街道联络员（私聊）"], album)
    assert chats["南苑街道联络员（私聊）"].count("请核对后提交") == 1
    assert "清理违规广告牌匾：123处 → 132处" in chats["东城街道联络员（私聊）"]


def check_cases(chats: dict[str, str]) -> None:
    """Check a street's case that is sent back once and then closed, and one that goes through all colours."""
    reporter = [
        "按下 ［📌 上报问题］",
        "类别：街面秩序·占道经营",
        "【回执】案卷号 20261218-0001",
        "地点：西城商业街附近",
    ]
    dispatched, signed, fed_back = (f"（街面秩序·占道经营）：{step}  \n" for step in ("派遣", "签收", "反馈"))
    reporter += [dispatched, "已立案并派遣承办单位", signed, fed_back]
    reporter += ["：核查未通过，返工", "原因：路边仍有遗留的菜筐和污水", "：反馈", "：核查通过，结案"]
    assert_in_order(chats["教体局联络员（私聊）"], reporter)
    unit = chats["城管局市容科科长（私聊）"]
    assert_in_order(
        unit, ["【督办单】创城督办〔2026〕1号", "已签收 1 件", "：核查未通过，返工", "摊点全部撤离"]
    )
    over = [f"{lamp}20261218-0002" for lamp in "🔵🟡🔴"]
    assert_in_order(unit, ["【督办单】创城督办〔2026〕2号", *over, "积水已排尽"])
    assert [unit.count(f"\\. {line} ") for line in over] == [1, 1, 1]
    in_charge, principal = chats["城管局分管领导（私聊）"], chats["城管局主要领导（私聊）"]
    assert_in_order(in_charge, ["🟡20261218-0001", over[2]])
    assert [line in in_charge for line in over] == [False, False, True], "yellow came within the last hour"
    assert [line in principal for line in over] == [False, False, True]
    assert "催办" not in in_charge + principal
    checker = chats["创城办督导组组长（私聊）"]
    assert_in_order(checker, ["整改前照片 1 张，整改后照片 1 张", "> [照片]", "［返工］", "状态：已结案"])


def assert_in_order(said: str, parts: list[str]) -> None:
    at = 0
    for part in parts:
        found = said.find(part, at)
        assert found >= 0, f"{part} does not follow"
        at = found + len(part)


def check_others(chats: dict[str, str]) -> None:
    leader = chats["市场监管局分管领导（私聊）"]
    assert "【任务提醒】" not in leader
    merged = chats["市场监管局市场科科长（私聊）"]
    assert merged.count("> 【任务提醒】12月18日，共 2 项") == 1
    assert "🔴 对全区重点市场开展集中整治，已逾期3天" in merged
    assert "应通知：西城街道城管办主任" in chats["西城街道联络员（私聊）"]
    assert "这个邀请链接已经使用过" in chats["东城街道借调人员（私聊）"]
    assert chats["路过的市民（私聊）"].count("您还没有入册") == 2
    assert chats["区委分管领导（私聊）"].count("【创城简报】12月18日") == 2
    # One reminder per slot: this person has a duty in the morning, and a daily report in the afternoon.
    slots = {"农业农村局社会事业科科长（私聊）": 2}
    for name, said in chats.items():
        assert said.count("> 【任务提醒】12月18日") <= slots.get(name, 1)


def check_villages(chats: dict[str, str]) -> None:
    """Check the task that is broken down: what the group reads, and who hears of a missing village."""
    group, person = chats["创城工作群（群聊）"], chats["农业农村局社会事业科科长（私聊）"]
    assert "本任务下级 4/4 已报，36车" in group
    assert "本任务下级 3/4 已报，29车" in group
    assert "下级1个单位未报" not in group
    assert person.count("下级1个单位未报：北河社区") == 1


def check_week(chats: dict[str, str]) -> None:
    """Check one task's nags over a working Saturday: snoozed, merged, sent to a deputy, released."""
    task = "整治主次干道占道经营和流动摊点"
    person, deputy = chats["城管局市容科科长（私聊）"], chats["城管局联络员（私聊）"]
    steps = [f"{task}，还剩5天", f"{task}，今天到期", "［今天下午（12月23日15:00）］", f"{task}，今天到期"]
    steps += [f"{task}，已逾期1天", "【督办单】创城督办〔2026〕3号", "/quiet 21:00-09:10", "### 2026-12-25"]
    steps += ["**09:10 创城通**", "请抓紧办理并反馈（1件）", "🔵20261224-0001", f"{task}，已逾期2天"]
    steps += ["由城管局联络员代", "### 2026-12-28", f"{task}，已逾期5天", f"{task}，已逾期6天"]
    assert_in_order(person, steps)
    assert f"{task}，已逾期3天" not in person, "on Saturday their deputy had it"
    assert_in_order(deputy, ["同事请假期间由您代办", f"{task}，已逾期3天（代城管局市容科科长）"])
    assert f"{task}，已逾期4天" not in person + deputy, "nobody hears anything on a Sunday"
    leader = chats["城管局分管领导（私聊）"]
    hints = ["本单位以下 1 项请您掌握：1项已逾期", f"{task}，已逾期1天（责任人", f"{task}，已逾期3天"]
    assert_in_order(leader, hints)
    assert "请您办理" not in leader
    head = chats["城管局主要领导（私聊）"]
    assert_in_order(head, [f"{task}，已逾期6天（责任人：城管局市容科科长）"])
    office = chats["创城办综合组组长（私聊）"]
    steps = ["【催办情况】12月29日", "主要领导的提示待放行", "按下 ［待放行提示］", "将提示城管局主要领导"]
    steps += ["【催办记录】", "免打扰顺延", "稍后提醒"]
    assert_in_order(office, steps)


def check_papers(out: Path) -> None:
    """What the end leaves: the report, all sources of its numbers, the ledger and the pictures."""
    for name in (REPORT, LEDGER, PICTURE, WEEK_PICTURE, MONTH_PICTURE):
        assert (out / name).stat().st_size > 10_000, name
    sources = load_workbook(out / f"{Path(REPORT).stem} 数字来源.xlsx")
    numbers = list(sources["数字"].iter_rows(min_row=2, values_only=True))
    assert len(numbers) > 20
    # A rate alone has nothing to list.
    assert all(listed == count for _, shown, _, count, listed in numbers if "%" not in str(shown))


@pytest.mark.timeout(SECONDS)
async def test_tour(tmp_path: Path, start: Command) -> None:
    """The tour runs on SQLite only, as in ``make demo``: it is slow, and its parts are tested on both."""
    out = tmp_path / "out"
    async with tour(start, out) as process, asyncio.timeout(SECONDS):
        told, complained = await process.communicate()
    assert (process.returncode, complained.decode()) == (0, "")
    lines = told.decode().splitlines()
    assert any("退回（整治校园周边环境）：完成时限“尽快完成”无法识别" in line for line in lines)
    check_papers(out)
    transcript = (out / "transcript.md").read_text("utf-8")
    assert transcript.startswith("# 创城通演示：2026年12月18日的一天")
    chats = chats_of(transcript)
    assert next(iter(chats)) == "创城工作群（群聊）"
    check_tally(chats["创城工作群（群聊）"])
    check_sources(chats)
    check_edges(chats)
    check_cases(chats)
    check_others(chats)
    check_week(chats)
    check_villages(chats)
    assert not re.search(r"/start \S", transcript)
    logs = "".join((out / name).read_text("utf-8") for name in LOGS)
    assert DEFAULT_TOKEN not in logs + transcript
    assert "Traceback" not in logs
