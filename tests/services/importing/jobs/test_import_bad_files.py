"""Each file that is not what it should be gets a clear answer, and nothing is written."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook

from locales import LOCALES
from models.db import Database
from models.importing import JobState
from services.campaign import Campaign
from tests.services.importing.builders import TASK_HEADER, saved, sheet, sheet_of, task, with_part, workbook
from tests.services.importing.importing_desk import ImportDesk
from tests.services.importing.office_samples import FOLDER
from tests.services.importing.old_office import compound, number_cell, sheet_stream, workbook97

OPEN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CLOSE = b"</sheetData></worksheet>"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


def fifty_thousand_rows() -> bytes:
    rows = (f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>'.encode() for n in range(1, 50_001))
    return with_part(workbook([["x"]]), "xl/worksheets/sheet1.xml", [OPEN, *rows, CLOSE])


def zip_bomb() -> bytes:
    """300 MB of blanks in 300 KB."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            archive.writestr(name, b" " * (100 * 1024 * 1024))
    return stream.getvalue()


def row_of(row: int) -> bytes:
    return number_cell(row, 0)


def formulas() -> bytes:
    """A workbook from a program that never calculates its formulas."""
    book = Workbook()
    page = sheet_of(book)
    page.append(list(TASK_HEADER))
    page.append([{**task(), "工作标准": "=A1&B1"}[word] for word in TASK_HEADER])
    return saved(book)


def hidden_only() -> bytes:
    return workbook97({"表": sheet_stream(number_cell(0, 0))}, states={"表": 1})


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "任务.xlsx", "是空文件"),
        (compound({"EncryptedPackage": b""}), "任务.xlsx", "设有密码"),
        ((FOLDER / "locked.xls").read_bytes(), "任务.xls", "设有密码"),
        (OLE + bytes(600), "任务.xls", "文件已损坏"),
        ((FOLDER / "letter.doc").read_bytes(), "任务.doc", "请另存为 .docx"),
        (compound({"PowerPoint Document": b""}), "汇报.ppt", "不是 Excel、WPS、CSV 表格或 Word 文档"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "任务.xlsx", "请发送 Word 或 Excel 原件"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "照片.png", "请发送 Word 或 Excel 原件"),
        ("序号,任务\n1,清理\n".encode() * 2_501, "任务.csv", "超过 5000 行"),
        ("今天清理牌匾12处。".encode(), "任务.txt", "只有文字"),
        (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?>", "任务.xls", "另存为 .xlsx"),
        (lambda: workbook97({"表": sheet_stream(*map(row_of, range(5_001)))}), "任务.xls", "超过 5000 行"),
        (sheet(task())[:-200], "任务.xlsx", "文件已损坏"),
        (hidden_only, "任务.xls", "请取消隐藏后再发"),
        (fifty_thousand_rows, "任务.xlsx", "超过 5000 行"),
        (zip_bomb, "任务.xlsx", "展开后过大"),
        (workbook([("日期", 25.5), ("周一", 26)]), "天气.xlsx", "没有找到表头"),
        (workbook([[" "]]), "空表.xlsx", "没有找到有内容的表格"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_clear_answer(desk: ImportDesk, data: object, name: str, said: str) -> None:
    job_id = await desk.send(data() if callable(data) else data, name)  # type: ignore[arg-type]  # as above
    await desk.work()
    assert (await desk.job(job_id)).state is JobState.FAILED
    assert said in await desk.text(job_id)
    assert await desk.labels(job_id) == []
    for locale in LOCALES:
        assert "{" not in await desk.text(job_id, locale)
    assert await desk.confirm(job_id) == "jobs.state.failed"


async def test_a_formula_without_a_value_is_a_refused_row(desk: ImportDesk) -> None:
    job_id = await desk.send(formulas())
    await desk.work()
    assert "工作标准是公式，文件中没有保存计算结果" in await desk.text(job_id)


@pytest.mark.parametrize("name", ["任务.pdf", "任务.doc", "任务", "任务.xlsm"])
async def test_what_it_holds_counts_not_what_it_is_called(desk: ImportDesk, name: str) -> None:
    """The content decides, and macros are never looked at."""
    data = with_part(sheet(task()), "xl/vbaProject.bin", [OLE + bytes(100)])
    await desk.import_(data, name)
    assert len(await desk.tasks()) == 1
