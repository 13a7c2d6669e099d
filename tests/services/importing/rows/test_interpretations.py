"""No meaning is given to a cell in silence: each is named with what was written, how often and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from locales import LOCALES, plain
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef, lines_text
from services.importing.rows.roster_rows import parse_roster
from tests.services.importing.builders import TASK_HEADER, resolved, sheet, task, workbook


def meanings(data: bytes) -> list[str]:
    """What is said of a file, apart from the target that the good task states."""
    shown = [plain(one.shown) for one in resolved(data).meanings]
    return [one for one in shown if not one.startswith("从任务、标准中读出目标：50个")]


def of(**changes: Any) -> list[str]:
    return meanings(sheet(task(**changes)))


def rows(*lines: Sequence[Any], merges: Sequence[str] = ()) -> list[str]:
    return meanings(workbook([TASK_HEADER, *lines], merges))


def line(**changes: Any) -> list[Any]:
    return [task(**changes).get(word) for word in TASK_HEADER]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"完成时限": "12月底前"}, "完成时限“12月底前”按 2026年12月31日"),
        ({"完成时限": "年底前"}, "完成时限“年底前”按 2026年12月31日"),
        ({"完成时限": "12.20"}, "完成时限“12.20”按 2026年12月20日"),
        ({"完成时限": "46376"}, "完成时限“46376”按 2026年12月20日"),
        ({"完成时限": "每周报送"}, "“每周报送”按每周报告"),
        ({"完成时限": "长期", "备注": "每月通报"}, "“每月通报”按每月报告"),
        ({"责任人": "张三13800138000"}, "责任人中的电话号码已去掉"),
        ({"配合单位": "各街道"}, "“各街道”即花名册中的东风街道、和平街道"),
        ({"责任单位": "城管局、公安局"}, "牵头、责任单位写有几个的，第一个牵头，其余协办"),
        ({"配合单位": "公安局等单位"}, "单位名单末尾的“等”没有指明的单位，不计入"),
        ({"备注": "/"}, "备注写“/”的，按空白处理"),
        ({"目标任务": "建设停车场3处"}, "从任务、标准中读出目标：3处"),
    ],
)
def test_what_a_cell_was_taken_for(changes: dict[str, Any], said: str) -> None:
    assert f"{said}（1 处：第 2 行）" in of(**changes)


@pytest.mark.parametrize(
    "deadline", ["2026年12月20日前", "2026-12-20", "2026/12/20", "2026.12.20", "2026年12月20日"]
)
def test_what_is_written_out_is_not_explained(deadline: str) -> None:
    assert of(完成时限=deadline) == []


def test_the_same_meaning_of_many_lines_is_one() -> None:
    found = meanings(sheet(*(task(目标任务=f"第{n}片区", 完成时限="12月底") for n in range(12))))
    assert found == ["完成时限“12月底”按 2026年12月31日（12 处：第 2–13 行）"]


def test_what_lines_have_from_others() -> None:
    blank = line(目标任务="乙", 行动=None, 重点=None)
    ditto = line(目标任务="丙", 工作标准="同上")
    found = rows(line(), blank, ditto)
    assert found == [
        "工作标准写“同上”的，沿用上一行（1 处：第 4 行）",
        "行动空白的，沿用上一行（1 处：第 3 行）",
        "重点空白的，沿用上一行（1 处：第 3 行）",
    ]


def test_merged_cells() -> None:
    second = line(目标任务="乙", 工作标准=None)
    found = rows(line(), second, merges=["E2:E3"])
    assert found == ["工作标准：合并单元格的内容用于其中各行（1 处：第 3 行）"]


def test_lines_that_are_no_tasks() -> None:
    nothing: list[Any] = [None] * (len(TASK_HEADER) - 1)
    found = rows(
        ["一、市容环境整治", *nothing],
        line(),
        list(TASK_HEADER),
        [2, *nothing],
        ["合计", *nothing],
        ["注:本表由创城办负责解释", *nothing],
        merges=["A2:L2"],
    )
    assert found == [
        "小标题“市容环境整治”作为行动名称（1 处：第 2 行）",
        "“合计”不作为任务（1 处：第 6 行）",
        "“注:本表由创城办负责解释”不作为任务（1 处：第 7 行）",
        "没有任务内容的行不导入（1 处：第 5 行）",
        "重复的表头不作为任务（1 处：第 4 行）",
        "行动空白的，沿用上一行（1 处：第 5 行）",
        "重点空白的，沿用上一行（1 处：第 5 行）",
    ]


def test_a_roster_names_its_meanings_too() -> None:
    header = ("单位", "层级", "姓名", "角色", "电话")
    people = [("西城", "镇街", "张三13800138000", "责任人", None), (None, None, "李四", "联络员", None)]
    found = parse_roster(workbook([header, *people], ["A2:A3", "B2:B3"]), "花名册.xlsx")
    assert [plain(one.shown) for one in found.meanings] == [
        "层级“镇街”按街道（2 处：第 2–3 行）",
        "姓名中的电话号码已去掉（1 处：第 2 行）",
        "单位：合并单元格的内容用于其中各行（1 处：第 3 行）",
        "层级：合并单元格的内容用于其中各行（1 处：第 3 行）",
    ]
    assert [(one.name, one.phone) for one in found.contacts] == [("张三", "13800138000"), ("李四", "")]


def test_two_lines_of_one_person_are_said_to_be_one() -> None:
    header = ("单位", "层级", "姓名", "角色")
    people = [("城管局", "部门", "张三", "责任人"), ("城管局", None, "张三", "联络员")]
    found = parse_roster(workbook([header, *people]), "花名册.xlsx")
    said = [plain(one.shown) for one in found.meanings]
    assert said == ["同一单位、同一姓名的几行，按一人合并（1 处：第 3 行）"]


def test_lines_as_runs() -> None:
    lines = [LineRef(0, row) for row in (3, 4, 5, 9, 9, 11)]
    assert plain(lines_text(reversed(lines))) == "第 3–5、9、11 行"
    many = [LineRef(0, row) for row in range(1, 40, 2)]
    assert plain(lines_text(many)) == "第 1、3、5、7、9、11、13、15 行等"
    two = [LineRef(0, 2, "甲"), LineRef(1, 2, "乙"), LineRef(1, 3, "乙")]
    assert plain(lines_text(two)) == "“甲”第 2 行、“乙”第 2–3 行"


def test_every_meaning_reads_in_every_language() -> None:
    words = (
        *("said", "day", "frequency", "value", "column", "columns"),
        *("unit", "units", "tier", "working", "limit"),
    )
    values = dict.fromkeys(words, "某某")
    found = Interpretations()
    for meaning in Meaning:
        found.add(LineRef(0, 2), meaning, **values, count=2)
    for one in found:
        for locale in LOCALES:
            assert "{" not in plain(one.shown, locale)
