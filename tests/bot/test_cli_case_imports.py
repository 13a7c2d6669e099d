"""Commands that import categories and known places: preview, question, one transaction, one document."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.cases import categories
from models.cases.categories import Category, InspectionPoint
from models.db import Database
from models.nags import policies
from models.people import office_sections
from rules.nags.policy import DEFAULT, Policy
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from rules.working_time import TimeUnit
from services.campaign import Campaign
from services.nags.policies import sheet_of
from tests.bot.terminal import Here
from tests.bot.test_cli_imports import ROSTER, ROSTER_HEADER
from tests.conftest import NOW
from tests.services.importing.builders import workbook
from tests.support.people import Roster
from tests.support.processes import Done, Forge

HEADER = ("大类", "小类", "责任单位", "办理\n时限", "整改标准", "测评指标", "查重半径\n（米）")
STALLS = ("街面秩序", "占道经营", "城管局", "4工作时", "摊点撤离", "主次干道无占道经营", 100)
RUBBISH = ("市容环境", "暴露垃圾", "属地街道（园区）", "1.5工作日", "清运完毕", None, None)
BAD = (None, "路面积水", "水务局", "2小时", None, None, "很近")
POINT_HEADER = ("点位名称", "所属单位", "地址", "坐标")
MARKET = ("东城农贸市场", "东城街道", "文化路12号", "36.6582，117.1236")
NOWHERE = ("西城商业街", "城管局", None, "0,0")
CATEGORY_DOCUMENT = {
    "categories": [
        {
            "area": "街面秩序",
            "name": "占道经营",
            "unit": "城管局",
            "tier": None,
            "limit_amount": 4,
            "limit_unit": "working_hour",
            "standard": "摊点撤离",
            "indicator": "主次干道无占道经营",
            "radius_m": 100,
            "status": "new",
            "warnings": [],
            "row": 3,
        },
        {
            "area": "市容环境",
            "name": "暴露垃圾",
            "unit": None,
            "tier": "street",
            "limit_amount": 1.5,
            "limit_unit": "working_day",
            "standard": "清运完毕",
            "indicator": None,
            "radius_m": None,
            "status": "new",
            "warnings": ["街道与园区并列，按属地街道处理；位于园区的案卷，派遣时请改选园区"],
            "row": 4,
        },
    ],
    "refused": [
        {
            "row": 5,
            "name": "路面积水",
            "reasons": [
                "“水务局”不在花名册中",
                "办理时限“2小时”请写明是工作时还是紧急工作时（夜间、节假日照计）",
                "没有填写整改标准",
                "查重半径“很近”有误，请填写 10 到 5000 之间的整数（米）",
            ],
        }
    ],
    "missing": [],
}
POINT_DOCUMENT = {
    "points": [
        {
            "name": "东城农贸市场",
            "unit": "东城街道",
            "address": "文化路12号",
            "longitude": 117.1236,
            "latitude": 36.6582,
            "status": "new",
            "warnings": ["经度、纬度似乎写反，按经度 117.1236、纬度 36.6582 录入"],
            "row": 3,
        }
    ],
    "refused": [
        {
            "row": 4,
            "name": "西城商业街",
            "reasons": [
                "“城管局”不是街道、园区或村居，请填写点位所属的街道、园区或村居",
                "经纬度“0,0”有误，请核对",
            ],
        }
    ],
    "missing": [],
}
Command = Callable[..., Awaitable[Done]]
Stored = tuple[list[Category], list[InspectionPoint]]


@pytest.fixture
def command(forge: Forge, database_url: str) -> Command:
    """Run commands on the test's own database, and check what holds for every command."""

    async def run(*arguments: str, stdin: int | None = None, **settings: str) -> Done:
        env = {"DATABASE_URL": database_url} | settings
        done = await forge.run(*arguments, env={f"CHUANGCHENG_{k}": v for k, v in env.items()}, stdin=stdin)
        assert "Traceback" not in done.out + done.err
        return done

    return run


@pytest.fixture
async def files(command: Command) -> None:
    """Write the files into the working folder, and import the roster."""
    write("roster.xlsx", ROSTER_HEADER, *ROSTER)
    write("categories.xlsx", ("创城问题分类表",), HEADER, STALLS, RUBBISH, BAD)
    write("points.xlsx", ("点位台账",), POINT_HEADER, MARKET, NOWHERE)
    done = await command("import-roster", "roster.xlsx", "--yes")
    assert done.code == 0, done.err


def write(name: str, *rows: tuple[Any, ...]) -> None:
    Path(name).write_bytes(workbook(rows))


async def stored(database: Database) -> Stored:
    async with database.reading() as session:
        known = await categories.all_categories(session)
        return list(known), list(await categories.all_points(session))


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("kind", "document"), [("categories", CATEGORY_DOCUMENT), ("points", POINT_DOCUMENT)]
)
async def test_a_dry_run_is_exactly_one_document_and_writes_nothing(
    command: Command, database: Database, kind: str, document: dict[str, Any]
) -> None:
    arguments = (f"import-{kind}", f"{kind}.xlsx", "--dry-run", "--json")
    done = await command(*arguments, LOG_LEVEL="DEBUG")
    assert done.code == 0
    assert done.json() == document
    assert [list(entry) for entry in done.json()[kind]] == [list(entry) for entry in document[kind]]
    assert await stored(database) == ([], [])


@pytest.mark.usefixtures("files")
async def test_categories_are_imported_and_the_same_again_is_unchanged(
    command: Command, database: Database
) -> None:
    done = await command("import-categories", "categories.xlsx", "--yes")
    assert (done.code, done.err) == (0, ""), "refused rows are no failure"
    assert done.out == (
        "· 责任单位按属地街道（1 处：第 4 行）\n"
        "△ 第 4 行提醒（暴露垃圾）：街道与园区并列，按属地街道处理；位于园区的案卷，派遣时请改选园区\n"
        "✗ 第 5 行退回（路面积水）：“水务局”不在花名册中；"
        "办理时限“2小时”请写明是工作时还是紧急工作时（夜间、节假日照计）；"
        "没有填写整改标准；查重半径“很近”有误，请填写 10 到 5000 之间的整数（米）\n"
        "新增 2 个类别，变更 0 个，不变 0 个；退回 1 行；本表没有而停用的 0 个（已有案卷不受影响）。\n"
        "已导入。\n"
    )
    known, _ = await stored(database)
    assert [(one.area, one.name, one.radius_m, one.active) for one in known] == [
        ("街面秩序", "占道经营", 100, True),
        ("市容环境", "暴露垃圾", 250, True),
    ]
    again = await command("import-categories", "categories.xlsx")
    assert (again.code, again.err) == (0, "")
    assert again.out.endswith("没有需要写入的内容。\n")


@pytest.mark.usefixtures("files")
async def test_a_changed_limit_and_what_is_left_out_are_announced(
    command: Command, database: Database
) -> None:
    assert (await command("import-categories", "categories.xlsx", "--yes")).code == 0
    write("later.xlsx", HEADER, (*STALLS[:3], "2紧急工作时", *STALLS[4:]))
    done = await command("import-categories", "later.xlsx", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "1 个类别的办理时限有变，只用于今后上报的案卷，已有案卷不变\n" in done.out
    assert "· 本表没有：暴露垃圾（市容环境）\n" in done.out
    assert done.out.endswith(
        "新增 0 个类别，变更 1 个，不变 0 个；退回 0 行；本表没有而停用的 1 个（已有案卷不受影响）。\n"
        "已导入。\n"
    )
    stalls, rubbish = (await stored(database))[0]
    assert (stalls.limit_amount, stalls.limit_unit) == (Decimal(2), TimeUnit.URGENT_HOUR)
    assert (stalls.active, rubbish.active) == (True, False)
    document = (await command("import-categories", "categories.xlsx", "--dry-run", "--json")).json()
    assert [entry["status"] for entry in document["categories"]] == ["changed", "changed"]
    english = await command("import-categories", "categories.xlsx", "--dry-run", LOCALE="en")
    assert english.code == 0
    assert "Categories: 0 new, 2 changed" in english.out
    assert "退回" not in english.out


@pytest.mark.usefixtures("files")
async def test_places_are_imported_and_what_is_left_out_is_retired(
    command: Command, database: Database
) -> None:
    done = await command("import-points", "points.xlsx", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "第 4 行退回（西城商业街）：" in done.out
    assert "新增 1 个点位" in done.out
    again = await command("import-points", "points.xlsx")
    assert (again.code, again.err) == (0, "")
    assert again.out.endswith("没有需要写入的内容。\n")
    write("later.xlsx", POINT_HEADER, ("西城商业街", "西城街道", None, None))
    document = (await command("import-points", "later.xlsx", "--yes", "--json")).json()
    assert document["missing"] == [{"unit": "东城街道", "name": "东城农贸市场"}]
    _, points = await stored(database)
    assert [(one.name, one.active) for one in points] == [("东城农贸市场", False), ("西城商业街", True)]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("json", [(), ("--json",)])
@pytest.mark.parametrize("kind", ["categories", "points"])
async def test_a_question_without_a_terminal_writes_nothing(
    command: Command, database: Database, kind: str, json: tuple[str, ...]
) -> None:
    done = await command(f"import-{kind}", f"{kind}.xlsx", *json)
    assert done.code == 1
    assert done.err == "需要确认，但没有可用的终端；确认无误后请加 --yes 重新运行。\n"
    assert await stored(database) == ([], [])


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("typed", "code"), [("是\n", 0), ("n\n", 1)])
@pytest.mark.parametrize("kind", ["categories", "points"])
async def test_a_question_at_a_terminal(
    command: Command, database: Database, kind: str, typed: str, code: int
) -> None:
    typist, terminal = os.openpty()
    try:
        os.write(typist, typed.encode())
        done = await command(f"import-{kind}", f"{kind}.xlsx", stdin=terminal)
    finally:
        os.close(typist)
        os.close(terminal)
    assert done.code == code
    assert "确认导入？ [y/N]" in done.err
    assert any(await stored(database)) is (code == 0)


@pytest.mark.parametrize("kind", ["categories", "points"])
async def test_without_a_roster_every_row_is_refused(command: Command, database: Database, kind: str) -> None:
    write("categories.xlsx", HEADER, STALLS)
    write("points.xlsx", POINT_HEADER, MARKET)
    done = await command(f"import-{kind}", f"{kind}.xlsx", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "不在花名册中" in done.out
    assert done.out.endswith("没有需要写入的内容。\n")
    assert await stored(database) == ([], [])


@pytest.fixture
def bad_files() -> None:
    Path("empty.xlsx").touch()
    Path("text.xlsx").write_text("大类和小类\n", encoding="utf-8")
    Path("cut.xlsx").write_bytes(workbook([HEADER, STALLS])[:-40])
    write("other.xlsx", ("电话", "邮箱"), ("1", "2"))


@pytest.mark.usefixtures("bad_files")
@pytest.mark.parametrize("kind", ["categories", "points"])
@pytest.mark.parametrize(
    ("file", "code", "part"),
    [
        ("missing.xlsx", 2, "找不到文件 missing.xlsx"),
        ("empty.xlsx", 1, "“empty.xlsx”是空文件"),
        ("text.xlsx", 1, "“text.xlsx”只有文字，没有表格"),
        ("cut.xlsx", 1, "已损坏"),
        ("other.xlsx", 1, "没有找到表头"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(here: Here, kind: str, file: str, code: int, part: str) -> None:
    refused(here(f"import-{kind}", file, "--yes", "--json"), code, part)


@pytest.mark.usefixtures("bad_files")
async def test_a_process_refuses_it_too(forge: Forge) -> None:
    refused(await forge.run("import-points", "other.xlsx", "--yes", "--json", env={}), 1, "没有找到表头")


def refused(done: Done, code: int, part: str) -> None:
    assert done.code == code
    assert done.out == ""
    assert part in done.err
    assert done.err.count("\n") == 1


def export(name: str, policy: Policy) -> None:
    Path(name).write_bytes(sheet_of(policy)())


async def test_a_policy_of_nags_is_imported(command: Command, database: Database) -> None:
    """An unchanged export changes nothing; one impossible line keeps the whole file out."""
    export("ladder.xlsx", DEFAULT)
    same = await command("import-ladder", "ladder.xlsx")
    assert (same.code, same.err) == (0, "")
    assert same.out == "新增 0 条，去掉或调整 0 条，不变 25 条；退回 0 行。\n没有需要写入的内容。\n"
    rung = replace(DEFAULT.rungs[0], offset=-5)
    export("ladder.xlsx", replace(DEFAULT, rungs=(rung, *DEFAULT.rungs[1:]), budget=3))
    document = (await command("import-ladder", "ladder.xlsx", "--dry-run", "--json")).json()
    assert (document["rungs"][0]["offset"], document["budget"], document["replaces"]) == (-5, 3, 0)
    assert (await command("import-ladder", "ladder.xlsx", "--yes")).code == 0
    async with database.reading() as session:
        policy = await policies.current(session)
    assert (policy.version, policy.budget, {*policy.rungs}) == (1, 3, {rung, *DEFAULT.whole.rungs[1:]})
    write("bad.xlsx", ("事项", "时点", "通知"), ("任务", "限期前3天", "责任人"))
    bad = await command("import-ladder", "bad.xlsx", "--yes")
    assert (bad.code, bad.err) == (0, "")
    assert "第 2 行退回（任务 限期前3天）：“限期前3天”不能识别为时点" in bad.out
    assert bad.out.endswith("没有需要写入的内容。\n")


async def test_the_sections_of_the_office_are_imported(command: Command, database: Database) -> None:
    """Of a sheet that names what nobody knows the rest counts; the same sheet again changes nothing."""
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        member = await roster.contact(await roster.unit("创城办"), "创城办甲", Role.OFFICE)
        member.section = "综合组"
    write("sections.xlsx", ("事项", "科室"), ("案卷与督办", "综合组"), ("材料", "督导组"))
    document = (await command("import-sections", "sections.xlsx", "--dry-run", "--json")).json()
    assert document["sections"] == [{"subject": "cases", "section": "综合组", "row": 2}]
    assert [one["name"] for one in document["refused"]] == ["材料"]
    done = await command("import-sections", "sections.xlsx", "--yes")
    assert (done.code, done.err) == (0, "")
    async with database.reading() as session:
        assert await office_sections.sections(session) == {OfficeSubject.CASES: "综合组"}
    again = await command("import-sections", "sections.xlsx")
    assert again.out.endswith("没有需要写入的内容。\n")
