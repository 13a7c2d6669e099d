"""The workbook of which tests/data/office holds the versions that other programs saved; see its README."""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.services.importing.builders import sheet_of

FOLDER: Final = Path(__file__).parents[2] / "data" / "office"
LONG: Final = "甲" * 4_001
MONTH: Final = 'yyyy"年"m"月"'
ROWS: Final[tuple[tuple[Any, ...], ...]] = (
    ("2026年重点任务分解表", None, None, None, None, None),
    ("行动", "目标任务", "完成时限", "责任单位", "数量", "备注"),
    ("市容环境整治", "建设示范点50个", date(2026, 12, 1), "城管局", 50, "第一行\n第二行"),
    (None, "清理野广告", date(2026, 12, 20), "公安局", 11.6, '="共"&E3&"处"'),
    (None, "整治集贸市场", datetime.combine(date(2026, 6, 15), time(9, 30)), "市场监管局", "=E3+E4", "=1/0"),
    (None, "已作废的任务", "长期", "教育局", -3, True),
    ("交通秩序", "隐藏的任务", time(8, 30), "交警大队", 0.25, '=IF(1,"","x")'),
    (None, " ", None, None, None, None),
    ("宣传", "张贴海报", "每周五前", "宣传部", 1_000_000, "𠮷祥路"),
)


def sample(*, long_cell: bool, from_1904: bool = False) -> Workbook:
    """All that a sheet can hold. Excel 95 had no cells of more than 255 characters."""
    book = Workbook()
    page = sheet_of(book)
    page.title = "任务分解表"
    for row in ROWS:
        page.append(list(row))
    if long_cell:
        page["F9"] = LONG
    page["C3"].number_format = MONTH
    page["C4"].number_format = "yyyy-mm-dd"
    page["E7"].number_format = "0%"
    for merge in ("A1:F1", "A3:A5", "D6:D6"):
        page.merge_cells(merge)
    page.row_dimensions[7].hidden = True
    book.create_sheet("隐藏的表").append(["不读"])
    book["隐藏的表"].sheet_state = "hidden"
    book.create_sheet("空表")
    book.create_sheet("说明").append(["填表说明", 1])
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    return book


def main() -> None:
    """Write what the other programs then save in their own formats."""
    folder = Path(sys.argv[1])
    sample(long_cell=True).save(folder / "tasks.xlsx")
    sample(long_cell=False).save(folder / "short.xlsx")
    sample(long_cell=False, from_1904=True).save(folder / "mac.xlsx")


if __name__ == "__main__":
    main()
