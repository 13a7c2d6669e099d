"""Sheets of known places (点位) as offices write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cases.coordinates import Position
from services.importing.reading.file_errors import ImportFileError
from services.importing.rows.point_rows import ParsedPoints, PointRow, parse_points
from tests.services.importing.builders import ROSTER, document, said, workbook

HEADER = ("点位名称", "所属单位", "地址", "经度", "纬度")
GOOD = ("东风农贸市场", "东风街道", "东风路12号", 117.1236, 36.6582)
HERE = Position(36.6582, 117.1236)


def parsed(*rows: Sequence[Any], header: Sequence[Any] = HEADER, merges: Sequence[str] = ()) -> ParsedPoints:
    return parse_points(workbook([header, *rows], merges), "点位.xlsx", roster=ROSTER)


def line(**changes: Any) -> tuple[Any, ...]:
    """A good line, by header word, with changes."""
    return tuple({**dict(zip(HEADER, GOOD, strict=True)), **changes}.values())


def one(found: ParsedPoints) -> PointRow:
    assert not found.refused, [said(refused.reasons) for refused in found.refused]
    (row,) = found.rows
    return row


def refusals(found: ParsedPoints) -> list[tuple[int, str, list[str]]]:
    return [(refused.row, refused.name, said(refused.reasons)) for refused in found.refused]


def test_a_line_says_all_of_a_place() -> None:
    assert one(parsed(GOOD)) == PointRow(2, "东风农贸市场", "东风街道", "东风路12号", HERE)


def test_address_and_position_may_be_left_out() -> None:
    expected = PointRow(2, "东风农贸市场", "东风街道", None, None)
    assert one(parsed(GOOD[:2], header=HEADER[:2])) == expected
    assert one(parsed(line(地址="/", 经度=None, 纬度="无"))) == expected


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        *((("坐标",), (cell,)) for cell in ("117.1236,36.6582", "（117.1236，36.6582）", "117.1236 36.6582")),
        (("坐标\n（经度，纬度）",), ("117.1236\n36.6582",)),
        (("纬度", "经度"), ("36.6582", "117.1236")),
        (("东经", "北纬"), ("117.1236°", "北纬36.6582")),
        # Longitude and latitude in their own columns count before a column that holds both.
        (("经纬度", "经度", "纬度"), ("1,2", 117.1236, 36.6582)),
        (("经纬度", "经度", "纬度"), ("117.1236,36.6582", None, None)),
    ],
)
def test_where_a_place_lies(header: Sequence[str], cells: Sequence[Any]) -> None:
    row = one(parsed((*GOOD[:2], *cells), header=(*HEADER[:2], *header)))
    assert (row.place, row.warnings) == (HERE, ())


def test_what_was_clearly_swapped_is_turned_round_and_said() -> None:
    row = one(parsed(line(经度=36.6582, 纬度=117.1236)))
    assert row.place == Position(36.6582, 117.1236, swapped=True)
    assert said(row.warnings) == ["经度、纬度似乎写反，按经度 117.1236、纬度 36.6582 录入"]


def test_a_sheet_with_a_title_merged_units_blank_rows_and_notes() -> None:
    rows = [
        ("点位台账", *[None] * 4),
        HEADER,
        GOOD,
        ("东风汽车站", None, None, None, None),
        (None, None, None, None, None),
        ("东风小区", "东风社区", "同上", None, None),
        HEADER,
        ("高新园区广场", "高新园区", None, None, None),
        ("注：经度在前。", *[None] * 4),
    ]
    found = parse_points(workbook(rows, ["A1:E1", "B3:B4", "A9:E9"]), "点位.xlsx", roster=ROSTER)
    assert not refusals(found)
    assert [(row.row, row.name, row.unit) for row in found.rows] == [
        (3, "东风农贸市场", "东风街道"),
        (4, "东风汽车站", "东风街道"),
        (6, "东风小区", "东风社区"),
        (8, "高新园区广场", "高新园区"),
    ]


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"点位名称": None}, ["没有填写点位名称"]),
        ({"所属单位": None}, ["没有填写所属单位"]),
        ({"所属单位": "南苑街道"}, ["“南苑街道”不在花名册中"]),
        ({"所属单位": "东风街道办"}, ["“东风街道办”不在花名册中，疑为“东风街道”"]),
        ({"所属单位": "城管局"}, ["“城管局”不是街道、园区或村居，请填写点位所属的街道、园区或村居"]),
        ({"所属单位": "示范区"}, ["“示范区”不是街道、园区或村居，请填写点位所属的街道、园区或村居"]),
        ({"点位名称": "长" * 101}, ["点位名称超过 100 字"]),
        ({"地址": "长" * 256}, ["地址超过 255 字"]),
        (
            {"纬度": None},
            ["经纬度“117.1236,”无法识别，请写成“117.12,36.65”的形式（经度在前）"],
        ),
        (
            {"经度": "东经117度12分"},
            ["经纬度“东经117度12分,36.6582”无法识别，请写成“117.12,36.65”的形式（经度在前）"],
        ),
        ({"经度": 0, "纬度": 0}, ["经纬度“0,0”有误，请核对"]),
        ({"经度": 181}, ["经纬度“181,36.6582”有误，请核对"]),
        ({"经度": "=B2"}, ["经度是公式，文件中没有保存计算结果，请改为直接填写"]),
        ({"点位名称": "=A9"}, ["点位名称是公式，文件中没有保存计算结果，请改为直接填写"]),
        (
            {"所属单位": "南苑街道", "经度": 0, "纬度": 0},
            ["“南苑街道”不在花名册中", "经纬度“0,0”有误，请核对"],
        ),
    ],
)
def test_a_bad_line_is_refused_with_all_its_reasons(changes: dict[str, Any], reasons: list[str]) -> None:
    bad = line(**changes)
    found = parsed(bad, line(点位名称="东风小学"))
    name = "" if reasons[0].startswith("点位名称是公式") else bad[0] or ""
    assert refusals(found) == [(2, name, reasons)]
    assert [row.row for row in found.rows] == [3]


def test_a_place_that_stands_twice_counts_once() -> None:
    found = parsed(GOOD, line(点位名称="东风 农贸市场", 所属单位="东风社区"))
    assert [(row.row, row.unit) for row in found.rows] == [(2, "东风街道")]
    assert refusals(found) == [(3, "东风农贸市场", ["与第 2 行的点位名称相同"])]


def test_a_file_without_such_a_table_is_refused() -> None:
    with pytest.raises(ImportFileError) as refusal:
        parsed(("东风农贸市场", "东风路12号"), header=("点位名称", "地址"))
    assert said([refusal.value.text]) == [
        "“点位.xlsx”中没有找到完整的表头。看到的列：点位名称、地址；缺少：所属单位。请补上后再导入。"
    ]


def test_a_word_table_is_as_good() -> None:
    assert one(parse_points(document([HEADER, GOOD]), "点位.docx", roster=ROSTER)) == one(parsed(GOOD))


CELLS = st.one_of(
    st.none(),
    st.integers(-200, 200),
    st.floats(-200, 200),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
    st.sampled_from(["同上", "无", "=1", "东风街道", "城管局", "117.12,36.65", "注：", *HEADER]),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8),
)


@given(st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=6))
def test_any_table_is_read_and_every_line_is_told_at_most_once(rows: list[list[Any]]) -> None:
    found = parsed(*rows)
    numbers = [row.row for row in found.rows] + [refused.row for refused in found.refused]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) <= set(range(2, len(rows) + 2))
    assert len({row.key for row in found.rows}) == len(found.rows)
    assert all(refused.reasons for refused in found.refused)
    assert all(row.name and row.unit for row in found.rows)
