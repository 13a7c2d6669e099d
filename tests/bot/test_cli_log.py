"""``import-log`` and ``ledger``: the activity log from a sheet, and everything into one, as commands."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.activities import Activity
from models.audit_log import Audit
from models.db import Database
from tests.bot.terminal import Here, sentence
from tests.services.importing.builders import workbook
from tests.support.processes import Forge

ROSTER = (
    ("单位", "层级", "上级单位", "姓名", "职务", "角色", "电话"),
    ("城管局", "部门", "", "城管局联络员", "科员", "联络员", ""),
)
LOG = (
    ("日期", "标题", "单位", "参加人数"),
    (date(2025, 11, 28), "全区创城动员大会", "城管局", 320),
    (date(2025, 11, 29), "召开部署会", "水务局", 20),
)


def write(name: str, rows: Sequence[tuple[object, ...]]) -> None:
    Path(name).write_bytes(workbook(rows))


async def test_a_log_is_shown_and_written(
    forge: Forge, database_url: str, database: Database, here: Here
) -> None:
    env = {"CHUANGCHENG_DATABASE_URL": database_url}
    for name, rows in (("roster.xlsx", ROSTER), ("log.xlsx", LOG)):
        write(name, rows)
    assert (await forge.run("import-roster", "roster.xlsx", "--yes", env=env)).code == 0
    looked = await forge.run("import-log", "log.xlsx", "--dry-run", "--json", env=env)
    (entry,) = looked.json()["activities"]
    assert entry == {
        "day": "2025-11-28",
        "title": "全区创城动员大会",
        "unit": "城管局",
        "kind": "meeting",
        "numbers": ["参加人数 320人"],
        "status": "new",
        "warnings": [],
        "row": 2,
    }
    assert [one["row"] for one in looked.json()["refused"]] == [3]
    done = await forge.run("import-log", "log.xlsx", "--yes", env=env)
    assert (done.code, done.err) == (0, "")
    assert "新增 1 条" in done.out
    again = await forge.run("import-log", "log.xlsx", env=env)
    assert again.out.endswith("没有需要写入的内容。\n")
    async with database.reading() as session:
        (stored,) = (await session.exec(select(Activity))).all()
    assert (stored.day, stored.recorded_by) == (date(2025, 11, 28), None)


async def test_the_ledger_as_a_command(
    forge: Forge, database_url: str, database: Database, here: Here
) -> None:
    env = {"CHUANGCHENG_DATABASE_URL": database_url}
    write("roster.xlsx", ROSTER)
    write("log.xlsx", LOG)
    for command in (("import-roster", "roster.xlsx", "--yes"), ("import-log", "log.xlsx", "--yes")):
        assert (await forge.run(*command, env=env)).code == 0
    done = await forge.run("ledger", "-o", "台账.xlsx", "--from", "2025-11-01", env=env)
    assert (done.code, done.err) == (0, "")
    assert done.out == "台账已写入 台账.xlsx，共 2 行。\n"
    book = load_workbook("台账.xlsx")
    assert [row[4] for row in book["工作纪实"].values] == ["标题", "全区创城动员大会"]
    for options, said in (
        (["-o", "nowhere/x.xlsx"], "无法写入 nowhere/x.xlsx"),
        (["-o", "x.xlsx", "--from", "2025-02-01", "--to", "2025-01-01"], "--to 早于 --from，请核对。"),
        (["-o", "x.xlsx", "--to", "明天"], "明天"),
    ):
        refused = await forge.run("ledger", *options, env=env)
        assert (refused.code, refused.err.count("\n")) == (2, 1)
        assert said in refused.err
    assert not Path("x.xlsx").exists()  # noqa: ASYNC240  # a test has nothing else to do
    async with database.reading() as session:
        rows = (await session.exec(select(Audit).where(Audit.subject_type == "ledger"))).all()
    assert [row.event for row in rows] == ["export"]


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("where", ["workbook.Workbook._store_workbook", "worksheet.Worksheet._write_row"])
def test_a_full_disk_leaves_the_older_ledger_and_no_half_file(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The disk is full when the workbook is closed, or already at one of its rows."""
    out = tmp_path / "out" / "台账.xlsx"
    out.parent.mkdir()
    out.write_bytes(b"older")
    monkeypatch.setattr(f"xlsxwriter.{where}", full)
    done = here("ledger", "-o", str(out))
    assert (done.code, done.out) == (2, "")
    assert sentence(done) == f"无法写入 {out}：No space left on device"
    assert [path.name for path in out.parent.iterdir()] == ["台账.xlsx"]
    assert out.read_bytes() == b"older"


def test_the_ledger_is_made_beside_its_place(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for temporary files may lie on a disk that has no room."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    out = tmp_path / "out" / "台账.xlsx"
    out.parent.mkdir()
    done = here("ledger", "-o", str(out))
    assert (done.code, done.err) == (0, "")
    assert [path.name for path in out.parent.iterdir()] == ["台账.xlsx"]
    assert load_workbook(out).sheetnames[0] == "总表"
