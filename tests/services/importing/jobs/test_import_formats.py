"""The same task arrives, whatever program the office works with."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from html import escape
from typing import Any, Final

import pytest
from docx import Document

from models.db import Database
from services.campaign import Campaign
from tests.services.importing.builders import TASK_HEADER, task
from tests.services.importing.importing_desk import ImportDesk
from tests.services.importing.old_office import sheet_stream, text_cell, workbook97

TITLE: Final = "2026年重点任务分解表"
ROWS: Final = (TASK_HEADER, [str(task()[word] or "") for word in TASK_HEADER])


@pytest.fixture
async def desk(database: Database, campaign: Campaign, now: datetime) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


def excel_97() -> bytes:
    rows = [(TITLE,), *ROWS]
    cells = (text_cell(y, x, value) for y, row in enumerate(rows) for x, value in enumerate(row))
    return workbook97({"任务": sheet_stream(*cells)})


def separated(separator: str, encoding: str) -> Callable[[], bytes]:
    return lambda: "\r\n".join([TITLE, *(separator.join(row) for row in ROWS)]).encode(encoding)


def web_page() -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{escape(value)}' for value in row)}" for row in ROWS)
    return f"<meta charset=gb2312><table><tr><td colspan=12>{TITLE}{rows}</table>".encode("gbk")


def table_in_a_table() -> bytes:
    file = Document()
    file.add_paragraph(TITLE)
    frame: Any = file.add_table(rows=1, cols=1)
    inner = frame.cell(0, 0).add_table(rows=len(ROWS), cols=len(TASK_HEADER))
    for y, row in enumerate(ROWS):
        for x, value in enumerate(row):
            inner.cell(y, x).text = value
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (excel_97, "任务分解表.et"),
        (separated(",", "gbk"), "任务分解表.csv"),
        (separated(",", "utf-8-sig"), "任务分解表.csv"),
        (separated("\t", "utf-16"), "任务分解表.txt"),
        (web_page, "任务分解表.xls"),
        (table_in_a_table, "任务分解表.docx"),
    ],
)
async def test_the_task_arrives(desk: ImportDesk, make: Callable[[], bytes], name: str) -> None:
    await desk.import_(make(), name)
    (arrived,) = await desk.tasks()
    assert arrived.objective == "建设示范点50个"
    assert arrived.standard == "干净整洁"
    assert arrived.deadline == date(2026, 12, 20)
