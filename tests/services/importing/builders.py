"""Files as offices hand them in, made inside the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from docx import Document
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from locales import Text, plain
from rules.people.roles import Tier
from services.importing.reading.grids import Grid, read_grids
from services.importing.rows.task_rows import ParsedTasks, Roster, parse_tasks, resolve_tasks

TODAY = date(2026, 6, 15)
TASK_HEADER = (
    *("序号", "行动", "重点", "目标任务", "工作标准", "完成时限"),
    *("责任单位", "配合单位", "分管领导", "承办科室", "责任人", "备注"),
)
GOOD_TASK: Mapping[str, Any] = {
    "序号": 1,
    "行动": "市容环境整治行动",
    "重点": "背街小巷",
    "目标任务": "建设示范点50个",
    "工作标准": "干净整洁",
    "完成时限": "2026年12月20日前",
    "责任单位": "城管局",
    "配合单位": "公安局",
    "分管领导": "城管局分管领导",
    "承办科室": "市容科",
    "责任人": "城管局责任人",
    "备注": None,
}
ROSTER = Roster(
    units={
        "示范区": Tier.DISTRICT,
        "城管局": Tier.DEPARTMENT,
        "公安局": Tier.DEPARTMENT,
        "教育局": Tier.DEPARTMENT,
        "东风街道": Tier.STREET,
        "和平街道": Tier.STREET,
        "高新园区": Tier.PARK,
        "东风社区": Tier.VILLAGE,
    },
    contacts={
        ("城管局", "城管局责任人"),
        ("城管局", "城管局分管领导"),
        ("公安局", "公安局责任人"),
        ("东风街道", "东风街道责任人"),
    },
)


def full_width(text: str) -> str:
    """ASCII as a Chinese input method writes it."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def book(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook with one sheet for each title, in their order."""
    made = Workbook()
    for empty in made.sheetnames:
        del made[empty]
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(list(row))
    return saved(made)


def sheet_of(book: Workbook) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    return sheet


def workbook(rows: Iterable[Sequence[Any]], merges: Iterable[str] = ()) -> bytes:
    """One sheet; ``merges`` such as A1:C1 keep their first cell, as Excel does."""
    book = Workbook()
    sheet = sheet_of(book)
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    return saved(book)


def document(
    rows: Sequence[Sequence[Any]],
    merges: Iterable[tuple[int, int, int, int]] = (),
    before: Iterable[str] = (),
) -> bytes:
    """A Word file with paragraphs and a table; merges as (top, left, bottom, right) from 0."""
    file = Document()
    for paragraph in before:
        file.add_paragraph(paragraph)
    table = file.add_table(rows=len(rows), cols=max(map(len, rows)))
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            table.cell(y, x).text = "" if value is None else str(value)
    for top, left, bottom, right in merges:
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                if (y, x) != (top, left):
                    table.cell(y, x).text = ""
        table.cell(top, left).merge(table.cell(bottom, right))
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def task(**changes: Any) -> dict[str, Any]:
    """A good task, by header word, with changes."""
    return {**GOOD_TASK, **changes}


def sheet(*tasks: Mapping[str, Any], title: str | None = None, header: Sequence[str] = TASK_HEADER) -> bytes:
    """A workbook of tasks; with a title the tasks start in row 3, else in row 2."""
    rows: list[Sequence[Any]] = [[title]] if title else []
    rows.append(header)
    rows += [[row.get(word) for word in header] for row in tasks]
    return workbook(rows)


def parsed(data: bytes, *, today: date = TODAY) -> ParsedTasks:
    return parse_tasks(data, "任务分解表.xlsx", today=today)


def resolved(data: bytes, *, roster: Roster = ROSTER, today: date = TODAY) -> ParsedTasks:
    return resolve_tasks(parsed(data, today=today), roster)


def visible_grids(data: bytes, filename: str) -> list[Grid]:
    """The tables of a file that are read; hidden sheets come by name only."""
    grids = read_grids(data, filename)
    assert not any(grid.rows for grid in grids if grid.hidden)
    return [grid for grid in grids if not grid.hidden]


def said(texts: Iterable[Text]) -> list[str]:
    return [plain(text) for text in texts]


def with_part(data: bytes, part: str, chunks: Iterable[bytes]) -> bytes:
    """The archive with one part replaced, or added."""
    source = zipfile.ZipFile(io.BytesIO(data))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name != part:
                target.writestr(name, source.read(name))
        with target.open(part, "w") as entry:
            for chunk in chunks:
                entry.write(chunk)
    return stream.getvalue()


def excel_workbook(strings: str, cells: str) -> bytes:
    """A workbook as Excel and WPS write it, with its texts in a part of their own.

    ``strings``: the ``si`` elements; ``cells``: the ``row`` elements. (openpyxl writes texts into the sheet.)
    """
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (
        f'<Relationships><Relationship Id="rId1" Type="{kinds}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{kinds}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{kinds}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    sheet_xml = f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
    data = workbook([["x"]])
    data = with_part(data, "xl/_rels/workbook.xml.rels", [rels.encode()])
    data = with_part(data, "xl/sharedStrings.xml", [f'<sst xmlns="{main}">{strings}</sst>'.encode()])
    return with_part(data, "xl/worksheets/sheet1.xml", [sheet_xml.encode()])
