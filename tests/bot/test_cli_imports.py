"""The imports as commands: preview, question, one transaction, one document."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import calendar
from models.db import Database
from models.people import Contact, Unit
from models.tasks import Task
from tests.bot.terminal import Here
from tests.services.importing.builders import document, sheet, task, workbook
from tests.support.processes import Done, Forge

ROSTER_HEADER = ("单位", "层级", "上级单位", "姓名", "职务", "角色", "电话")
ROSTER = (
    ("城管局", "部门", "", "城管局分管领导", "副局长", "分管领导", ""),
    ("城管局", "部门", "", "城管局责任人", "科长", "责任人", "13800000000"),
    ("公安局", "部门", "", "公安局责任人", "科长", "责任人、联络员", ""),
    ("东城街道", "街道", "", "东城街道责任人", "主任", "责任人", ""),
    ("西城街道", "街道", "", "西城街道责任人", "主任", "责任人", ""),
)
HEADER = (
    *("序号", "专项\n行动", "目标任务", "工作\n标准", "完成\n时限", "责任单位"),
    *("配合单位", "分管领导", "承办科室", "责任人", "备注"),
)
# One table with every kind of mess that the imports must handle. Row 1 is a title, row 2 the header.
MESSY: tuple[Sequence[Any], ...] = (
    ("2026年创城任务分解表", *[None] * 10),
    HEADER,
    (
        *(
            1,
            "市容环境整治行动",
            "清理违规广告牌匾\uff15\uff10个",
            "主次干道无违规广告",
            "12月20日前",
            "城管局",
        ),
        *("各街道", "城管局分管领导", "市容科", "城管局责任人", None),
    ),
    (
        *(2, None, "整治占道经营", "无占道经营", "长期坚持", "城管局、公安局"),
        *(None, None, None, "城管局责任人", "每周一次"),
    ),
    (3, "交通秩序行动", "疏导路口", "有序通行", "尽快", "交警大队", None, None, None, "无", None),
    ("注：本表由创城办解释。", *[None] * 10),
)
TASKS = [
    {
        "action": "市容环境整治行动",
        "objective": "清理违规广告牌匾\uff15\uff10个",
        "standard": "主次干道无违规广告",
        "deadline": "2026-12-20",
        "frequency": None,
        "lead_unit": "城管局",
        "assisting_units": ["东城街道", "西城街道"],
        "leader_in_charge": "城管局分管领导",
        "handling_section": "市容科",
        "responsible_person": "城管局责任人",
        "parent": None,
        "status": "new",
        "warnings": [],
        "changes": [],
        "row": 3,
        "sheet": None,
    },
    {
        "action": "市容环境整治行动",
        "objective": "整治占道经营",
        "standard": "无占道经营",
        "deadline": None,
        "frequency": "weekly",
        "lead_unit": "城管局",
        "assisting_units": ["公安局"],
        "leader_in_charge": None,
        "handling_section": None,
        "responsible_person": "城管局责任人",
        "parent": None,
        "status": "new",
        "warnings": ["没有填写分管领导", "没有填写承办科室"],
        "changes": [],
        "row": 4,
        "sheet": None,
    },
]
REFUSED = [
    {
        "row": 5,
        "objective": "疏导路口",
        "reasons": [
            "“交警大队”不在花名册中",
            "完成时限“尽快”无法识别，请写明日期，如“2026年12月20日前”",
            "没有填写责任人",
        ],
    }
]
Command = Callable[..., Awaitable[Done]]


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
def written() -> None:
    """Write the files into the working folder."""
    Path("roster.xlsx").write_bytes(workbook([("花名册", *[None] * 6), ROSTER_HEADER, *ROSTER]))
    Path("tasks.xlsx").write_bytes(workbook(MESSY, ["A1:K1", "B3:B4"]))
    Path("tasks.docx").write_bytes(document(MESSY[1:], [(1, 1, 2, 1)], before=["2026年创城任务分解表"]))

    Path("later.xlsx").write_bytes(
        sheet(
            task(
                行动="市容环境整治行动",
                目标任务="清理违规广告牌匾 50个",
                完成时限="2026年12月25日前",
                重点=None,
                配合单位="公安局",
            )
        )
    )


@pytest.fixture
async def files(written: None, command: Command) -> None:
    """Write the files, and import the roster."""
    done = await command("import-roster", "roster.xlsx", "--yes")
    assert done.code == 0, done.err


async def counts(database: Database) -> tuple[int, ...]:
    async with database.reading() as session:
        return tuple(
            [
                (await session.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
                for table in (Unit, Contact, Task)
            ]
        )


def rows_moved(entries: list[dict[str, Any]], by: int) -> list[dict[str, Any]]:
    return [entry | {"row": entry["row"] + by} for entry in entries]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("file", "moved"), [("tasks.xlsx", 0), ("tasks.docx", -1)])
async def test_a_dry_run_is_exactly_one_document_and_writes_nothing(
    command: Command, database: Database, file: str, moved: int
) -> None:
    arguments = ("import-tasks", file, "--dry-run", "--json", "--today", "2026-06-15")
    done = await command(*arguments, LOG_LEVEL="DEBUG")
    assert done.code == 0
    document = done.json()
    assert list(document) == ["tasks", "refused", "missing"]
    assert document["tasks"] == rows_moved(TASKS, moved)
    assert [list(entry) for entry in document["tasks"]] == [list(entry) for entry in TASKS]
    refused = [entry | {"reasons": sorted(entry["reasons"])} for entry in document["refused"]]
    assert refused == rows_moved(REFUSED, moved)
    assert document["missing"] == []
    assert "level=debug" in done.err
    assert await counts(database) == (4, 5, 0)


@pytest.mark.usefixtures("files")
async def test_importing_again_changes_nothing_and_deletes_nothing(
    command: Command, database: Database
) -> None:
    first = await command("import-tasks", "tasks.xlsx", "--yes", "--json")
    assert [entry["status"] for entry in first.json()["tasks"]] == ["new", "new"]
    assert first.code == 0, "refused rows are no failure"
    again = await command("import-tasks", "tasks.xlsx", "--yes", "--json")
    assert [entry["status"] for entry in again.json()["tasks"]] == ["unchanged", "unchanged"]
    # The Word table has the same tasks, so the command has nothing to ask even without --yes.
    word = await command("import-tasks", "tasks.docx")
    assert (word.code, word.err) == (0, "")
    assert "没有需要写入的内容。" in word.out
    later = (await command("import-tasks", "later.xlsx", "--yes", "--json")).json()
    assert [(e["status"], e["deadline"]) for e in later["tasks"]] == [("changed", "2026-12-25")]
    assert later["missing"] == [
        {"action": "市容环境整治行动", "objective": "整治占道经营", "lead_unit": "城管局"}
    ]
    assert await counts(database) == (4, 5, 2)


@pytest.mark.usefixtures("written")
async def test_a_roster_is_one_document_and_the_same_again_is_unchanged(
    command: Command, database: Database
) -> None:
    rehearsed = await command("import-roster", "roster.xlsx", "--dry-run", "--json")
    assert rehearsed.code == 0
    document = rehearsed.json()
    assert list(document) == ["units", "contacts", "refused", "missing"]
    assert document["units"][0] == {"name": "城管局", "tier": "department", "parent": None, "status": "new"}
    assert document["contacts"][2] == {
        "unit": "公安局",
        "name": "公安局责任人",
        "post": "科长",
        "roles": ["responsible_person", "liaison"],
        "status": "new",
        "warnings": [],
        "row": 5,
    }
    assert await counts(database) == (0, 0, 0)
    assert (await command("import-roster", "roster.xlsx", "--yes", "--json")).code == 0
    again = (await command("import-roster", "roster.xlsx", "--yes", "--json")).json()
    assert {entry["status"] for entry in again["units"] + again["contacts"]} == {"unchanged"}
    assert await counts(database) == (4, 5, 0)


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("json", [(), ("--json",)])
@pytest.mark.parametrize("name", ["import-roster", "import-tasks"])
async def test_a_question_without_a_terminal_writes_nothing(
    command: Command, database: Database, name: str, json: tuple[str, ...]
) -> None:
    if name == "import-tasks":
        assert (await command("import-roster", "roster.xlsx", "--yes")).code == 0
    before = await counts(database)
    done = await command(name, f"{name.removeprefix('import-')}.xlsx", *json)
    assert done.code == 1
    assert done.err == "需要确认，但没有可用的终端；确认无误后请加 --yes 重新运行。\n"
    assert await counts(database) == before
    if json:
        assert isinstance(done.json(), dict)


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("typed", "code", "contacts"),
    [("y\n", 0, 5), ("YES\n", 0, 5), ("是\n", 0, 5), ("n\n", 1, 0), ("\n", 1, 0), ("\x04", 1, 0)],
)
async def test_a_question_at_a_terminal(
    command: Command, database: Database, typed: str, code: int, contacts: int
) -> None:
    typist, terminal = os.openpty()
    try:
        os.write(typist, typed.encode())
        done = await command("import-roster", "roster.xlsx", "--json", stdin=terminal)
    finally:
        os.close(typist)
        os.close(terminal)
    assert done.code == code
    assert "确认导入？ [y/N]" in done.err
    assert ("没有写入任何内容。" in done.err) is (code == 1)
    assert len(done.json()["contacts"]) == 5
    assert (await counts(database))[1] == contacts


@pytest.mark.usefixtures("files")
async def test_the_preview_says_what_will_happen_and_why_not(command: Command) -> None:
    done = await command("import-tasks", "tasks.xlsx", "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert "第 4 行提醒（整治占道经营）：没有填写分管领导；没有填写承办科室" in done.out
    assert "第 5 行退回（疏导路口）：" in done.out
    assert done.out.endswith(
        "新增 2 项，变更 0 项，不变 0 项；退回 1 行；原有而本表没有的 0 项（保持不变）。\n"
    )
    english = await command("import-tasks", "tasks.xlsx", "--dry-run", LOCALE="en")
    assert english.code == 0
    assert "退回" not in english.out


@pytest.fixture
def days() -> None:
    rows = [
        ("2027年放假安排", None, None),
        ("日期", "是否上班", "说明"),
        ("2027-01-01", "休息", "元旦"),
        ("2027年1月2日", "是", None),
        ("1月3日", "休息", None),
    ]
    Path("days.xlsx").write_bytes(workbook(rows, ["A1:C1"]))


async def known_days(database: Database) -> dict[date, bool]:
    async with database.reading() as session:
        return (await calendar.known(session)).days


@pytest.fixture
def below() -> None:
    top = (1, "市容环境整治行动", "清理牌匾", "无违规", "12月20日前", "城管局", "公安局", *[None] * 2)
    child = (2, None, None, None, None, "公安局", *[None] * 3)
    rows = [(*top, "城管局责任人", None, None), (*child, "公安局责任人", None, 1)]
    Path("below.xlsx").write_bytes(workbook([(*HEADER, "上级任务"), *rows]))


@pytest.mark.usefixtures("files", "below")
async def test_tasks_go_below_others(command: Command, database: Database) -> None:
    done = await command("import-tasks", "below.xlsx", "--yes", "--today", "2026-06-15")
    assert done.code == 0, done.err
    assert "其中 1 项作为下级任务，归入 1 项上级任务。" in done.out
    async with database.reading() as session:
        found = (await session.exec(select(Task).order_by(col(Task.id)))).all()
    assert [task.parent_id for task in found] == [None, found[0].id]


@pytest.mark.usefixtures("days")
async def test_a_calendar_is_one_document_and_the_same_again_is_unchanged(
    command: Command, database: Database
) -> None:
    rehearsed = await command("import-calendar", "days.xlsx", "--dry-run", "--json")
    assert rehearsed.code == 0
    reason = "日期“1月3日”无法识别，请写成 2026-10-10 的形式"
    assert rehearsed.json() == {
        "days": [
            {"day": "2027-01-01", "working": False, "note": "元旦", "status": "new", "row": 3},
            {"day": "2027-01-02", "working": True, "note": None, "status": "new", "row": 4},
        ],
        "refused": [{"row": 5, "text": "1月3日", "reasons": [reason]}],
    }
    assert await known_days(database) == {}
    done = await command("import-calendar", "days.xlsx", "--yes")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "· “是”按上班（1 处：第 4 行）\n"
        f"✗ 第 5 行退回（1月3日）：{reason}\n"
        "新增 2 天，变更 0 天，不变 0 天；退回 1 行；本表没有的日子不变。\n已导入。\n"
    )
    assert await known_days(database) == {date(2027, 1, 1): False, date(2027, 1, 2): True}
    again = await command("import-calendar", "days.xlsx")
    assert (again.code, again.err) == (0, "")
    assert again.out.endswith(
        "新增 0 天，变更 0 天，不变 2 天；退回 1 行；本表没有的日子不变。\n没有需要写入的内容。\n"
    )


@pytest.mark.usefixtures("days")
async def test_a_calendar_is_not_written_unasked(command: Command, database: Database) -> None:
    done = await command("import-calendar", "days.xlsx")
    assert done.code == 1
    assert done.err == "需要确认，但没有可用的终端；确认无误后请加 --yes 重新运行。\n"
    assert await known_days(database) == {}


@pytest.fixture
def bad_files() -> None:
    Path("folder.xlsx").mkdir()
    os.mkfifo("endless.xlsx")
    Path("empty.xlsx").touch()
    Path("text.xlsx").write_text("单位和层级\n", encoding="utf-8")
    Path("picture.docx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with Path("large.xlsx").open("wb") as large:
        large.truncate(1 << 34)
    Path("cut.xlsx").write_bytes(workbook([ROSTER_HEADER, *ROSTER])[:-40])
    Path("other.xlsx").write_bytes(workbook([("电话", "邮箱"), ("1", "2")]))


@pytest.mark.usefixtures("bad_files")
@pytest.mark.parametrize(
    ("name", "file", "code", "part"),
    [
        ("import-roster", "missing.xlsx", 2, "找不到文件 missing.xlsx"),
        ("import-roster", "folder.xlsx", 2, "找不到文件 folder.xlsx"),
        ("import-roster", "endless.xlsx", 2, "找不到文件 endless.xlsx"),
        ("import-roster", "empty.xlsx", 1, "“empty.xlsx”是空文件"),
        ("import-tasks", "empty.xlsx", 1, "“empty.xlsx”是空文件"),
        ("import-calendar", "empty.xlsx", 1, "“empty.xlsx”是空文件"),
        ("import-roster", "text.xlsx", 1, "“text.xlsx”只有文字，没有表格"),
        ("import-roster", "picture.docx", 1, "“picture.docx”是图片，请发送 Word 或 Excel 原件"),
        ("import-roster", "large.xlsx", 1, "“large.xlsx”超过 5 MB"),
        ("import-roster", "cut.xlsx", 1, "已损坏"),
        ("import-roster", "other.xlsx", 1, "看到的列：电话、邮箱；缺少：单位、姓名、角色"),
        ("import-tasks", "other.xlsx", 1, "没有找到表头"),
        ("import-calendar", "other.xlsx", 1, "没有找到表头"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(here: Here, name: str, file: str, code: int, part: str) -> None:
    refused(here(name, file, "--yes", "--json"), code, part)


@pytest.mark.usefixtures("bad_files")
async def test_a_process_refuses_it_too(forge: Forge) -> None:
    refused(await forge.run("import-roster", "endless.xlsx", "--yes", "--json", env={}), 2, "endless.xlsx")


def refused(done: Done, code: int, part: str) -> None:
    assert done.code == code
    assert done.out == ""
    assert part in done.err
    assert done.err.count("\n") == 1
