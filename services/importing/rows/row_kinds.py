"""Rows of a task table that are not tasks: notes below it, signatures, totals, headings between its parts."""

from __future__ import annotations

import re
from typing import Final

from rules.people.typed_names import normalise
from services.importing.reading.cells import GridRow, line_of, text_of
from services.importing.reading.headers import Column, Header
from services.importing.rows.task_columns import GROUPING, TaskColumn

_NOTE: Final = re.compile(
    r"^[(\[【*※]*(?:"
    r"(?:注|备注|附注|注释|说明|填表说明|填报说明|注意事项)\d*[)\]】]*[:.、]"
    r"|(?:填表|填报|制表|报送|审核|审批|审签|联系|签发|审定|批准|校对|经办|复核|会签)(?:人|单位|部门|时间|日期|电话|领导)*"
    r"[()\[\]【】]*(?:签[字名章])?[)\]】]*:"
    r"|(?:单位|主要|分管|部门)?(?:负责人|领导)(?:\(?签[字名章]\)?)?:"
    r"|(?:单位|部门)?\(?(?:盖章|公章)\)?(?::|$)|(?:日期|时间|电话|联系电话|联系方式):"
    r"|(?:合计|总计|小计|共计):?(?:\d|$)"
    r")"
)
_NUMBERING: Final = re.compile(
    r"^(?:[(\uff08][一二三四五六七八九十\d]+[)\uff09]|[一二三四五六七八九十]+[、.\uff0e]|\d+[、.\uff0e])\s*"
)
_TITLE: Final = re.compile(r"[一-鿿]{2}")
_BESIDE_BODY: Final = frozenset({TaskColumn.SERIAL, TaskColumn.REMARK, *GROUPING})
_BODY: Final = tuple(column for column in TaskColumn if column not in _BESIDE_BODY)


def own_columns(row: GridRow, header: Header[TaskColumn]) -> frozenset[TaskColumn]:
    """The columns that a row fills itself, not through a merge."""
    return frozenset(column for column in header.columns if header.cell(row, column).own)


def only_text(row: GridRow) -> str | None:
    """The text of a row with only one text, in one cell or merged over the width; else None."""
    own = [cell for cell in row.cells if cell.own]
    return text_of(own[0].value) if len(own) == 1 else None


def beginning(row: GridRow) -> str:
    """What the first filled cell of a row says, on one line."""
    return next((line_of(cell.value) for cell in row.cells if cell.own), "")


def is_full_width(row: GridRow, columns: int) -> bool:
    """Whether the row is one cell, merged over most of the table's ``columns``."""
    spread = sum(cell.merged_from is not None and cell.merged_from[0] == row.number for cell in row.cells)
    return only_text(row) is not None and spread + 1 >= max(3, columns // 2 + 1)


def starts_as_note(row: GridRow) -> bool:
    """Whether the row starts like a note: 注:…, 填表人:…, 联系电话:…, 合计."""
    first = next((cell for cell in row.cells if cell.own), None)
    return first is not None and _NOTE.match(normalise(text_of(first.value))) is not None


def is_beside(row: GridRow, header: Header[Column]) -> bool:
    """Whether the row is no line of the table, but a repeated header, a heading or a note."""
    return header.is_repeated_by(row) or starts_as_note(row) or is_full_width(row, len(header.columns))


def is_line(row: GridRow, header: Header[Column]) -> bool:
    """Whether the row is a line of the table, in which something is written."""
    return not is_beside(row, header) and any(header.cell(row, column).own for column in header.columns)


def is_note(row: GridRow, header: Header[TaskColumn], *, after_note: bool) -> bool:
    """Whether the row is a note below the table. After a note, single lines that continue it count, too."""
    if {TaskColumn.OBJECTIVE, TaskColumn.STANDARD, TaskColumn.DEADLINE} <= own_columns(row, header):
        return False
    return starts_as_note(row) or (after_note and only_text(row) is not None)


def heading_of(row: GridRow, header: Header[TaskColumn]) -> str | None:
    """The title of the part that a row opens (一、市容环境整治行动), without its number; else None."""
    text = only_text(row)
    if not text or not _TITLE.search(text):
        return None
    serial = header.cell(row, TaskColumn.SERIAL)
    if not serial.own and not is_full_width(row, len(header.columns)):
        return None
    return _NUMBERING.sub("", text.replace("\n", " ")) or text


def is_empty_line(row: GridRow, header: Header[TaskColumn]) -> bool:
    """Whether the line is prepared but empty: a 序号 or a group, but no part of a task, not even merged."""
    return not any(header.cell(row, column).filled and _reaches(row, header, column) for column in _BODY)


def _reaches(row: GridRow, header: Header[TaskColumn], column: TaskColumn) -> bool:
    cell = header.cell(row, column)
    return cell.own or (cell.merged_from is not None and cell.merged_from[0] == row.number)
