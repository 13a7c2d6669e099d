"""Sheets of categories as offices write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from locales import plain
from rules.cases.time_limits import TimeLimit
from rules.people.roles import Tier
from rules.working_time import TimeUnit
from services.importing.reading.file_errors import ImportFileError
from services.importing.rows.category_rows import (
    CategoryRow,
    ParsedCategories,
    category_key,
    parse_categories,
)
from tests.services.importing.builders import ROSTER, document, full_width, said, saved, sheet_of, workbook

HEADER = ("大类", "小类", "责任单位", "办理时限", "整改标准", "测评指标", "查重半径")
GOOD = ("街面秩序", "占道经营", "城管局", "4工作时", "摊点撤离，路面干净", "主次干道无占道经营", "100")
FOUR_HOURS = TimeLimit(Decimal(4), TimeUnit.WORKING_HOUR)


def parsed(
    *rows: Sequence[Any], header: Sequence[Any] = HEADER, merges: Sequence[str] = ()
) -> ParsedCategories:
    return parse_categories(workbook([header, *rows], merges), "类别.xlsx", roster=ROSTER)


def line(**changes: Any) -> tuple[Any, ...]:
    """A good line, by header word, with changes."""
    return tuple({**dict(zip(HEADER, GOOD, strict=True)), **changes}.values())


def one(found: ParsedCategories) -> CategoryRow:
    assert not found.refused, [said(refused.reasons) for refused in found.refused]
    (row,) = found.rows
    return row


def refusals(found: ParsedCategories) -> list[tuple[int, str, list[str]]]:
    return [(refused.row, refused.name, said(refused.reasons)) for refused in found.refused]


def test_a_line_says_all_of_a_category() -> None:
    row = one(parsed(GOOD))
    assert row == CategoryRow(
        row=2,
        area="街面秩序",
        name="占道经营",
        unit="城管局",
        tier=None,
        limit=FOUR_HOURS,
        standard="摊点撤离，路面干净",
        indicator="主次干道无占道经营",
        radius_m=100,
    )


def test_indicator_and_radius_may_be_left_out() -> None:
    row = one(parsed(GOOD[:5], header=HEADER[:5]))
    assert (row.indicator, row.radius_m, row.warnings) == (None, None, ())
    row = one(parsed(line(测评指标="/", 查重半径=None)))
    assert (row.indicator, row.radius_m) == (None, None)


def test_a_sheet_with_a_title_merged_areas_blank_rows_and_notes() -> None:
    rows = [
        ("创城问题分类表", *[None] * 6),
        ("大类", "小类", "责任单位", "办理\n时限", "整改标准", "测评指标", "查重半径\n（米）"),
        GOOD,
        (None, "店外经营", "同上", "同上", "门前无堆放", None, 50),
        (None, None, None, None, None, None, None),
        ("市容环境", "暴露垃圾", "属地街道", "2工作时", "清运完毕", None, None),
        (None, "道路破损", "城管局", "7个自然日", "平整", None, None),
        ("大类", "小类", "责任单位", "办理时限", "整改标准", "测评指标", "查重半径"),
        (None, "路面积水", "城管局", "4紧急工作时", "排尽", None, None),
        ("社区工作", None, None, None, None, None, None),
        ("注：一个工作日为8工作时。", *[None] * 6),
    ]
    found = parse_categories(workbook(rows, ["A1:G1", "A3:A5", "A11:G11"]), "类别.xlsx", roster=ROSTER)
    assert not refusals(found)
    assert [(row.row, row.area, row.name, row.unit or row.tier, row.radius_m) for row in found.rows] == [
        (3, "街面秩序", "占道经营", "城管局", 100),
        (4, "街面秩序", "店外经营", "城管局", 50),
        (6, "市容环境", "暴露垃圾", Tier.STREET, None),
        (7, "市容环境", "道路破损", "城管局", None),
        (9, "市容环境", "路面积水", "城管局", None),
    ]
    assert found.rows[1].limit == FOUR_HOURS


@pytest.mark.parametrize(
    ("cell", "who"),
    [
        *(("城管局", "城管局"), (" 城 管 局", "城管局"), ("责任单位：城管局", "城管局")),
        *(("属地街道", Tier.STREET), ("属地", Tier.STREET), ("各街道办事处", Tier.STREET)),
        *(("所在街道", Tier.STREET), ("属地村居", Tier.VILLAGE), ("社区居委会", Tier.VILLAGE)),
        *(("属地园区", Tier.PARK), ("园区管委会", Tier.PARK), ("东风街道", "东风街道")),
    ],
)
def test_who_mends_it(cell: str, who: str | Tier) -> None:
    row = one(parsed(line(责任单位=cell)))
    assert (row.unit, row.tier) == ((None, who) if isinstance(who, Tier) else (who, None))
    assert row.warnings == ()


@pytest.mark.parametrize("cell", ["属地街道（园区）", "属地街道、园区", "各街道\n各园区"])
def test_street_and_park_side_by_side_are_the_street(cell: str) -> None:
    row = one(parsed(line(责任单位=cell)))
    assert (row.unit, row.tier) == (None, Tier.STREET)
    assert said(row.warnings) == ["街道与园区并列，按属地街道处理；位于园区的案卷，派遣时请改选园区"]


@pytest.mark.parametrize(
    ("header", "cells", "limit"),
    [
        (("办理时限", "时限单位"), ("4", "工作时"), FOUR_HOURS),
        (("处置时限", "计时单位"), (4, "工作时"), FOUR_HOURS),
        (("办理时限（工作时）", None), (4, None), FOUR_HOURS),
        (("办理时限（单位：工作时）", None), ("4", None), FOUR_HOURS),
        (
            ("办理时限（工作时）", None),
            ("7个自然日", None),
            TimeLimit(Decimal(7), TimeUnit.NATURAL_DAY),
        ),
        (("时限", "时限单位"), (1.5, "工作日"), TimeLimit(Decimal("1.5"), TimeUnit.WORKING_DAY)),
    ],
)
def test_where_the_unit_of_a_limit_stands(
    header: Sequence[Any], cells: Sequence[Any], limit: TimeLimit
) -> None:
    found = parsed((*GOOD[:3], *cells, GOOD[4]), header=(*HEADER[:3], *header, HEADER[4]))
    assert one(found).limit == limit


def test_a_header_of_two_rows() -> None:
    rows = [
        ("大类", "小类", "责任单位", "办理时限", None, "整改标准"),
        (None, None, None, "数值", "单位", None),
        (*GOOD[:3], 4, "工作时", GOOD[4]),
    ]
    merges = ["A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:F2"]
    found = parse_categories(workbook(rows, merges), "类别.xlsx", roster=ROSTER)
    assert (one(found).row, one(found).limit) == (3, FOUR_HOURS)


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"小类": None}, ["没有填写类别"]),
        ({"大类": None}, ["没有填写大类"]),
        ({"责任单位": None}, ["没有填写责任单位"]),
        ({"责任单位": "无"}, ["没有填写责任单位"]),
        ({"责任单位": "交警大队"}, ["“交警大队”不在花名册中"]),
        ({"责任单位": "城管局分局"}, ["“城管局分局”不在花名册中，疑为“城管局”"]),
        ({"责任单位": "城管局、公安局"}, ["责任单位只能写一个，不能写城管局、公安局"]),
        ({"责任单位": "属地街道、城管局"}, ["责任单位只能写一个，不能写属地街道、城管局"]),
        ({"责任单位": "属地街道、属地村居"}, ["责任单位只能写一个，不能写属地街道、属地村居"]),
        ({"责任单位": "各部门"}, ["“各部门”不在花名册中"]),
        ({"办理时限": None}, ["没有填写办理时限"]),
        ({"办理时限": "4"}, ["办理时限“4”没有写明单位，请注明紧急工作时、工作时、工作日或自然日"]),
        (
            {"办理时限": "2小时"},
            ["办理时限“2小时”请写明是工作时还是紧急工作时（夜间、节假日照计）"],
        ),
        ({"办理时限": "0工作日"}, ["办理时限不能为零"]),
        ({"办理时限": "300个工作日"}, ["办理时限“300个工作日”过长，请核对"]),
        (
            {"办理时限": "立即整改"},
            [
                "办理时限“立即整改”无法识别，请写成“4工作时”“3个工作日”“7个自然日”或“2紧急工作时”",
            ],
        ),
        ({"办理时限": "=D9*2"}, ["办理时限是公式，文件中没有保存计算结果，请改为直接填写"]),
        ({"整改标准": None}, ["没有填写整改标准"]),
        ({"查重半径": "很近"}, ["查重半径“很近”有误，请填写 10 到 5000 之间的整数（米）"]),
        ({"查重半径": 5}, ["查重半径“5”有误，请填写 10 到 5000 之间的整数（米）"]),
        ({"查重半径": 5001}, ["查重半径“5001”有误，请填写 10 到 5000 之间的整数（米）"]),
        ({"查重半径": "12.5米"}, ["查重半径“12.5米”有误，请填写 10 到 5000 之间的整数（米）"]),
        ({"查重半径": -100}, ["查重半径“-100”有误，请填写 10 到 5000 之间的整数（米）"]),
        ({"大类": "长" * 41}, ["大类超过 40 字"]),
        ({"小类": "长" * 61}, ["类别超过 60 字"]),
        ({"整改标准": "长" * 501}, ["整改标准超过 500 字"]),
        ({"测评指标": "长" * 201}, ["测评指标超过 200 字"]),
        ({"整改标准": "长" * 4001}, ["整改标准超过 4000 字，请精简"]),
        (
            {"责任单位": "交警大队", "办理时限": "4", "整改标准": None},
            [
                "“交警大队”不在花名册中",
                "办理时限“4”没有写明单位，请注明紧急工作时、工作时、工作日或自然日",
                "没有填写整改标准",
            ],
        ),
    ],
)
def test_a_bad_line_is_refused_with_all_its_reasons(changes: dict[str, Any], reasons: list[str]) -> None:
    bad = line(**changes)
    found = parsed(bad, line(大类="市容环境", 小类="暴露垃圾"))
    assert refusals(found) == [(2, bad[1] or "", reasons)]
    assert [row.row for row in found.rows] == [3]


@pytest.mark.parametrize(("cell", "metres"), [("10", 10), (5000, 5000), ("100米", 100), ("100.0m", 100)])
def test_a_radius(cell: object, metres: int) -> None:
    assert one(parsed(line(查重半径=cell))).radius_m == metres


def test_a_category_that_stands_twice_counts_once() -> None:
    found = parsed(GOOD, line(小类="占 道 经 营", 责任单位="公安局"), line(大类="集贸市场"))
    assert [(row.row, row.unit) for row in found.rows] == [(2, "城管局"), (4, "城管局")]
    assert refusals(found) == [(3, "占道经营", ["与第 2 行的大类、类别相同"])]


def test_a_line_that_was_refused_does_not_refuse_the_next() -> None:
    found = parsed(line(责任单位="交警大队"), GOOD)
    assert [row.row for row in found.rows] == [3]
    assert [row for row, _, _ in refusals(found)] == [2]


def test_a_category_keeps_its_key_however_it_is_typed() -> None:
    assert category_key("街面秩序", "占道 经营(A)") == category_key(" 街面\n秩序", full_width("占道经营(A)"))
    assert category_key("街面", "秩序占道") != category_key("街面秩序", "占道")


def test_a_hidden_line_is_read_and_said_to_be_hidden() -> None:
    book = load_workbook(BytesIO(workbook([HEADER, GOOD])))
    sheet_of(book).row_dimensions[2].hidden = True
    found = parse_categories(saved(book), "类别.xlsx", roster=ROSTER)
    assert len(one(found).warnings) == 1


def test_other_words_in_the_header() -> None:
    header = ("序号", "一级类别", "二级类别", "处置单位", "整改时限", "结案标准", "测评项目", "查重距离")
    assert one(parsed((1, *GOOD), header=header)).key == category_key("街面秩序", "占道经营")


def test_a_second_table_is_named_and_not_read() -> None:
    book_header = workbook([HEADER, GOOD])
    book = load_workbook(BytesIO(book_header))
    other = book.create_sheet("去年")
    other.append(list(HEADER[:5]))
    other.append(list(line(小类="店外经营")[:5]))
    found = parse_categories(saved(book), "类别.xlsx", roster=ROSTER)
    assert [row.name for row in found.rows] == ["占道经营"]
    assert said(found.notices) == ["表格“去年”也有这样的表头，本次没有读取；如需导入，请单独存为一个文件"]


def test_a_file_without_such_a_table_is_refused() -> None:
    with pytest.raises(ImportFileError) as refusal:
        parsed(GOOD[:4], header=HEADER[:4])
    assert said([refusal.value.text]) == [
        "“类别.xlsx”中没有找到完整的表头。看到的列：大类、小类、责任单位、办理时限；"
        "缺少：整改标准。请补上后再导入。"
    ]


def test_a_word_table_is_as_good() -> None:
    found = parse_categories(document([HEADER, GOOD]), "类别.docx", roster=ROSTER)
    assert one(found) == one(parsed(GOOD))


CELLS = st.one_of(
    st.none(),
    st.integers(-10, 10_000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
    st.sampled_from(["同上", "无", "=1", "城管局", "属地街道", "4工作时", "7天", "注：", "大类"]),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8),
)


@given(st.lists(st.lists(CELLS, min_size=7, max_size=7), max_size=6))
def test_any_table_is_read_and_every_line_is_told_at_most_once(rows: list[list[Any]]) -> None:
    found = parsed(*rows)
    numbers = [row.row for row in found.rows] + [refused.row for refused in found.refused]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) <= set(range(2, len(rows) + 2))
    assert len({row.key for row in found.rows}) == len(found.rows)
    assert all(refused.reasons for refused in found.refused)
    for row in found.rows:
        assert row.area
        assert row.name
        assert row.standard
        assert (row.unit is None) != (row.tier is None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("3天", "办理时限“3天”按3个自然日（1 处：第 2 行）"),
        ("4工作时", None),
        ("2紧急工作时", None),
        ("3个工作日", None),
        ("7自然日", None),
    ],
)
def test_a_limit_in_other_words_is_named(typed: str, said: str | None) -> None:
    found = [plain(one.shown) for one in parsed(line(办理时限=typed)).meanings]
    assert found == ([] if said is None else [said])
